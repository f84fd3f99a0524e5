"""What a choice of clips becomes with each press, and that a reel is made once, within its limits."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.assemblies.choice import MOST_CLIPS, Choice, ReelStage, Sort, offer
from bot.assemblies.reel import LONGEST_SECONDS, Part, ReelMaker, ReelOrder
from bot.assemblies.state import read, write
from bot.errors import MediaFailed, Refused
from bot.media.container.mp4 import inspect
from bot.media.ffmpeg import Ffmpeg, find_ffmpeg
from bot.models import Assembly, AssemblyKind, RankedClip, ReplyTarget
from sandbox.drawing.render import FfmpegRenderer, Shot, run_ffmpeg
from tests.unit.jobs.samples import a_job

ASSEMBLY = "a" * 20


def ranked(*votes: int) -> list[RankedClip]:
    """Clips "0", "1", ... in this order of a board; each was asked for before the one in front of it."""
    return [
        RankedClip(replace(a_job(), job_id=str(number), created_at=1000.0 - number), count)
        for number, count in enumerate(votes)
    ]


def choice(*votes: int) -> Choice:
    return offer(ranked(*votes), "", captions=False)


# -- choosing ----------------------------------------------------------------------------------------------------------


def test_the_best_voted_are_chosen_and_then_the_newest() -> None:
    assert choice(3, 1, 0, 0, 0, 0, 0).chosen == ("0", "1", "2", "3", "4")
    assert choice(*[2] * 7, 0, 0).chosen == tuple("0123456")
    assert len(choice(*[1] * 25).chosen) == 10
    assert choice(0, 0).chosen == ("0", "1")


def test_no_more_is_offered_than_a_select_holds_and_no_reel_of_one() -> None:
    assert len(choice(*[0] * 40).by_votes) == MOST_CLIPS
    with pytest.raises(Refused, match="reel_too_few"):
        choice(5)


def test_each_way_of_sorting_orders_what_is_chosen() -> None:
    chosen = choice(3, 2, 1).pick(["2", "0"])
    assert chosen.sequence == ("0", "2")
    assert chosen.sorted_by(Sort.OLDEST).sequence == ("2", "0")
    assert chosen.sorted_by(Sort.NEWEST).sequence == ("0", "2")


def test_clips_are_put_first_one_after_the_other_until_another_order_is_chosen() -> None:
    chosen = choice(0, 0, 0, 0)
    placed = chosen.place("3").place("1").place("3").place("of nobody")
    assert placed.sequence == ("3", "1", "0", "2")
    assert placed.pick(["0", "1", "2"]).sequence == ("1", "0", "2")
    assert placed.sorted_by(Sort.OLDEST).sequence == ("3", "2", "1", "0")


IDS = st.lists(st.sampled_from("01234567"))


@given(IDS, st.sampled_from(Sort), IDS, IDS)
def test_whatever_is_pressed_every_chosen_clip_comes_once(
    first: list[str], sort: Sort, placed: list[str], then: list[str]
) -> None:
    pressed = choice(*[1] * 6).pick(first).sorted_by(sort)
    for job_id in placed:
        pressed = pressed.place(job_id)
    pressed = pressed.pick(then)
    assert sorted(pressed.sequence) == sorted(set(then) & set("012345"))
    row = Assembly(ASSEMBLY, 1, AssemblyKind.REEL, ReplyTarget(1, 2, 3, 4), json.loads(json.dumps(write(pressed))), 0.0)
    assert read(row, Choice) == pressed


def test_making_closes_the_choice_for_good() -> None:
    made = choice(0, 0).make(77.0)
    assert (made.stage, made.made_at) == (ReelStage.BUILDING, 77.0)
    with pytest.raises(Refused, match="reel_underway"):
        made.make(78.0)
    with pytest.raises(Refused, match="reel_too_few"):
        choice(0, 0).pick(["1"]).make(77.0)
    assert made.stop().stage is ReelStage.STOPPED
    for ended in (made.stop(), replace(made, stage=ReelStage.ENDED)):
        with pytest.raises(Refused, match="reel_closed"):
            ended.stop()


# -- making ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds, very small."""
    renderer = FfmpegRenderer(tmp_path_factory.mktemp("reels"), frame_rate=8, short_side=180)
    return asyncio.run(renderer.render(Shot("a calm sea", 6, 180)))


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds with enough bits in them to be made fewer."""
    path = tmp_path_factory.mktemp("noise") / "noise.mp4"
    noise = ["-f", "lavfi", "-i", "color=gray:s=320x180:r=12,noise=alls=60:allf=t", "-t", "6"]
    asyncio.run(run_ffmpeg([*noise, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", str(path)]))
    return path


@pytest.fixture
def maker(tmp_path: Path) -> ReelMaker:
    return ReelMaker(Ffmpeg(find_ffmpeg()), tmp_path)


def order(clip: Path, clips: int = 2, *, title: str = "", caption: str = "") -> ReelOrder:
    return ReelOrder(ASSEMBLY, tuple(Part(str(number), clip, caption) for number in range(clips)), title, "two clips")


async def test_equal_clips_are_joined_as_they_are(maker: ReelMaker, clip: Path) -> None:
    reel = await maker.make(order(clip, 3))
    assert reel.copied
    assert inspect(reel.path).frames == 3 * inspect(clip).frames
    assert reel.seconds == pytest.approx(18, abs=0.1)
    assert reel.size == reel.path.stat().st_size


async def test_titles_and_captions_are_drawn_and_progress_is_told(maker: ReelMaker, clip: Path) -> None:
    told: list[float] = []
    reel = await maker.make(order(clip, title="Rushes", caption="ada"), told.append)
    assert not reel.copied
    assert inspect(reel.path).frames == (2 + 6 + 6) * 24
    assert told == sorted(told)
    assert told[-1] > 0.9


async def test_the_same_reel_is_made_once_and_another_one_anew(maker: ReelMaker, clip: Path) -> None:
    first = await maker.make(order(clip))
    made = first.path.stat().st_mtime_ns
    assert (await maker.make(order(clip))).path == first.path
    assert first.path.stat().st_mtime_ns == made
    paths = {(await maker.make(order(clip, 3))).path, (await maker.make(order(clip, title="x"))).path, first.path}
    assert len(paths) == 3


async def test_a_reel_is_brought_under_a_limit_or_not_at_all(maker: ReelMaker, large: Path) -> None:
    reel = await maker.make(order(large))
    limit = reel.size * 2 // 3
    assert await maker.fitted(reel, reel.size) == reel
    smaller = await maker.fitted(reel, limit)
    assert smaller.size <= limit
    assert smaller.seconds == pytest.approx(reel.seconds, abs=0.2)
    assert await maker.fitted(reel, limit) == smaller
    with pytest.raises(MediaFailed):
        await maker.fitted(reel, 1000)


async def test_too_long_a_reel_is_refused_before_any_work(maker: ReelMaker, clip: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        await maker.make(order(clip, 51))
    assert refused.value.facts == {"seconds": 306, "limit": round(LONGEST_SECONDS)}
    assert list(tmp_path.iterdir()) == []


async def test_all_that_belongs_to_a_reel_is_deleted_and_nothing_else(
    maker: ReelMaker, large: Path, tmp_path: Path
) -> None:
    other = tmp_path / f"{'b' * 20}-1.mp4"
    other.touch()
    await maker.make(order(large, title="x", caption="ada"))
    reel = await maker.make(order(large))
    await maker.fitted(reel, reel.size * 2 // 3)
    assert len(list(tmp_path.iterdir())) > 4
    await maker.discard(ASSEMBLY)
    assert list(tmp_path.iterdir()) == [other]


async def test_without_ffmpeg_there_are_no_reels(tmp_path: Path, clip: Path) -> None:
    maker = ReelMaker(Ffmpeg(None), tmp_path)
    assert not maker.available
    with pytest.raises(MediaFailed):
        await maker.make(order(clip))
