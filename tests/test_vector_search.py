"""Which kernels is an OpenBLAS told to take, and does the one in FAISS listen?"""

import json
import os
import subprocess
import sys

import pytest

from lookgraph.processor import processor_words
from lookgraph.vector_search import OPENBLAS_KERNELS, openblas_kernels

AVX2 = {"sse2", "avx2", "fma"}
AVX512 = AVX2 | {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}
LOADED = """
import json, lookgraph.graph
from threadpoolctl import threadpool_info
own = [each for each in threadpool_info() if "faiss" in each["filepath"] and "architecture" in each]
print(json.dumps([each["architecture"] for each in own]))
"""


@pytest.mark.parametrize(
    ("words", "kernels"),
    [
        (AVX512, "SkylakeX"),
        (AVX512 - {"avx512dq"}, "Haswell"),
        (AVX2, "Haswell"),
        ({"sse2", "avx"}, None),
        (set(), None),
    ],
)
def test_the_fastest_kernels_that_the_processor_can_run(words, kernels):
    assert openblas_kernels(words) == kernels


def loaded_by_faiss(environment: dict[str, str]) -> list[str]:
    command = [sys.executable, "-c", LOADED]
    found = json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)
    return found or pytest.skip("this FAISS has no OpenBLAS of its own")


@pytest.mark.skipif(openblas_kernels(processor_words()) is None, reason="no processor with AVX2 under Linux")
def test_faiss_takes_them_and_whoever_names_others_gets_those():
    plain = {name: value for name, value in os.environ.items() if name != OPENBLAS_KERNELS}
    assert loaded_by_faiss(plain) == [openblas_kernels(processor_words())]
    assert loaded_by_faiss(plain | {OPENBLAS_KERNELS: "Nehalem"}) == ["Nehalem"]


@pytest.mark.skipif(openblas_kernels(processor_words()) is None, reason="no processor with AVX2 under Linux")
def test_the_doctor_finds_fault_with_the_slowest_kernels():
    slow = os.environ | {OPENBLAS_KERNELS: "Prescott"}
    if loaded_by_faiss(slow) != ["Prescott"]:
        pytest.skip("this OpenBLAS has no kernels of that name")
    command = [sys.executable, "-m", "lookgraph.app.cli", "doctor", "--json"]
    done = subprocess.run(command, env=slow, check=False, capture_output=True, text=True)
    faiss = next(finding for finding in json.loads(done.stdout) if finding["name"] == "faiss")
    assert done.returncode == 1
    assert f"unset {OPENBLAS_KERNELS}" in faiss["message"]
