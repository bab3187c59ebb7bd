"""People, boards, saves, tastes and events, on every kind of database."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sqlalchemy import inspect, text

from lookgraph.errors import StateError
from lookgraph.state import Database, Event, database, export_person, kept_photos, migrations
from lookgraph.state.migrations import MIGRATIONS
from lookgraph.state.personal_data import personal_tables
from lookgraph.state.tables import METADATA

PASSWORD = "a long password"


def test_the_migrations_make_the_tables_that_the_code_knows(state):
    found = inspect(state.database.engine)
    assert {"schema_version", *METADATA.tables} <= set(found.get_table_names())
    for name, table in METADATA.tables.items():
        columns = {column["name"]: bool(column["nullable"]) for column in found.get_columns(name)}
        assert columns == {column.name: bool(column.nullable) for column in table.columns}
        assert set(found.get_pk_constraint(name)["constrained_columns"]) == {c.name for c in table.primary_key}


def test_opening_again_migrates_nothing_and_a_newer_schema_is_refused(state):
    Database(state.url).close()
    newer = len(MIGRATIONS) + 1
    with state.database.writing() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM schema_version")).scalar_one() == len(MIGRATIONS)
        connection.execute(text("INSERT INTO schema_version VALUES (:v)"), {"v": newer})
    with pytest.raises(StateError, match="update Lookgraph"):
        Database(state.url)
    with state.database.writing() as connection:
        connection.execute(text("DELETE FROM schema_version WHERE version = :v"), {"v": newer})


def test_a_password_opens_a_session_until_it_is_changed(state):
    anna = state.people.add("Anna", "member", PASSWORD)
    assert state.people.sign_in("Anna", "another password") is None
    assert state.people.sign_in("Nobody", PASSWORD) is None
    person, token = state.people.sign_in("Anna", PASSWORD)
    assert person == anna == state.people.of_session(token)
    state.people.set_password(anna.id, "a newer password")
    assert state.people.of_session(token) is None


@pytest.mark.parametrize(
    ("name", "role", "password"),
    [("", "member", PASSWORD), ("a\nb", "member", PASSWORD), ("x", "king", PASSWORD), ("x", "member", "short")],
)
def test_a_person_that_cannot_be_is_refused(state, name, role, password):
    with pytest.raises(StateError):
        state.people.add(name, role, password)


def test_eight_who_save_the_same_at_once_save_it_once(state):
    person = state.people.add("Ben", "member", None)
    board = state.boards.first_board(person.id)
    with ThreadPoolExecutor(8) as threads:
        new = list(threads.map(lambda n: state.boards.save(board.id, [f"item-{n % 10}"]), range(80)))
    assert sum(new) == 10
    assert {save.item_id for save in state.boards.items(board.id)} == {f"item-{n}" for n in range(10)}


def test_boards_keep_their_order_when_one_moves(state):
    person = state.people.add("Cara", "member", None)
    made = {name: state.boards.create(person.id, name, private=True).id for name in "abcd"}
    assert _names(state, person) == ["d", "c", "b", "a"]
    state.boards.change(made["d"], place=2)
    assert _names(state, person) == ["c", "b", "d", "a"]
    state.boards.change(made["a"], place=-5)
    assert _names(state, person) == ["a", "c", "b", "d"]
    assert [b.place for b in state.boards.of_person(person.id, with_private=True)] == [0, 1, 2, 3]
    with pytest.raises(StateError, match="already"):
        state.boards.change(made["a"], name="b")


def test_a_board_shows_the_item_chosen_for_its_cover_first_while_it_is_there(state):
    board = state.boards.first_board(state.people.add("Dora", "member", None).id)
    for item in "abcdef":
        state.boards.save(board.id, [item])
    state.boards.change(board.id, cover="a")
    shown = state.boards.get(board.id)
    assert (shown.cover[0], shown.chosen_cover, len(shown.cover), shown.n_items) == ("a", "a", 4, 6)
    state.boards.unsave(board.id, "a")
    assert state.boards.get(board.id).chosen_cover is None
    state.boards.save(board.id, ["a"])
    assert state.boards.get(board.id).chosen_cover == "a"
    state.boards.change(board.id, cover="")
    assert state.boards.get(board.id).chosen_cover is None
    with pytest.raises(StateError, match="not on this board"):
        state.boards.change(board.id, cover="z", name="Half", private=False)
    assert (state.boards.get(board.id).name, state.boards.get(board.id).private) == (board.name, board.private)


def test_an_event_reported_twice_is_kept_once_for_each_person(state):
    anna, ben = (state.people.add(name, "member", None) for name in ("Anna", "Ben"))
    event = Event("e1", "impression", "x", None, "feed", "000001", 3, 0.25)
    assert [state.events.add(p.id, [event]) for p in (anna, anna, ben)] == [1, 0, 1]
    (kept,) = state.events.of_person(ben.id)
    assert (kept.position, kept.propensity, kept.recommender) == (3, 0.25, "feed")


def test_nothing_of_a_deleted_person_is_left_and_nothing_of_others_is_lost(state):
    for name in ("Anna", "Ben"):
        person = state.people.add(name, "member", PASSWORD)
        state.people.sign_in(name, PASSWORD)
        state.boards.save(state.boards.first_board(person.id).id, ["x", "y"])
        state.tastes.add(person.id, "hidden", ["z"])
        state.events.add(person.id, [Event("e", "click", "x")])
        _keep(state, person, name.encode())
    anna, ben = state.people.all()
    before = export_person(state.database, ben.id)
    state.people.delete(anna.id)
    assert export_person(state.database, ben.id) == before
    with state.database.reading() as connection:
        rows = {t: connection.execute(text(f"SELECT COUNT(*) FROM {t}")).scalar_one() for t in personal_tables()}
    assert rows == {"people": 1, "sessions": 1, "boards": 1, "saves": 2, "tastes": 1, "events": 1, "kept_photos": 1}


def test_a_kept_photo_is_bytes_for_its_person_until_it_or_its_board_is_deleted(state):
    person = state.people.add("Ben", "member", None)
    first, second = (_keep(state, person, data) for data in (b"\x00first\xff", b"second"))
    assert state.photos.file(first.id, "large") == b"\x00first\xff"
    assert state.photos.on_board(first.board_id)[-1] == first == state.photos.get(first.id)
    exported = export_person(state.database, person.id)["kept_photos"]
    assert {base64.b64decode(row["large"]) for row in exported} == {b"\x00first\xff", b"second"}
    state.photos.delete(first.id)
    assert state.photos.file(first.id, "large") is None
    assert set(state.photos.by_board(person.id)) == {second.board_id}
    state.boards.delete(second.board_id)
    assert state.photos.by_board(person.id) == {}


def test_nothing_of_a_deleted_photo_stays_in_the_files(tmp_path, open_state):
    state = open_state(f"sqlite:///{tmp_path / 'state.sqlite'}")
    person = state.people.add("Ben", "member", None)
    data = bytes(np.random.default_rng(0).bytes(30_000))
    for _ in range(2):
        kept = _keep(state, person, data)
    assert any(data[5000:5200] in path.read_bytes() for path in tmp_path.iterdir())
    state.photos.delete(kept.id)
    state.people.delete(person.id)
    assert not any(data[at : at + 200] in path.read_bytes() for path in tmp_path.iterdir() for at in (0, 5000, 29_000))
    state.database.close()


def test_nothing_of_a_photo_stays_in_the_files_when_its_board_is_deleted(tmp_path, open_state):
    state = open_state(f"sqlite:///{tmp_path / 'state.sqlite'}")
    data = bytes(np.random.default_rng(0).bytes(30_000))
    board = _keep(state, state.people.add("Ben", "member", None), data).board_id
    state.boards.delete(board)
    assert not any(data[at : at + 200] in path.read_bytes() for path in tmp_path.iterdir() for at in (0, 5000, 29_000))
    state.database.close()


def test_who_reads_all_the_while_keeps_the_log_from_being_emptied_and_that_is_said(
    tmp_path, open_state, monkeypatch, caplog
):
    state = open_state(f"sqlite:///{tmp_path / 'state.sqlite'}")
    monkeypatch.setattr(database, "_SCRUB_WAIT_MS", 1)
    monkeypatch.setattr(database, "_SCRUB_PAUSE_S", 0)
    with state.database.reading() as reader:
        assert reader.execute(text("SELECT COUNT(*) FROM people")).scalar_one() == 0
        state.people.add("Ben", "member", None)
        assert not state.database.scrub()
    assert "stays in its log" in caplog.text
    assert state.database.scrub()
    state.database.close()


def test_a_person_keeps_a_bounded_number_of_photos(state, monkeypatch):
    monkeypatch.setattr(kept_photos, "MAX_KEPT_PHOTOS", 2)
    person = state.people.add("Ben", "member", None)
    _keep(state, person, b"1"), _keep(state, person, b"2")
    with pytest.raises(StateError, match="delete one"):
        _keep(state, person, b"3")


def test_a_state_of_the_first_version_is_brought_up_to_date_and_loses_nothing(tmp_path, monkeypatch, open_state):
    url = f"sqlite:///{tmp_path / 'state.sqlite'}"
    with monkeypatch.context() as before:
        before.setattr(migrations, "MIGRATIONS", MIGRATIONS[:1])
        old = open_state(url)
        person = old.people.add("Ben", "member", PASSWORD)
        with old.database.writing() as connection:  # as the first version wrote it
            connection.execute(
                text("INSERT INTO boards VALUES ('b', :person, 'Saved', TRUE, 0, 1)"), {"person": person.id}
            )
        old.boards.save("b", ["x"])
        old.database.close()
    new = open_state(url)
    assert [save.item_id for save in new.boards.items("b")] == ["x"]
    assert new.photos.on_board("b") == []
    assert new.boards.of_person(person.id, with_private=True)[0].cover == ("x",)
    assert new.people.sign_in("Ben", PASSWORD)[0] == person


def test_a_role_changes_but_an_owner_who_can_sign_in_is_always_left(state):
    anna, ben = state.people.add("Anna", "owner", PASSWORD), state.people.add("Ben", "member", PASSWORD)
    with pytest.raises(StateError, match="last owner"):
        state.people.set_role(anna.id, "member")
    state.people.add("nobody signs in as", "owner", None)
    with pytest.raises(StateError, match="last owner"):
        state.people.set_role(anna.id, "guest")
    assert state.people.set_role(ben.id, "owner").role == "owner"
    assert state.people.set_role(anna.id, "guest").role == "guest" == state.people.get(anna.id).role
    for wrong in ((anna.id, "king"), ("no-such-person", "member")):
        with pytest.raises(StateError):
            state.people.set_role(*wrong)


def test_an_owner_who_can_sign_in_is_left_whoever_is_deleted(state):
    anna, local = state.people.add("Anna", "owner", PASSWORD), state.people.add("me", "owner", None)
    with pytest.raises(StateError, match="last owner"):
        state.people.delete(anna.id)
    state.people.delete(local.id)
    assert state.people.all() == [anna]
    state.people.delete(anna.id, keep_an_owner=False)
    assert state.people.all() == []


@pytest.mark.parametrize("leave", ["delete", "demote"])
def test_of_owners_who_leave_at_once_one_stays(state, leave):
    def go(person):
        try:
            state.people.delete(person.id) if leave == "delete" else state.people.set_role(person.id, "member")
        except StateError:
            return False
        return True

    for round_ in range(5):
        owners = [state.people.add(f"{round_}-{n}", "owner", PASSWORD) for n in range(2)]
        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(go, owners)) == [False, True]
        (left,) = [person for person in state.people.all() if person.role == "owner"]
        state.people.delete(left.id, keep_an_owner=False)


def test_the_local_owner_is_nobody_who_can_sign_in(state):
    bob = state.people.add("bob", "member", PASSWORD)
    local = state.people.local_owner()
    state.people.set_role(bob.id, "owner")
    assert state.people.local_owner() == local
    state.people.delete(local.id)
    state.people.add("me", "member", PASSWORD)
    after = state.people.local_owner()
    assert (after.name, after.role, after == state.people.local_owner()) == ("me 2", "owner", True)


def _keep(state, person, data):
    board = state.boards.first_board(person.id)
    return state.photos.add(person.id, board.id, width=3, height=4, colour="#102030", small=b"s", large=data)


def test_an_address_that_is_no_database_is_refused_with_a_remedy():
    for url in ("nonsense", "mysql://x/y", "sqlite://"):
        with pytest.raises(StateError, match=r"sqlite:////|postgresql"):
            Database(url)


def _names(state, person) -> list[str]:
    return [board.name for board in state.boards.of_person(person.id, with_private=True)]
