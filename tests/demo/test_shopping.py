"""Shoppers do what the model says; the best and the random recommender get what theory says."""

import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookgraph.demo.behaviour import POSITION, World, examination
from lookgraph.demo.facts import facts_of_catalogue, family
from lookgraph.demo.recommenders import (
    OracleRecommender,
    Pages,
    PopularRecommender,
    RandomRecommender,
    SimilarRecommender,
)
from lookgraph.demo.shoppers import COLOUR, STYLE, WRONG_SECTION, make_shoppers, true_preference
from lookgraph.demo.simulation import EVENTS, simulate
from lookgraph.errors import SimulationError


def by_hand(shoppers, facts, p, i, day):
    """The formula of the module, one number at a time."""
    total = 0.0
    for k in range(4):
        w = float(shoppers.weights[p, k])
        if w == 0:
            continue
        gone = float(shoppers.drift[p]) * day / 365
        theta = [
            (1 - gone) * a + gone * b for a, b in zip(shoppers.styles[p, k], shoppers.styles_later[p, k], strict=True)
        ]
        liking = STYLE * sum(t * z for t, z in zip(theta, facts.styles[i], strict=True))
        liking += COLOUR * sum(c * q for c, q in zip(shoppers.colours[p, k], facts.colours[i], strict=True))
        total += w * math.exp(liking)
    off = (facts.log_price[i] - shoppers.price_point[p]) / shoppers.price_tolerance[p]
    elsewhere = {int(facts.section[i]), int(shoppers.section[p])} == {0, 1}
    return math.log(total) + facts.appeal[i] - off**2 / 2 - WRONG_SECTION * elsewhere


def test_true_preference_is_the_formula(shoppers, facts):
    people = np.array([0, 5, 17, 99])
    whole = true_preference(shoppers, facts, people, day=200)
    some = true_preference(shoppers, facts, people, np.array([[1, 2], [3, 4], [5, 6], [7, 8]]), day=200)
    for row, p in enumerate(people):
        for i in (1, 40, 333):
            assert whole[row, i] == pytest.approx(by_hand(shoppers, facts, p, i, 200), abs=1e-4)
    np.testing.assert_allclose(some[0], whole[0, [1, 2]], atol=1e-5)
    np.testing.assert_allclose(some[3], whole[3, [7, 8]], atol=1e-5)


def test_taste_drifts_for_those_who_drift(shoppers, facts):
    steady = replace(shoppers, drift=np.zeros_like(shoppers.drift))
    people = np.arange(50)
    np.testing.assert_array_equal(
        true_preference(steady, facts, people, day=0), true_preference(steady, facts, people, day=365)
    )
    moved = true_preference(shoppers, facts, people, day=365) - true_preference(shoppers, facts, people, day=0)
    assert np.abs(moved).mean() > 0.1


def test_click_rates_fall_with_position_as_set(facts):
    shoppers = make_shoppers(4000, facts, 5)
    world = World(facts, replace(shoppers, exposure=np.full(4000, 10), noise=np.full(4000, 0.3, np.float32)))
    people, rng = np.arange(4000), np.random.default_rng(0)
    clicks, shown = np.zeros(10), 0
    for _ in range(12):
        items = RandomRecommender(len(facts), int(rng.integers(99))).recommend(people, 10, 0, 1).items
        clicks += world.respond(people, items, 0, 1, rng).clicked.sum(0)
        shown += len(people)
    slope = np.polyfit(np.log(np.arange(1, 11)), np.log(clicks / shown), 1)[0]
    assert slope == pytest.approx(-POSITION, abs=0.05)
    np.testing.assert_allclose(examination(3), [1, 2**-0.7, 3**-0.7])


def test_nobody_clicks_below_where_they_scroll(shoppers, facts):
    world = World(facts, replace(shoppers, exposure=np.full(len(shoppers), 4)))
    people = np.arange(len(shoppers))
    did = world.respond(
        people, RandomRecommender(len(facts), 1).recommend(people, 20, 0, 1).items, 0, 1, np.random.default_rng(1)
    )
    assert did.examined[:, :4].any()
    assert not did.examined[:, 4:].any()


def test_a_random_recommender_gets_what_theory_says(facts):
    shoppers = make_shoppers(4000, facts, 6)
    world = World(facts, shoppers)
    people = np.arange(4000)
    everything = world.click_probability(people, None, 0, 1)
    reach = examination(20) * (np.arange(20) < shoppers.exposure[:, None])
    expected = (everything.mean(1)[:, None] * reach).sum()
    pages = RandomRecommender(len(facts), 2).recommend(people, 20, 0, 1)
    did = world.respond(people, pages.items, 0, 1, np.random.default_rng(2))
    assert did.clicked.sum() == pytest.approx(expected, abs=4 * math.sqrt(expected))
    assert pages.propensities == pytest.approx(1 / len(facts))


def test_the_oracle_beats_all_others_and_similar_items_beat_chance(shoppers, facts):
    vectors = np.concatenate([facts.styles, facts.colours], 1)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    makers = {
        "oracle": lambda world: OracleRecommender(world),
        "random": lambda world: RandomRecommender(len(facts), 1),
        "popular": lambda world: PopularRecommender(len(facts), 1),
        "similar": lambda world: SimilarRecommender(vectors, len(shoppers), 1),
    }
    rates = {}
    for name, make in makers.items():
        world = World(facts, shoppers)
        rates[name] = simulate(make(world), world, days=40, k=10, seed=4).click_rate
    assert rates["oracle"] > 2 * max(rate for name, rate in rates.items() if name != "oracle")
    assert rates["popular"] > rates["random"]


def test_repeats_tire_and_budgets_end(shoppers, facts):
    world = World(facts, replace(shoppers, noise=np.zeros_like(shoppers.noise)))
    people = np.arange(len(shoppers))
    before = world.click_probability(people, None, 0, 1)[:, 0].copy()
    world.state.times_seen[:, 0] = 4
    assert (world.click_probability(people, None, 0, 1)[:, 0] < before).all()
    assert (world.click_probability(people, None, 0, 3)[:, 1] < world.click_probability(people, None, 0, 1)[:, 1]).all()
    world.state.left_to_spend[:] = 0
    for _ in range(20):
        items = OracleRecommender(world).recommend(people, 10, 0, 1).items
        assert not world.respond(people, items, 0, 1, np.random.default_rng(3)).bought.any()


def test_the_log_says_everything_and_is_the_same_every_time(shoppers, facts, tmp_path):
    def once(seed):
        world = World(facts, shoppers)
        return simulate(PopularRecommender(len(facts), 1), world, days=20, k=10, seed=seed)

    done, again = once(1), once(1)
    assert done.log.equals(again.log)
    assert not done.log.equals(once(2).log)
    done.save(tmp_path / "log.parquet")
    log = pq.read_table(tmp_path / "log.parquet")
    assert log.column_names == [
        *("person", "session", "time", "recommender", "generation", "position", "propensity", "item", "event")
    ]
    rows = log.to_pylist()
    assert {row["event"] for row in rows} <= set(EVENTS)
    shown = [row for row in rows if row["event"] == "impression"]
    assert len(shown) == done.impressions.sum()
    assert sum(row["event"] == "click" for row in rows) == done.clicks.sum()
    seen = {(row["session"], row["item"]) for row in shown}
    assert all((row["session"], row["item"]) in seen for row in rows)
    n, ranked = len(facts), {0.9 + 0.1 / len(facts), 0.1 / len(facts)}
    assert all(any(math.isclose(row["propensity"], p) for p in ranked) for row in shown[:200])
    assert np.mean([row["propensity"] < 0.5 for row in shown]) == pytest.approx(0.1 * (1 - 1 / n), abs=0.02)


def test_pages_that_are_not_what_was_asked_for_are_refused(shoppers, facts):
    class Wrong(RandomRecommender):
        def recommend(self, people, k, day, page):
            return Pages(np.full((len(people), k), len(facts)), np.ones((len(people), k)))

    with pytest.raises(SimulationError, match="rows go from 0"):
        simulate(Wrong(len(facts), 1), World(facts, shoppers), days=3, k=5)
    with pytest.raises(SimulationError, match="k=500"):
        simulate(RandomRecommender(len(facts), 1), World(facts, shoppers), days=1, k=500)


def test_the_same_people_shop_a_real_catalogue():
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(3, 16))
    kind = np.arange(90) % 3
    embeddings = (centres[kind] + 0.1 * rng.normal(size=(90, 16))).astype(np.float32)
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    table = pa.table(
        {
            "id": [f"i{n}" for n in range(90)],
            "base_colour": ["Navy Blue", "Red", None] * 30,
            "price": [10.0, 20.0, 40.0] * 30,
        }
    )
    facts = facts_of_catalogue(table, embeddings, 1)
    np.testing.assert_allclose(facts.styles.sum(1), 1, atol=1e-5)
    cosine = facts.styles @ facts.styles.T
    assert cosine[0, 3] > 3 * cosine[0, 1]  # the same kind against another
    world = World(facts, make_shoppers(200, facts, 1))
    oracle = simulate(OracleRecommender(world), world, days=20, k=5, seed=1).click_rate
    world = World(facts, world.shoppers)
    assert oracle > simulate(RandomRecommender(90, 1), world, days=20, k=5, seed=1).click_rate
    with pytest.raises(SimulationError, match="one row each"):
        facts_of_catalogue(table, embeddings[:5], 1)


def test_colours_have_families():
    assert [family(name) for name in ("navy", "Navy Blue", "off-white", "burgundy", "forest green", "Multi")] == [
        *("blue", "blue", "white", "red", "green", "grey")
    ]
