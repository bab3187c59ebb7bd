"""What runs the network: chosen by stated rules, equal in what it computes, never in silence."""

import json
from itertools import pairwise

import numpy as np
import pytest
import torch
from transformers import ResNetConfig

from lookgraph.config import EncoderSettings
from lookgraph.encoder import (
    EmbeddingRuntime,
    Encoder,
    Int8Runtime,
    backends,
    choose_backend,
    load_encoder,
    save_encoder,
)
from lookgraph.encoder.quantize import write_int8
from lookgraph.errors import EncoderError

# Not narrower: OpenVINO's int8 layers of 8 channels give other digits from run to run on two threads.
TINY = {"embedding_size": 16, "hidden_sizes": [16, 32], "depths": [1, 1], "layer_type": "basic"}
PICTURES = np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)


@pytest.fixture
def tiny(tmp_path):
    """An encoder of a small network, in a folder of its own."""
    torch.manual_seed(0)
    network = Encoder(ResNetConfig(**TINY), (12, 128))
    save_encoder(network, tmp_path / "w", side_px=32, trained_on="planted", training_steps=5, seen=[1])
    return load_encoder(tmp_path / "w")


def settings(**values):
    return EncoderSettings.model_validate({"batch_size": 4, **values})


def test_openvino_and_pytorch_compute_the_same(tiny):
    runtimes = [EmbeddingRuntime(tiny, settings(runtime=name, precision="f32")) for name in ("openvino", "torch")]
    ours, peer = (runtime.embed(PICTURES) for runtime in runtimes)
    np.testing.assert_allclose(ours, peer, atol=1e-4)
    assert runtimes[0].key == runtimes[1].key


def test_int8_is_made_once_and_then_chosen(tiny):
    assert choose_backend(tiny, settings()).precision == "f32"
    write_int8(tiny, PICTURES)
    backend = choose_backend(tiny, settings())
    assert (backend.runtime, backend.precision) == ("openvino", "int8")
    exact = EmbeddingRuntime(tiny, settings(precision="f32")).embed(PICTURES)
    quantized = EmbeddingRuntime(tiny, settings()).embed(PICTURES)
    assert (exact * quantized).sum(1).mean() > 0.99


def test_a_stream_of_pytorch_keeps_nothing_back(tiny):
    drawn = []
    stream = EmbeddingRuntime(tiny, settings(runtime="torch", threads=2)).stream(
        drawn.append(0) or each for each in fours(PICTURES)
    )
    next(stream)
    assert len(drawn) == 1


@pytest.mark.parametrize("runtime", ["openvino", "torch"])
def test_a_stream_gives_each_batch_its_embeddings_whatever_their_sizes(tiny, runtime):
    ours = EmbeddingRuntime(tiny, settings(runtime=runtime, threads=2))
    ends = [0, 4, 7, 7, 8, 12, 16, 17, 21, 25, 29, 33, 37, 40]
    batches = [PICTURES[begin:end] for begin, end in pairwise(ends)]
    streamed = list(ours.stream(iter(batches)))
    assert [len(embeddings) for embeddings in streamed] == [len(batch) for batch in batches]
    assert np.array_equal(np.concatenate(streamed), ours.embed(PICTURES))
    np.testing.assert_allclose(streamed[0][1], ours.embed_one(PICTURES[1]), atol=1e-5)


def fours(pictures):
    return (pictures[i : i + 4] for i in range(0, len(pictures), 4))


def test_a_stream_draws_ahead_only_what_its_threads_need(tiny):
    ours, drawn = EmbeddingRuntime(tiny, settings(threads=2)), []
    stream = ours.stream(drawn.append(i) or PICTURES[i : i + 4] for i in range(0, 40, 4))
    assert drawn == []
    next(stream)
    assert len(drawn) == 3
    stream.close()
    assert len(drawn) == 3


def test_two_streams_may_be_interleaved_and_one_abandoned(tiny):
    ours = EmbeddingRuntime(tiny, settings(threads=2))
    expected = ours.embed(PICTURES)
    abandoned = ours.stream(fours(PICTURES))
    next(abandoned)
    pairs = list(zip(ours.stream(fours(PICTURES)), ours.stream(fours(PICTURES[::-1])), strict=True))
    del abandoned
    assert np.array_equal(np.concatenate([mine for mine, _ in pairs]), expected)
    assert np.array_equal(np.concatenate([other for _, other in pairs]), expected[::-1])


def test_another_int8_model_is_another_key(tiny):
    write_int8(tiny, PICTURES)
    before = EmbeddingRuntime(tiny, settings()).key
    write_int8(tiny, PICTURES // 4)
    assert EmbeddingRuntime(tiny, settings()).key != before


def test_int8_that_is_not_there_is_refused(tiny):
    with pytest.raises(EncoderError, match=r"holds no int8\.xml"):
        choose_backend(tiny, settings(precision="int8"))


def test_without_openvino_pytorch_takes_over_and_says_so(tiny, monkeypatch):
    write_int8(tiny, PICTURES)
    monkeypatch.setattr(backends, "find_spec", lambda name: None)
    backend = choose_backend(tiny, settings())
    assert (backend.runtime, backend.precision) == ("torch", "f32")
    assert "OpenVINO is not installed" in str(backend)
    with pytest.raises(EncoderError, match=r"pip install openvino"):
        choose_backend(tiny, settings(runtime="openvino"))
    with pytest.raises(EncoderError, match="int8 needs OpenVINO"):
        choose_backend(tiny, settings(precision="int8"))


def test_a_gpu_goes_first(tiny, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_backend(tiny, settings()).runtime == "cuda"


def test_a_gpu_that_is_not_there_is_refused(tiny, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(EncoderError, match="no CUDA device"):
        choose_backend(tiny, settings(runtime="cuda"))


@pytest.mark.parametrize("precision", ["f32", "int8"])
def test_an_embedding_depends_on_its_picture_alone(tiny, precision):
    """Whatever stands beside it in the batch: a resumed build equals an uninterrupted one."""
    write_int8(tiny, PICTURES)
    runtime = EmbeddingRuntime(tiny, settings(precision=precision))
    together = runtime.embed(PICTURES[:11])
    assert np.array_equal(together, np.concatenate([runtime.embed(p[None]) for p in PICTURES[:11]]))
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert runtime.embed_one(PICTURES[3]) @ together[3] > 0.9999


def test_bf16_is_refused_where_it_would_be_emulated(tiny, monkeypatch):
    monkeypatch.setattr("lookgraph.encoder.backends.native_bfloat16", lambda: False)
    for runtime in ("openvino", "torch"):
        with pytest.raises(EncoderError, match="this processor has no bfloat16 of its own: set f32"):
            choose_backend(tiny, settings(precision="bf16", runtime=runtime))


@pytest.mark.parametrize("runtime", ["openvino", "torch"])
def test_bf16_stays_close_to_f32(tiny, runtime, monkeypatch):
    monkeypatch.setattr("lookgraph.encoder.backends.native_bfloat16", lambda: True)
    exact, rounded = (
        EmbeddingRuntime(tiny, settings(precision=p, runtime=runtime)).embed(PICTURES) for p in ("f32", "bf16")
    )
    assert (exact * rounded).sum(1).min() > 0.99
    np.testing.assert_allclose(np.linalg.norm(rounded, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("harmed", ["int8.bin", "int8.xml", "int8.json", "model.safetensors"])
def test_an_int8_model_that_is_not_as_it_was_written_is_refused(tiny, harmed):
    write_int8(tiny, PICTURES)
    path = tiny.folder / harmed
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    for use in (lambda: choose_backend(load_encoder(tiny.folder), settings()), lambda: Int8Runtime(tiny.folder)):
        with pytest.raises(EncoderError, match=r"int8 model.* (is not as it was written|cannot be read)"):
            use()


@pytest.mark.parametrize("gone", ["int8.bin", "int8.xml", "int8.json"])
def test_a_part_of_an_int8_model_that_is_missing_is_told_and_not_passed_over(tiny, gone):
    write_int8(tiny, PICTURES)
    (tiny.folder / gone).unlink()
    with pytest.raises(EncoderError, match=f"int8 model.*{gone}.*or set encoder.precision=f32"):
        choose_backend(load_encoder(tiny.folder), settings())
    assert choose_backend(load_encoder(tiny.folder), settings(precision="f32")).precision == "f32"


def test_the_doctor_names_what_runs(tmp_path):
    from drawn_garments import run_cli

    found = json.loads(run_cli("doctor", "--json").stdout)
    runtime = next(finding for finding in found if finding["name"] == "runtime")
    assert runtime["ok"] and ("OpenVINO" in runtime["message"] or "CUDA" in runtime["message"])
