"""The MP4 reader on clips of a real encoder, and on what is left of them after damage."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import ClipUnusable
from bot.media.container.mp4 import Mp4Facts, inspect
from bot.media.container.tracks import read_tracks
from tests.unit.media.conftest import PLAIN, Encode


def box(name: bytes, payload: bytes = b"") -> bytes:
    return (8 + len(payload)).to_bytes(4, "big") + name + payload


def refusal(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(ClipUnusable) as caught:
        inspect(path)
    return str(caught.value)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clip.mp4"


def test_facts_of_a_clip(clip: Path) -> None:
    assert inspect(clip) == Mp4Facts(64, 48, 0.5, 12, "avc1", False)


@pytest.mark.parametrize(
    "options",
    [
        (),
        PLAIN,
        ("-movflags", "frag_keyframe+empty_moov"),
        ("-movflags", "dash"),
        ("-g", "4", "-movflags", "frag_keyframe"),
    ],
    ids=["moov last", "moov first", "fragmented", "dash", "several fragments"],
)
@pytest.mark.parametrize("sound", [False, True])
def test_layouts_of_the_same_movie(encode: Encode, options: tuple[str, ...], sound: bool) -> None:
    facts = inspect(encode("layout.mp4", *options, sound=sound))
    assert facts.frames == 12
    assert facts.duration_seconds == pytest.approx(0.5, abs=0.03)  # beside sound a fragment's last frame lasts longer
    assert facts.has_audio is sound


def test_sound_alone_is_no_clip(encode: Encode, path: Path) -> None:
    data = encode("sound.mp4", sound=True).read_bytes().replace(b"vide", b"text")
    assert refusal(path, data) == "no video track"


def test_missing_file_is_not_the_clips_fault(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        inspect(path)


@pytest.mark.parametrize(
    "data", [b"", b"<!DOCTYPE html><html>expired</html>", b"\0" * 64, b"RIFF\x24\0\0\0AVI ", b"ftyp"]
)
def test_what_is_no_mp4(path: Path, data: bytes) -> None:
    refusal(path, data)


def test_missing_parts(clip: Path, path: Path) -> None:
    data = clip.read_bytes()
    assert refusal(path, data[int.from_bytes(data[:4], "big") :]) == "not an MP4 file"
    assert refusal(path, data.replace(b"moov", b"free")) == "no moov box"
    assert refusal(path, data.replace(b"mdat", b"free")) == "no movie data"
    assert refusal(path, data.replace(b"stbl", b"free")) == "a track without stbl"


def test_cut_anywhere_a_clip_is_refused(clip: Path, path: Path) -> None:
    data = clip.read_bytes()
    for kept in [*range(0, len(data), 97), *range(len(data) - 20, len(data))]:
        refusal(path, data[:kept])


def test_cut_with_moov_last_is_refused(encode: Encode, path: Path) -> None:
    data = encode("last.mp4").read_bytes()
    for kept in range(0, len(data), 97):
        refusal(path, data[:kept])


def test_a_single_stray_byte_at_the_end_is_something_cut_off(clip: Path, path: Path) -> None:
    assert "ends inside" in refusal(path, clip.read_bytes() + b"\0")


def test_no_frames_are_no_length(clip: Path, path: Path) -> None:
    data = bytearray(clip.read_bytes())
    at = data.index(b"stsz") + 4 + 8
    data[at : at + 4] = bytes(4)
    assert refusal(path, bytes(data)) == "a video of no length"


@pytest.mark.parametrize("said", [0, 1, 0x7FFF_FFFF, 0xFFFF_FFFF])
@pytest.mark.parametrize("sound", [False, True])
def test_the_length_is_that_of_the_frames_whatever_the_headers_say(
    encode: Encode, path: Path, said: int, sound: bool
) -> None:
    data = bytearray(encode("headers.mp4", *PLAIN, sound=sound).read_bytes())
    for name, place in ((b"mvhd", 16), (b"mdhd", 16), (b"tkhd", 20)):
        at = -1
        while (at := data.find(name, at + 1)) >= 0:
            data[at + 4 + place : at + 8 + place] = said.to_bytes(4, "big")
    path.write_bytes(data)
    assert inspect(path) == Mp4Facts(64, 48, 0.5, 12, "avc1", sound)
    tracks = read_tracks(path)
    assert tracks.video.seconds == 0.5
    assert (tracks.sound is not None) is sound
    if tracks.sound is not None:
        assert tracks.sound.seconds == pytest.approx(0.5, abs=0.05)


def test_without_a_table_of_times_the_header_is_believed(clip: Path, path: Path) -> None:
    data = clip.read_bytes().replace(b"stts", b"free")
    path.write_bytes(data)
    assert inspect(path).duration_seconds == 0.5
    at = data.index(b"mdhd") + 4 + 16
    for said in (bytes(4), b"\xff" * 4):
        assert refusal(path, data[:at] + said + data[at + 4 :]) == "a video of no length"


def test_a_table_of_times_longer_than_its_box_is_not_believed(clip: Path, path: Path) -> None:
    data = bytearray(clip.read_bytes())
    at = data.index(b"stts") + 8
    for count in (0x7FFF_FFFF, 100_000, 2):
        data[at : at + 4] = count.to_bytes(4, "big")
        path.write_bytes(data)
        assert inspect(path).duration_seconds == 0.5


def test_no_size(clip: Path, path: Path) -> None:
    data = bytearray(clip.read_bytes())
    at = data.index(b"avc1", data.index(b"stsd")) + 4 + 24
    data[at : at + 2] = bytes(2)
    assert refusal(path, bytes(data)) == "a video track without a size"


def test_more_frames_promised_than_listed(clip: Path, path: Path) -> None:
    data = bytearray(clip.read_bytes())
    at = data.index(b"stsz") + 4 + 8
    data[at : at + 4] = b"\x7f\xff\xff\xff"
    assert "fewer sizes" in refusal(path, bytes(data))


@pytest.mark.parametrize("size", [0, 1, 2, 7, 2**31, 2**32 - 1])
def test_box_sizes_that_loop_or_overflow(clip: Path, path: Path, size: int) -> None:
    data = bytearray(clip.read_bytes())
    for name in (b"moov", b"trak", b"mdia"):
        at = data.index(name) - 4
        broken = data[:at] + size.to_bytes(4, "big") + data[at + 4 :]
        refusal(path, bytes(broken))


def test_sizes_of_64_bits(clip: Path, path: Path) -> None:
    data = clip.read_bytes()
    at = data.index(b"mdat") - 4
    payload = data[at + 8 :]
    wide = b"\0\0\0\1mdat" + (16 + len(payload)).to_bytes(8, "big") + payload
    path.write_bytes(data[:at] + wide)
    assert inspect(path).frames == 12
    for size in (0, 15, 17 + len(payload), 2**63, 2**64 - 1):
        refusal(path, data[:at] + b"\0\0\0\1mdat" + size.to_bytes(8, "big") + payload)


def test_last_box_may_leave_its_size_open(clip: Path, path: Path) -> None:
    data = clip.read_bytes()
    at = data.index(b"mdat") - 4
    path.write_bytes(data[:at] + bytes(4) + data[at + 4 :])
    assert inspect(path).frames == 12


def test_a_million_boxes_are_not_read(path: Path) -> None:
    begun = time.perf_counter()
    assert refusal(path, box(b"ftyp", b"isom") + box(b"free") * 1_000_000) == "too many boxes"
    assert refusal(path, box(b"ftyp", b"isom") + box(b"mdat", b"x") + box(b"moov", box(b"trak") * 300_000))
    assert time.perf_counter() - begun < 5


def test_movie_data_is_never_read(clip: Path, path: Path) -> None:
    data = clip.read_bytes()
    at = data.index(b"mdat") - 4
    with path.open("wb") as file:  # sparse: four gibibytes that would take long to read
        size = 4 * 1024**3
        file.write(data[:at] + b"\0\0\0\1mdat" + size.to_bytes(8, "big"))
        file.truncate(at + size)
    begun = time.perf_counter()
    assert inspect(path).frames == 12
    assert time.perf_counter() - begun < 2


@pytest.fixture(scope="session")
def originals(clip: Path, encode: Encode) -> list[bytes]:
    """A clip with a table and one with fragments."""
    return [clip.read_bytes(), encode("fragments.mp4", "-movflags", "dash", sound=True).read_bytes()]


@settings(max_examples=200, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_mutated_clips_never_do_worse_than_unusable(originals: list[bytes], path: Path, data: st.DataObject) -> None:
    original = data.draw(st.sampled_from(originals))
    mutated = bytearray(original)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, original.index(b"mdat")))
        kind = data.draw(st.sampled_from(["set", "delete", "insert", "number"]))
        if kind == "set":
            mutated[at] = data.draw(st.integers(0, 255))
        elif kind == "delete":
            del mutated[at : at + data.draw(st.integers(1, 40))]
        elif kind == "insert":
            mutated[at:at] = data.draw(st.binary(min_size=1, max_size=16))
        else:
            mutated[at : at + 4] = data.draw(st.sampled_from([0, 1, 8, 2**31, 2**32 - 1])).to_bytes(4, "big")
    path.write_bytes(mutated)
    try:
        facts = inspect(path)
    except ClipUnusable:
        return
    assert facts.frames > 0
    assert facts.duration_seconds > 0


@given(st.binary(max_size=200))
def test_any_bytes_after_ftyp(tmp_path_factory: pytest.TempPathFactory, tail: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.mp4"
    path.write_bytes(box(b"ftyp", b"isom") + tail)
    with pytest.raises(ClipUnusable):
        inspect(path)
