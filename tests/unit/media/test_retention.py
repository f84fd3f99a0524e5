"""Which files are deleted, and which are kept although they are old or many."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.library.housekeeping import TIDY_SECONDS, Housekeeping
from bot.media.retention import KEEP_SECONDS, sweep
from bot.models import JobStatus, LedgerKind
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.kept import KeptClips
from bot.storage.open_jobs import OpenJobs
from tests.reserving import allowance, reserve
from tests.unit.jobs.samples import Clock, a_job

NOW = 1_790_000_000.0


class Vanishing(type(Path())):  # type: ignore[misc]
    """A file that somebody gives its name, or deletes, after so many looks at it."""

    looks = 0

    def stat(self, **options: bool) -> os.stat_result:
        """As it is, as long as it is."""
        part = Path(self)
        if part.suffix == ".part":
            if not Vanishing.looks:
                part.replace(part.with_suffix(""))
            Vanishing.looks -= 1
        return part.stat(**options)


def put(directory: Path, name: str, age: float, size: int = 100) -> None:
    (directory / name).write_bytes(b"x" * size)
    os.utime(directory / name, (NOW - age, NOW - age))


def left(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_old_files_go_unless_their_job_is_open(tmp_path: Path) -> None:
    put(tmp_path, "aa-first.png", KEEP_SECONDS + 1)
    put(tmp_path, "bb.mp4", KEEP_SECONDS + 1)
    put(tmp_path, "cc.mp4", KEEP_SECONDS - 1)
    assert sweep(tmp_path, {"bb"}, NOW) == 1
    assert left(tmp_path) == {"bb.mp4", "cc.mp4"}


def test_beyond_the_limit_the_oldest_go_but_nobody_is_robbed_of_what_was_promised(tmp_path: Path) -> None:
    for number, name in enumerate(["aa.mp4", "bb.mp4", "cc-fit.mp4", "dd.mp4", "ee.mp4"]):
        put(tmp_path, name, 1000 - number)
    assert sweep(tmp_path, {"aa", "bb"}, NOW, keep_bytes=300) == 2
    assert left(tmp_path) == {"aa.mp4", "bb.mp4", "ee.mp4"}


def test_a_directory_inside_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    assert sweep(tmp_path, (), NOW + 10 * KEEP_SECONDS) == 0


@pytest.mark.parametrize("by", [10 * KEEP_SECONDS, -10 * KEEP_SECONDS])
async def test_a_clip_of_last_week_is_kept_whatever_is_done_to_the_wall_clock(
    database: Database, store: JobStore, tmp_path: Path, by: float
) -> None:
    clock, wall = Clock(), Clock()
    job = a_job()
    await reserve(store, job, day="2026-09-21", base=10, resets_at=NOW)
    await store.transition(job, at=NOW, entry=LedgerKind.SETTLE, status=JobStatus.DELIVERED, ended_at=NOW)
    clips = tmp_path / "clips"
    clips.mkdir()
    housekeeping = Housekeeping(store, OpenJobs(database), KeptClips(database), [clips], clock, wall=wall)
    put(clips, f"{job.job_id}.mp4", 0)
    put(clips, "orphan.mp4.part", KEEP_SECONDS + 1)
    await housekeeping.tidy()
    assert left(clips) == {f"{job.job_id}.mp4"}
    wall.pass_(by)
    clock.pass_(KEEP_SECONDS - 1)
    await housekeeping.tidy()
    assert left(clips) == {f"{job.job_id}.mp4"}
    wall.pass_(KEEP_SECONDS + abs(by) + 1)
    clock.pass_(TIDY_SECONDS)
    await housekeeping.tidy()
    assert left(clips) == set()


@pytest.mark.parametrize("looks", range(5))
def test_files_that_are_finished_and_taken_away_meanwhile_are_no_trouble(tmp_path: Path, looks: int) -> None:
    put(tmp_path, "aa.mp4.part", KEEP_SECONDS + 1)
    Vanishing.looks = looks
    assert sweep(Vanishing(tmp_path), (), NOW) in {0, 1}
    assert left(tmp_path) <= {"aa.mp4"}


def test_a_file_that_is_being_written_is_not_deleted_for_the_room_it_takes(tmp_path: Path) -> None:
    put(tmp_path, "aa.mp4.part", 10, size=500)
    put(tmp_path, "bb.mp4", 5, size=500)
    put(tmp_path, "cc.mp4.part", KEEP_SECONDS + 1)
    assert sweep(tmp_path, (), NOW, keep_bytes=100) == 2
    assert left(tmp_path) == {"aa.mp4.part"}


def test_a_directory_that_is_gone_holds_nothing(tmp_path: Path) -> None:
    assert sweep(tmp_path / "gone", (), NOW) == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
async def test_a_directory_that_cannot_be_read_does_not_keep_the_others_from_being_tidied(
    database: Database, store: JobStore, tmp_path: Path
) -> None:
    closed, well = tmp_path / "closed", tmp_path / "well"
    for directory in (closed, well):
        directory.mkdir()
        put(directory, "aa.mp4", KEEP_SECONDS + 1)
    closed.chmod(0)
    try:
        await Housekeeping(store, OpenJobs(database), KeptClips(database), [closed, well], Clock(), wall=Clock()).tidy()
    finally:
        closed.chmod(0o700)
    assert (left(closed), left(well)) == ({"aa.mp4"}, set())


async def test_a_clip_that_is_kept_for_its_requester_stays_for_a_week_from_then_and_is_given_back_afterwards(
    database: Database, store: JobStore, tmp_path: Path
) -> None:
    clock, wall = Clock(), Clock()
    job = a_job()
    await reserve(store, job, day="2026-09-21", base=10, resets_at=NOW)
    parked = await store.transition(job, at=NOW, status=JobStatus.PARKED, ended_at=NOW)
    (clips := tmp_path / "clips").mkdir()
    put(clips, f"{job.job_id}.mp4", KEEP_SECONDS - 60)
    housekeeping = Housekeeping(store, OpenJobs(database), KeptClips(database), [clips], clock, wall=wall)
    clock.pass_(KEEP_SECONDS - 1)
    wall.pass_(KEEP_SECONDS - 1)
    await housekeeping.tidy()
    assert left(clips) == {f"{job.job_id}.mp4"}, "however old the file is"
    clock.pass_(TIDY_SECONDS)
    wall.pass_(TIDY_SECONDS)
    await housekeeping.tidy()
    assert left(clips) == set()
    assert not await KeptClips(database).fetch(parked, clock())
    found = await allowance(store, 1, 7, day="2026-09-21", base=10, resets_at=NOW)
    assert (found.held, found.used) == (0, 0)


async def test_files_of_jobs_that_have_a_next_step_stay_however_old_they_are(
    database: Database, store: JobStore, tmp_path: Path
) -> None:
    await reserve(store, a_job(), day="2026-09-21", base=10, resets_at=NOW)
    (images := tmp_path / "images").mkdir()
    put(images, f"{a_job().job_id}-first.png", 10 * KEEP_SECONDS)
    put(images, f"{'b' * 20}-first.png", 10 * KEEP_SECONDS)
    housekeeping = Housekeeping(store, OpenJobs(database), KeptClips(database), [images], Clock(), wall=Clock())
    assert await housekeeping.tidy() == NOW + TIDY_SECONDS
    assert left(images) == {f"{a_job().job_id}-first.png"}
