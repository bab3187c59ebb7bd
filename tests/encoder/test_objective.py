"""What a training step is told: to find its classes by cosine, and to agree with its words."""

import pytest
import torch
from torch.nn import functional

from lookgraph.encoder.training.objective import UNKNOWN, Objective


@pytest.fixture
def objective():
    torch.manual_seed(0)
    return Objective({"kind": 3, "colour": 2}, {"kind": 1.0, "colour": 1.0}, 4, 8, text_dim=5, text_weight=1.0)


def labels(kind, colour):
    return {"kind": torch.tensor(kind), "colour": torch.tensor(colour)}


def test_an_embedding_at_its_proxy_costs_less(objective):
    features = torch.zeros(1, 4)
    near, far = (functional.normalize(objective.proxies["kind"][i : i + 1].detach(), dim=1) for i in (1, 2))
    wanted = labels([1], [UNKNOWN])
    assert objective(features, near, wanted) < objective(features, far, wanted)


def test_an_unknown_class_counts_for_nothing(objective):
    features, embedding = torch.randn(4, 4), functional.normalize(torch.randn(4, 8), dim=1)
    first = objective(features[:2], embedding[:2], labels([0, 1], [UNKNOWN] * 2)).item()
    padded = objective(features, embedding, labels([0, 1, UNKNOWN, UNKNOWN], [UNKNOWN] * 4)).item()
    assert padded == pytest.approx(first / 2, rel=1e-5)  # half of the batch is known


def test_nothing_known_is_a_loss_of_zero_that_can_be_stepped_on(objective):
    features = torch.randn(2, 4, requires_grad=True)
    loss = objective(features, functional.normalize(torch.randn(2, 8), dim=1), labels([UNKNOWN] * 2, [UNKNOWN] * 2))
    assert loss.item() == 0


def test_an_equal_text_is_no_wrong_answer(objective):
    """Two photos of one name: neither is pushed away from the other's text."""
    embedding = functional.normalize(torch.randn(2, 8), dim=1)
    unknown = labels([UNKNOWN] * 2, [UNKNOWN] * 2)
    text = functional.normalize(torch.randn(1, 5), dim=1).repeat(2, 1)
    assert objective(torch.zeros(2, 4), embedding, unknown, text).item() == pytest.approx(0, abs=1e-6)
    other = functional.normalize(torch.randn(2, 5), dim=1)
    assert objective(torch.zeros(2, 4), embedding, unknown, other).item() > 0
