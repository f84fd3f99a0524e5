"""When frames are shown, read from the boxes: as FFmpeg shows them, whatever the headers claim, and never a crash."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.media.container.timing import Pictures, read_times
from tests.unit.media.beats import NO_B, Clip
from tests.unit.media.conftest import ffmpeg, frame_times

B_FRAMES = ("-preset", "veryfast", "-bf", "3", "-g", "48")
UNEVEN = ("-vf", "select='not(mod(n,3))+lt(n,6)',settb=1/1000,setpts='PTS+random(1)*9'", "-fps_mode", "vfr")
LAYOUTS: dict[str, tuple[Clip, tuple[str, ...], tuple[str, ...]]] = {
    "plain": (Clip(coded=NO_B), (), ()),
    "B-frames": (Clip(coded=B_FRAMES), (), ()),
    "B-frames without an edit list": (Clip(coded=B_FRAMES), (), ("-use_editlist", "0")),
    "negative offsets": (Clip(coded=B_FRAMES), (), ("-movflags", "negative_cts_offsets")),
    "fragments": (Clip(coded=B_FRAMES), (), ("-movflags", "frag_keyframe+empty_moov")),
    "DASH": (Clip(coded=(*B_FRAMES[:-1], "4")), (), ("-movflags", "dash")),
    "half in fragments": (Clip(coded=(*NO_B, "-g", "4")), (), ("-movflags", "frag_keyframe")),
    "uneven": (Clip(options=UNEVEN), (), ()),
    "cut": (Clip(1.0, 1.0, coded=B_FRAMES), ("-ss", "0.3"), ()),
    "shifted": (Clip(), ("-itsoffset", "0.5"), ()),
    "large clock": (Clip(options=("-video_track_timescale", "1000000")), (), ()),
    "last first": (Clip(), (), ("-movflags", "+faststart")),
}


@pytest.fixture
def made(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A clip of the layout that the test is for."""
    clip, before, after = LAYOUTS[request.param]
    raw, to = tmp_path / "raw.mp4", tmp_path / "clip.mp4"
    clip.make(raw)
    ffmpeg(*before, "-i", str(raw), "-c", "copy", *after, str(to))
    return to


def pictures_of(clip: Path) -> Pictures:
    times = read_times(clip)
    assert times is not None
    return times.pictures


@pytest.mark.parametrize("made", LAYOUTS, indirect=True)
def test_frames_are_shown_when_ffmpeg_shows_them(made: Path) -> None:
    pictures, decoded = pictures_of(made), frame_times(made)
    expected = [at - decoded[0] for at in decoded]
    assert [round(1000 * at / pictures.clock) for at in pictures.times] == pytest.approx(expected, abs=1)
    assert pictures.seconds == pytest.approx(pictures.times[-1] / pictures.clock + 1 / 24, abs=0.05)


@pytest.mark.parametrize(
    ("made", "plain"),
    [("B-frames", True), ("negative offsets", True), ("fragments", True), ("uneven", True), ("cut", False)],
    indirect=["made"],
)
def test_an_edit_list_that_only_makes_up_for_b_frames_hides_nothing(made: Path, plain: bool) -> None:
    assert pictures_of(made).plain is plain


@pytest.mark.parametrize(
    ("made", "start"), [("plain", 0), ("B-frames", 0), ("B-frames without an edit list", 2 / 24)], indirect=["made"]
)
def test_when_the_first_frame_is_shown(made: Path, start: float) -> None:
    times = read_times(made)
    assert times is not None
    assert times.pictures.start == pytest.approx(start, abs=0.001)
    assert times.sound is not None
    assert times.sound.end - times.sound.start == pytest.approx(0.5 + start, abs=0.001)


def test_no_sound_no_pictures_no_tables(clip: Path, tmp_path: Path) -> None:
    times = read_times(clip)
    assert times is not None
    assert times.sound is None
    assert (times.pictures.seconds, len(times.pictures.times)) == (Fraction(1, 2), 12)
    for name in (b"vide", b"stts", b"mdhd", b"stsz", b"moov"):
        (tmp_path / "damaged.mp4").write_bytes(clip.read_bytes().replace(name, b"free"))
        assert read_times(tmp_path / "damaged.mp4") is None, name
    with pytest.raises(FileNotFoundError):
        read_times(tmp_path / "gone.mp4")


def patched(data: bytes, box: bytes, skip: int, number: int) -> bytes:
    at = data.index(box) + 4 + skip
    return data[:at] + number.to_bytes(4, "big") + data[at + 4 :]


def test_tables_that_claim_billions_are_not_spread_out(clip: Path, tmp_path: Path) -> None:
    data, path, begun = clip.read_bytes(), tmp_path / "huge.mp4", time.perf_counter()
    path.write_bytes(patched(data, b"stts", 8, 2**32 - 1))
    assert len(pictures_of(path).times) == 12
    path.write_bytes(patched(patched(data, b"stsz", 8, 2**32 - 1), b"stsz", 4, 9))
    assert read_times(path) is None
    assert time.perf_counter() - begun < 1


def test_a_table_that_is_too_short_goes_on_as_it_ended(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "short.mp4"
    path.write_bytes(patched(clip.read_bytes(), b"stts", 8, 5))
    assert pictures_of(path).times == pictures_of(clip).times
    assert len(frame_times(path)) == 12


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """A clip with tables and edit lists, and one with fragments; the boxes in front."""
    folder, found = tmp_path_factory.mktemp("timing"), []
    for name, layout in (("tables", ("-movflags", "+faststart")), ("fragments", ("-movflags", "dash"))):
        path = folder / f"{name}.mp4"
        Clip(options=layout).make(path)
        found.append(path.read_bytes())
    return found


@settings(max_examples=200, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_is_read_or_left(originals: list[bytes], tmp_path: Path, data: st.DataObject) -> None:
    path, original = tmp_path / "mutated.mp4", data.draw(st.sampled_from(originals))
    mutated = bytearray(original)
    for _ in range(data.draw(st.integers(1, 6))):
        name = data.draw(
            st.sampled_from([b"stts", b"ctts", b"elst", b"stsz", b"stss", b"mdhd", b"mvhd", b"trun", b"tfhd"])
        )
        begin = original.find(name)
        at = max(0, begin) + data.draw(st.integers(0, 40))
        number = data.draw(st.one_of(st.sampled_from([0, 1, 2**31, 2**32 - 1]), st.integers(0, 2**32 - 1)))
        mutated[at : at + 4] = number.to_bytes(4, "big")
    path.write_bytes(mutated)
    times = read_times(path)
    if times is not None:
        assert times.pictures.times[0] == 0
        assert times.pictures.length > 0
        assert list(times.pictures.times) == sorted(times.pictures.times)
