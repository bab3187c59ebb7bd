"""Every setting, once: its type, unit (in the name), default, range and meaning.

A value comes from, first to last: an option (``--set graph.k=10`` or a keyword), the environment
(``LOOKGRAPH_GRAPH__K=10``), a TOML file (``--config``), the default here. An unknown key is an error.
"""

from __future__ import annotations

import difflib
import json
import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lookgraph.errors import ConfigError

_PREFIX = "LOOKGRAPH_"


class _Section(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")


class PhotoSettings(_Section):
    """Finding and decoding photos. The limits keep one bad file from taking the build along."""

    workers: int = Field(2, ge=1, le=64, description="Processes that decode photos.")
    max_bytes: int = Field(64_000_000, ge=1, description="Largest file that is read, in bytes.")
    max_pixels: int = Field(100_000_000, ge=64, description="Largest photo that is decoded, width x height.")
    min_side_px: int = Field(16, ge=1, description="Shortest side of a usable photo, in pixels.")
    max_aspect_ratio: float = Field(20.0, ge=1, description="Longer side over shorter side, at most.")
    max_memory_mib: int = Field(2048, ge=256, description="Memory one decoding process may take, in MiB.")
    timeout_s: float = Field(20.0, gt=0, description="Time one photo may take before its process is killed.")
    thumbnail_quality: int = Field(80, ge=1, le=100, description="WebP quality of the thumbnails.")
    metadata_encoding: str = Field("utf-8", description="Character encoding of CSV and JSONL metadata.")
    outside_paths: bool = Field(False, description="Read photos that metadata names outside the source's folder.")


class CatalogueSettings(_Section):
    """Items, their attributes and their duplicates."""

    max_categories: int = Field(
        500, ge=2, description="A text column with at most this many different values is a category."
    )
    duplicate_candidates: int = Field(
        8, ge=1, le=256, description="Look-alikes, found in each of four ways, whose pixels a photo is compared with."
    )
    duplicate_crop_fraction: float = Field(
        0.1, ge=0, le=0.12, description="Share of a side that a copy may lack at each of its two ends."
    )
    duplicate_brightness_levels: float = Field(
        4.2,
        gt=0,
        le=255,
        description="Difference between a photo's and a copy's brightness where it is largest (of 255).",
    )
    duplicate_colour_levels: float = Field(
        8.5, gt=0, le=255, description="Difference between a photo's and a copy's colours where it is largest (of 255)."
    )


class EncoderSettings(_Section):
    """From a photo to its embedding."""

    weights: str = Field(
        "", description="Folder of weights to build with; empty: those that ship. A lookbook keeps its own."
    )
    runtime: Literal["auto", "openvino", "torch", "cuda"] = Field(
        "auto", description="What runs the network; auto: CUDA where there is a GPU, else OpenVINO, else PyTorch."
    )
    precision: Literal["auto", "int8", "bf16", "f32"] = Field(
        "auto", description="Arithmetic of the network; auto: int8 where OpenVINO runs weights that bring it, else f32."
    )
    batch_size: int = Field(32, ge=1, le=1024, description="Photos a step; part of the result's last digits.")
    threads: int = Field(0, ge=0, description="Processor threads; 0: as many as there are cores.")


class GraphSettings(_Section):
    """The k-nearest-neighbour graph."""

    k: int = Field(10, ge=1, le=256, description="Neighbours of an item.")
    symmetric: bool = Field(False, description="Add the reverse of every edge.")
    exact_up_to: int = Field(
        100_000, ge=0, description="Items up to which neighbours are exact; above, most of them are found."
    )
    recall: float = Field(
        0.97, gt=0, lt=1, description="Share of the true neighbours that must be found where not all are searched for."
    )


class GnnSettings(_Section):
    """The graph network and its pseudo-labels."""

    kind: Literal["gat", "gatv2", "sage", "none"] = Field(
        "gat", description="Layers of the network; none: no network, the encoder's space is searched."
    )
    clusters: int = Field(
        0,
        ge=0,
        description="Pseudo-label classes; 0: of four numbers around sqrt(n / 2), the one with the best silhouette.",
    )
    heads: int = Field(4, ge=1, le=32, description="Attention heads of layer one.")
    head_dim: int = Field(64, ge=1, le=512, description="Width of a head; heads x head_dim is the node embedding.")
    skip: bool = Field(True, description="Add an item's own projected embedding to what it hears.")
    edge_weights: bool = Field(False, description="Let attention see the cosine of each link (not with sage).")
    dropout: float = Field(0.2, ge=0, lt=1, description="Dropout on inputs and on attention.")
    learning_rate: float = Field(0.005, gt=0, description="Adam's step.")
    weight_decay: float = Field(5e-4, ge=0, description="Adam's weight decay.")
    rounds: int = Field(4, ge=1, le=1000, description="Times that K-Means renews the pseudo-labels.")
    epochs_per_round: int = Field(12, ge=1, le=10_000, description="Training epochs on one set of pseudo-labels.")
    full_batch_up_to: int = Field(
        200_000, ge=0, description="Items up to which a step learns from the whole graph; above, from sampled batches."
    )
    batch_size: int = Field(4096, ge=2, description="Items of a sampled batch, beside those that they hear.")
    fanout: int = Field(10, ge=1, le=256, description="Links of an item that a sampled batch follows, at most.")
    batches_per_epoch: int = Field(
        16, ge=0, description="Sampled batches an epoch, at most; 0: as many as show every item once."
    )
    balanced: bool = Field(True, description="Small and large pseudo-label classes weigh the same in the loss.")
    balanced_by: Literal["weights", "sampling"] = Field(
        "weights", description="How: all items count, those of small classes more; or each class is drawn as often."
    )
    labels: str = Field(
        "", description="Columns, separated by commas, that are declared labels: the network learns them."
    )
    label_weight: float = Field(1.0, ge=0, description="Weight of the declared labels' cross-entropy.")
    label_channel: float = Field(
        1.0, ge=0, description="Weight of the declared labels, an item's own or voted by its neighbours, in the space."
    )
    contrast_weight: float = Field(0.0, ge=0, description="Weight of the contrast of linked against unlinked items.")
    agreement_weight: float = Field(0.0, ge=0, description="Weight of the agreement of two views under dropout.")
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="What trains the network; auto: CUDA where there is a GPU, else the processor."
    )
    seed: int = Field(0, ge=0, le=10**9, description="Seed of weights, dropout and K-Means.")

    @property
    def label_columns(self) -> tuple[str, ...]:
        """The declared labels' names."""
        return tuple(name.strip() for name in self.labels.split(",") if name.strip())


class ClusterSettings(_Section):
    """Clusters of the searched space at three levels, one inside the other, and their names."""

    coarse: int = Field(10, ge=1, le=100, description="About how many clusters the coarsest level has.")
    middle: int = Field(100, ge=1, le=1000, description="About how many the middle level has.")
    fine: int = Field(1000, ge=1, le=3000, description="How many the finest level has, where there are enough items.")
    smallest: int = Field(5, ge=1, description="Items that a cluster of any level has in the mean, at least.")
    min_coverage_fraction: float = Field(
        0.5, gt=0, le=1, description="Share of a cluster's items that have the attributes it is named by, at least."
    )
    min_lift: float = Field(
        1.3, ge=1, description="How many times as frequent an attribute is in a cluster that it names, at least."
    )
    seed: int = Field(0, ge=0, le=10**9, description="Seed of K-Means.")


class RecommendSettings(_Section):
    """What is recommended, and from which space."""

    space: Literal["auto", "encoder", "gnn"] = Field(
        "auto", description="Space that is searched; auto: the graph network's only where it is measurably better."
    )
    k: int = Field(10, ge=1, le=1000, description="Answers a query.")
    diversity: float = Field(0.0, ge=0, le=1, description="0: most similar first; 1: as different as possible.")


class EvaluateSettings(_Section):
    """The report and its measurements."""

    held_out_fraction: float = Field(0.2, gt=0, lt=0.9, description="Share of the items that serve as unseen queries.")
    group_by: str = Field("", description="Column whose equal values never fall into two splits (for example name).")
    max_queries: int = Field(2000, ge=1, description="Queries of the retrieval measures, at most.")
    max_gallery: int = Field(10_000, ge=2, description="Items that these queries search, at most.")
    bootstrap: int = Field(1000, ge=10, description="Bootstrap rounds behind an interval.")
    seeds: int = Field(3, ge=2, le=20, description="Trainings whose agreement is measured.")
    seed: int = Field(0, ge=0, le=10**9, description="Seed of splits, samples and intervals.")


class ReportSettings(_Section):
    """The report's page."""

    map_items: int = Field(40_000, ge=10, le=65_536, description="Items on the map, at most; a drawn sample beyond.")
    map_photos: int = Field(
        6000, ge=0, le=65_536, description="Items on the map whose photos are in the page, at most; evenly spread."
    )


class LookbookSettings(_Section):
    """The lookbook on disk."""

    keep_generations: int = Field(
        3, ge=1, description="Finished generations that are kept, the published one included."
    )
    rebuild_changed_fraction: float = Field(
        0.2, gt=0, description="Photos that join or leave by updates before `info` advises a rebuild, as a share."
    )
    rebuild_strangeness: float = Field(
        1.3,
        gt=1,
        description="`info` advises one, too, where photos that joined are so many times as far from clusters.",
    )


class TrainSettings(_Section):
    """Fine-tuning the encoder: `lookgraph train-encoder`."""

    epochs: int = Field(8, ge=1, le=1000, description="Passes over the training photos, at most.")
    frozen_epochs: int = Field(1, ge=0, description="First epochs in which only the head learns.")
    frozen_stages: int = Field(
        0, ge=0, description="Stages of the backbone, from the pixels on, that never change; the stem is the first."
    )
    new_statistics: bool = Field(
        False, description="Let batch normalisation take on the statistics of the new photos' views."
    )
    patience: int = Field(3, ge=1, description="Epochs without a better validation after which training stops.")
    batch_size: int = Field(64, ge=2, le=4096, description="Photos a step, over all processes together.")
    side_px: int = Field(0, ge=0, le=1024, description="Side of the pictures in pixels; 0: the starting weights' own.")
    learning_rate: float = Field(5e-4, gt=0, description="AdamW's step for the head, at its peak.")
    backbone_learning_rate_factor: float = Field(0.3, gt=0, le=1, description="The backbone's step over the head's.")
    weight_decay: float = Field(0.05, ge=0, description="AdamW's weight decay.")
    warm_up_fraction: float = Field(
        0.1, ge=0, lt=1, description="Share of the steps in which the learning rate rises; then it falls as a cosine."
    )
    validation_fraction: float = Field(
        0.15, gt=0, lt=0.9, description="Share of the photos that is not learnt from and decides when to stop."
    )
    group_by: str = Field("", description="Column whose equal values never fall on both sides of the validation split.")
    augment: bool = Field(True, description="Show each photo in another light, place and crop every time.")
    bfloat16: Literal["auto", "on", "off"] = Field(
        "auto", description="Half the bits in the backbone; auto: where the device computes with them itself."
    )
    int8: bool = Field(True, description="Write an int8 model too, where OpenVINO and NNCF are installed.")
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="What the encoder learns on; auto: CUDA where there is a GPU, else the processor."
    )
    processes: int = Field(
        1, ge=1, le=64, description="Training processes; each takes its part of every batch, and a GPU where they do."
    )
    loader_processes: int = Field(1, ge=0, le=64, description="Processes a training process that make its batches.")
    seed: int = Field(0, ge=0, le=10**9, description="Seed of the split, the batches, the views and the new head.")


class ServeSettings(_Section):
    """The site and the API: `lookgraph serve`."""

    host: str = Field("127.0.0.1", description="Address to listen at; any but this machine's own asks for accounts.")
    port: int = Field(8000, ge=0, le=65_535, description="Port to listen at; 0: any free one.")
    state: str = Field("", description="URL of the people's state; empty: state.sqlite in the lookbook.")
    accounts: Literal["auto", "on"] = Field(
        "auto", description="Ask people to sign in; auto: where the address is not this machine's own."
    )
    public_hosts: str = Field(
        "",
        description="Names by which the site may be called, with commas; empty: this machine's, or any with accounts.",
    )
    max_body_bytes: int = Field(65_536, ge=1024, description="Largest request without a photo, in bytes.")
    max_upload_bytes: int = Field(20_000_000, ge=1024, description="Largest photo that is taken in, in bytes.")
    max_pixels: int = Field(60_000_000, ge=64, description="Largest photo that is taken in, width x height.")
    decode_workers: int = Field(2, ge=1, le=64, description="Processes that decode uploaded photos.")
    decode_timeout_s: float = Field(4.0, gt=0, description="Time an uploaded photo may take to decode.")
    decode_memory_mib: int = Field(1024, ge=256, description="Memory that such a process may take, in MiB.")
    decode_wait_s: float = Field(3.0, gt=0, description="Time an uploaded photo may wait for a free process.")
    requests_per_minute: int = Field(
        600,
        ge=1,
        description="Requests of one person or address, with accounts; a known person's pictures do not count.",
    )
    uploads_per_minute: int = Field(60, ge=1, description="Uploads of one person or address, with accounts.")
    sign_ins_per_minute: int = Field(10, ge=1, description="Attempts to sign in from one address.")


class Settings(_Section):
    """All settings of a build, by section."""

    photos: PhotoSettings = PhotoSettings()
    catalogue: CatalogueSettings = CatalogueSettings()
    encoder: EncoderSettings = EncoderSettings()
    graph: GraphSettings = GraphSettings()
    gnn: GnnSettings = GnnSettings()
    clusters: ClusterSettings = ClusterSettings()
    recommend: RecommendSettings = RecommendSettings()
    evaluate: EvaluateSettings = EvaluateSettings()
    report: ReportSettings = ReportSettings()
    lookbook: LookbookSettings = LookbookSettings()
    train: TrainSettings = TrainSettings()
    serve: ServeSettings = ServeSettings()


def load_settings(
    overrides: Mapping[str, object] | None = None,
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    defaults: Settings | None = None,
) -> Settings:
    """Read the settings from every source.

    Args:
        overrides: Dotted names to values, for example ``{"graph.k": 20}``; they win.
        file: A TOML file with a table a section.
        environment: Defaults to the process's own.
        defaults: What holds where nobody says otherwise, for example the settings of a published generation.

    Raises:
        ConfigError: an unknown key, a value outside its range, or a file that is not TOML.
    """
    environment = os.environ if environment is None else environment
    merged: dict[str, dict[str, object]] = {} if defaults is None else defaults.model_dump()
    for section, values in _read_toml(file).items():
        if not isinstance(values, dict):
            raise ConfigError(f"{file}: {section}={values!r} stands outside a table: put it under [section]")
        merged.setdefault(section, {}).update(values)
    dotted = {_dotted(name): value for name, value in environment.items() if name.startswith(_PREFIX)}
    for name, value in {**dotted, **(overrides or {})}.items():
        section, _, key = name.partition(".")
        if not key:
            raise ConfigError(f"setting {name!r} has no section: write section.name, for example graph.k")
        merged.setdefault(section, {})[key] = value
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        raise ConfigError("; ".join(_explain(dict(problem)) for problem in error.errors())) from None


def parse_assignments(assignments: Sequence[str]) -> dict[str, object]:
    """Turn ``["graph.k=20"]``, as the command line's ``--set`` gives it, into overrides."""
    overrides: dict[str, object] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise ConfigError(f"--set {assignment!r} has no '=': write section.name=value, for example graph.k=20")
        overrides[name.strip()] = value.strip()
    return overrides


class Described(NamedTuple):
    """A setting in words; ``default`` is spelled as in TOML."""

    name: str
    default: str
    values: str
    meaning: str


def describe_settings() -> list[Described]:
    """Every setting by its dotted name, in order; the docs page is made from it."""
    rows = []
    for section, field in Settings.model_fields.items():
        model = field.annotation
        assert isinstance(model, type) and issubclass(model, _Section)
        for name, value in model.model_json_schema()["properties"].items():
            described = Described(
                f"{section}.{name}", json.dumps(value["default"]), _values(value), value.get("description", "")
            )
            rows.append(described)
    return rows


def _values(schema: Mapping[str, Any]) -> str:
    """Which values a setting takes, from its JSON schema."""
    if "enum" in schema:
        return ", ".join(schema["enum"])
    if schema["type"] == "boolean":
        return "true, false"
    bounds = (("minimum", "from"), ("exclusiveMinimum", "above"), ("maximum", "to"), ("exclusiveMaximum", "below"))
    return " ".join(f"{word} {schema[bound]}" for bound, word in bounds if bound in schema)


def _dotted(variable: str) -> str:
    return variable[len(_PREFIX) :].lower().replace("__", ".", 1)


def _read_toml(file: Path | None) -> dict[str, object]:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{file} cannot be read ({error.strerror}): pass an existing TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not TOML: {error}") from None


def _explain(problem: Mapping[str, Any]) -> str:
    name = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        known = [setting.name for setting in describe_settings()]
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "`lookgraph settings` lists them all"
        return f"unknown setting {name}: {hint}"
    return f"{name}={problem['input']!r}: {problem['msg'][0].lower()}{problem['msg'][1:]}"
