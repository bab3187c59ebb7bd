"""One small drawn catalogue for all tests of it."""

import pytest

from lookgraph.demo.facts import facts_of_drawn
from lookgraph.demo.items import make_items
from lookgraph.demo.shoppers import make_shoppers


@pytest.fixture(scope="session")
def items():
    return make_items(400, seed=3)


@pytest.fixture(scope="session")
def facts(items):
    return facts_of_drawn(items)


@pytest.fixture(scope="session")
def shoppers(facts):
    return make_shoppers(600, facts, seed=3)
