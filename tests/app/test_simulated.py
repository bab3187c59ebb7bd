"""Simulated shoppers on a real server: they get pages of their own, and what they do arrives as theirs."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from live import live
from serving import PASSWORD, copied

from lookgraph.app.simulating import shop
from lookgraph.demo.http_recommender import HttpRecommender
from lookgraph.demo.recommenders import Feedback
from lookgraph.errors import SimulationError
from lookgraph.state import Boards, Database, Events, People, Tastes, sqlite_url

PEOPLE, DAYS, K = 60, 180, 12


@pytest.fixture(scope="module")
def root(lookbook, tmp_path_factory):
    made = copied(lookbook, tmp_path_factory.mktemp("simulated"))
    People(Database(sqlite_url(made))).add("owner", "owner", PASSWORD)
    return made


@pytest.fixture(scope="module")
def address(root):
    with live(root, "--set", "serve.accounts=on") as (url, _):
        yield url


def test_what_shoppers_do_arrives_as_events_of_theirs_with_position_and_propensity(root, address, lookbook):
    done = shop(root, address, people=PEOPLE, days=DAYS, k=K, seed=3, drawn=None, state=None)
    assert "encoder's space" in done.taste
    database = Database(sqlite_url(root))
    events, kinds, saved = Events(database), Counter(), 0
    shoppers = [person for person in People(database).all() if person.name.startswith("simulated ")]
    assert len(shoppers) == PEOPLE
    for person in shoppers:
        mine = events.of_person(person.id)
        kinds.update(event.kind for event in mine)
        assert all(event.recommender == "feed" and event.generation == lookbook.generation.id for event in mine)
        assert all(event.position is not None and 0 < event.propensity <= 1 for event in mine)
        clicked = {event.item_id for event in mine if event.kind in ("click", "save")}
        assert clicked <= {event.item_id for event in mine if event.kind == "impression"}
        kept = {save.item_id for save in Boards(database).saves_of_person(person.id)}
        assert kept == {event.item_id for event in mine if event.kind == "save"}
        hidden = {taste.item_id for taste in Tastes(database).of_person(person.id)}
        assert hidden == {event.item_id for event in mine if event.kind == "hide"}
        saved += len(kept)
    assert kinds["impression"] == done.pages * K > 0
    assert (kinds["click"], kinds["hide"], kinds["purchase"]) == (done.clicks, done.hides, done.purchases)
    assert kinds["click"] > 0 and saved > 0
    assert done.random < done.best
    database.close()


def test_pages_go_on_without_a_repetition_and_begin_again_at_the_end(root, address, lookbook):
    people = People(Database(sqlite_url(root)))
    session = people.open_session(people.add("alone", "member", None).id)
    recommender = HttpRecommender(address, [session], lookbook.ids)
    alone, n_nodes = np.array([0]), len(lookbook.vectors)
    pages = [recommender.recommend(alone, 20, 0, page).items[0].tolist() for page in range(1, n_nodes // 20 + 2)]
    seen = [item for page in pages[:-1] for item in page]
    assert len(seen) == len(set(seen)) == n_nodes // 20 * 20
    assert pages[-1] == pages[0]
    nothing = np.zeros((1, 20), bool)
    shown = np.array([pages[0]])
    recommender.learn(Feedback(alone, shown, nothing, np.arange(20)[None] == 3, nothing, np.arange(20)[None] == 5))
    assert lookbook.ids[pages[0][5]] not in [lookbook.ids[i] for i in recommender.recommend(alone, 20, 1, 1).items[0]]
    recommender.close()


def test_a_server_that_is_no_place_for_shoppers_is_named(root, address, lookbook, tmp_path):
    with pytest.raises(SimulationError, match="no address"):
        HttpRecommender("shop.example", ["x"], lookbook.ids)
    with pytest.raises(SimulationError, match="`lookgraph serve` running"):
        HttpRecommender("http://127.0.0.1:9", ["x"], lookbook.ids, timeout_s=1).whoever(0)
    other = f"sqlite:///{tmp_path / 'other.sqlite'}"
    with pytest.raises(SimulationError, match="401"):
        shop(root, address, people=2, days=1, k=5, seed=1, drawn=None, state=other)
    assert _people_and_sessions(other) == ([], 0)
    with live(copied(lookbook, tmp_path)) as (open_to_all, _), pytest.raises(SimulationError, match="no accounts"):
        shop(tmp_path / "copy.lookbook", open_to_all, people=2, days=1, k=5, seed=1, drawn=None, state=None)
    assert _people_and_sessions(sqlite_url(tmp_path / "copy.lookbook")) == (["me"], 0)


def _people_and_sessions(url):
    database = Database(url)
    with database.reading() as connection:
        n_sessions = connection.exec_driver_sql("SELECT COUNT(*) FROM sessions").scalar_one()
    names = [person.name for person in People(database).all()]
    database.close()
    return names, n_sessions
