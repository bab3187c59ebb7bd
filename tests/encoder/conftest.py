"""One thread for networks this small: a second one would only wait for the first, and sums would run another way."""

import pytest
import torch


@pytest.fixture(autouse=True, scope="package")
def one_thread_for_what_tests_share():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(1)
