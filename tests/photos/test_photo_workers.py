"""Workers: exactly the bad photo is rejected, the order is kept, and no process is left behind."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from planted_photos import photo_bytes
from planted_work import obey, own_pid

from lookgraph.config import PhotoSettings
from lookgraph.errors import PhotoError
from lookgraph.photos import FileLocation, Photo, PhotoRef, PhotoWorkers, Reason, Rejection, open_source, read_photo
from lookgraph.photos.workers import MAX_GROUP

Plant = Callable[..., Path]


@pytest.fixture
def orders(plant: Plant) -> Callable[..., list[PhotoRef]]:
    """Refs to files that hold what :func:`planted_work.obey` is to do."""

    def write(*contents: str) -> list[PhotoRef]:
        files = [plant(f"{i:03}-{content}.jpg", data=content.encode()) for i, content in enumerate(contents)]
        return [PhotoRef(path.stem, FileLocation(str(path))) for path in files]

    return write


def is_alive(pid: int, *, or_zombie: bool) -> bool:
    try:
        os.kill(pid, 0)
        return or_zombie or Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until_gone(pids: list[int]) -> bool:
    """Give the kernel 20 seconds to end processes whose parent is gone; who reaps them is not our affair."""
    for _ in range(200):
        if not any(is_alive(pid, or_zombie=False) for pid in pids):
            return True
        time.sleep(0.1)
    return False


def test_exactly_the_bad_photos_are_rejected(orders: Callable[..., list[PhotoRef]]) -> None:
    good = [f"fine {i}" for i in range(40)]
    refs = orders(*good[:20], "hang", *good[20:25], "die", "starve", "raise", *good[25:])
    with PhotoWorkers(PhotoSettings(timeout_s=3), 8) as workers:
        outcomes = dict(workers.map(obey, refs))
    assert list(outcomes) == refs
    bad = {ref.id[4:]: out.reason for ref, out in outcomes.items() if isinstance(out, Rejection)}
    assert bad == {
        "hang": Reason.TOO_SLOW,
        "die": Reason.CRASHED,
        "starve": Reason.TOO_MUCH_MEMORY,
        "raise": Reason.DAMAGED,
    }
    assert [out for out in outcomes.values() if isinstance(out, str)] == good


def test_photos_are_hashed_and_decoded_in_order(tmp_path: Path, plant: Plant, settings: PhotoSettings) -> None:
    contents = [photo_bytes(f"#0000{blue:02x}") for blue in range(50)]
    refs = [PhotoRef(str(i), FileLocation(str(plant(f"{i}.jpg", data=data)))) for i, data in enumerate(contents)]
    refs.insert(7, PhotoRef("gone", FileLocation(str(tmp_path / "gone.jpg"))))
    refs.insert(9, PhotoRef("text", FileLocation(str(plant("t.jpg", data=b"text")))))
    with PhotoWorkers(settings, 8) as workers:
        hashes = list(workers.fingerprint(refs))
        photos = list(workers.decode(refs))
    assert [ref for ref, _ in hashes] == [ref for ref, _ in photos] == refs
    good = [out for ref, out in hashes if ref.id not in ("gone", "text")]
    assert good == [hashlib.sha256(data).hexdigest() for data in contents]
    assert [out.content_hash for _, out in photos if isinstance(out, Photo)] == good
    bad = {ref.id: out.reason for ref, out in photos if isinstance(out, Rejection)}
    assert bad == {"gone": Reason.MISSING, "text": Reason.NOT_A_PHOTO}


def test_rows_of_parquet_files_are_decoded_in_any_order(tmp_path: Path, settings: PhotoSettings) -> None:
    contents = [photo_bytes(f"#0000{blue:02x}") for blue in range(20)]
    pq.write_table(pa.table({"photo": contents}), tmp_path / "a.parquet", row_group_size=7)
    refs = open_source(tmp_path / "a.parquet", settings).refs[::-1]
    with PhotoWorkers(settings, 8) as workers:
        hashes = [out for _, out in workers.fingerprint(refs)]
    assert hashes == [hashlib.sha256(data).hexdigest() for data in reversed(contents)]


def test_refs_are_drawn_only_as_far_as_the_window(plant: Plant, settings: PhotoSettings) -> None:
    ref = PhotoRef("a", FileLocation(str(plant("a.jpg"))))
    drawn = 0

    def endless() -> Iterator[PhotoRef]:
        nonlocal drawn
        while True:
            drawn += 1
            yield ref

    with PhotoWorkers(settings, 8) as workers:
        for taken, _ in enumerate(workers.fingerprint(endless()), 1):
            assert drawn - taken <= MAX_GROUP * (2 * settings.workers + 2)
            if taken == 1000:
                break


def test_iterators_may_be_nested(plant: Plant, settings: PhotoSettings) -> None:
    refs = [PhotoRef(str(i), FileLocation(str(plant(f"{i}.jpg")))) for i in range(100)]
    with PhotoWorkers(settings, 8) as workers:
        photos = list(workers.decode(ref for ref, _ in workers.fingerprint(refs)))
    assert [ref for ref, _ in photos] == refs and all(isinstance(photo, Photo) for _, photo in photos)


def test_a_worker_killed_from_outside_costs_no_photo(plant: Plant, settings: PhotoSettings) -> None:
    refs = [PhotoRef(str(i), FileLocation(str(plant(f"{i}.jpg")))) for i in range(30)]
    with PhotoWorkers(settings, 8) as workers:
        pids = {pid for _, pid in workers.map(own_pid, refs) if isinstance(pid, int)}
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        assert all(isinstance(out, str) for _, out in workers.fingerprint(refs))


def test_processes_outlast_the_thread_that_sent_the_first_photo(plant: Plant) -> None:
    ref = PhotoRef("a", FileLocation(str(plant("a.jpg"))))
    with PhotoWorkers(PhotoSettings(workers=1), 8) as workers:
        pids = []
        for _ in range(2):
            thread = Thread(target=lambda: pids.append(next(iter(workers.map(own_pid, [ref])))[1]))
            thread.start()
            thread.join()
            time.sleep(0.3)
        assert pids[0] == pids[1]


def test_leaving_ends_the_processes_even_those_that_hang(orders: Callable[..., list[PhotoRef]]) -> None:
    with pytest.raises(KeyboardInterrupt), PhotoWorkers(PhotoSettings(timeout_s=600), 8) as workers:
        for _ in workers.map(obey, orders("fine", "hang", "hang")):
            pids = [child.pid or 0 for child in multiprocessing.active_children()]
            raise KeyboardInterrupt
    assert pids and not any(is_alive(pid, or_zombie=True) for pid in pids)
    workers.close()  # once more changes nothing
    with pytest.raises(RuntimeError, match="closed"):
        list(workers.map(obey, orders("fine")))


PARENT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from planted_work import obey, own_pid
from lookgraph.config import PhotoSettings
from lookgraph.errors import PhotoError
from lookgraph.photos import FileLocation, PhotoRef, PhotoWorkers
fine, hang = (PhotoRef(name, FileLocation(name)) for name in sys.argv[2:])
with PhotoWorkers(PhotoSettings(timeout_s=600, workers=1), 8) as workers:
    print(next(iter(workers.map(own_pid, [fine])))[1], flush=True)
    list(workers.map(obey, [hang]))
"""


def test_workers_die_with_a_parent_that_is_killed(tmp_path: Path, orders: Callable[..., list[PhotoRef]]) -> None:
    """The script has no ``if __name__ == "__main__"``: workers do not run it again."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    files = [str(ref.location) for ref in orders("fine", "hang")]
    command = [sys.executable, str(script), str(Path(__file__).parent), *files]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(parent.stdout.readline())]
        parent.kill()
    assert wait_until_gone(pids)


def test_workers_do_not_import_torch() -> None:
    program = "import sys, lookgraph.photos.workers; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize(("max_bytes", "reason"), [(1000, None), (60, Reason.TOO_MANY_BYTES)])
def test_a_file_that_grows_while_it_is_read_is_read_whole_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, max_bytes: int, reason: Reason | None
) -> None:
    path, written, fstat = tmp_path / "growing.jpg", bytes(range(100)), os.fstat
    path.write_bytes(written)
    monkeypatch.setattr("os.fstat", lambda d: SimpleNamespace(st_size=50, st_mode=fstat(d).st_mode))
    location, limits = FileLocation(str(path)), PhotoSettings(max_bytes=max_bytes)
    if reason is None:
        assert read_photo(location, limits) == written
    else:
        with pytest.raises(PhotoError) as caught:
            read_photo(location, limits)
        assert caught.value.reason == reason
