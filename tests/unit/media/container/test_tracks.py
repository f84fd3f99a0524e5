"""What decoders must know, read from clips of a real encoder: equal for clips of one kind, different for others."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import ClipUnusable
from bot.media.container.colours import matrix
from bot.media.container.tracks import UNSPECIFIED, Coding, read_tracks
from tests.unit.media.conftest import Film, ffmpeg

PICTURES = "testsrc2=size=96x64:rate=24:duration=0.5"
USUAL = ("-c:a", "aac")


@pytest.fixture
def usual(film: Film) -> Path:
    return film("usual.mp4", PICTURES, *USUAL, sound=0.5)


def test_clips_of_one_kind_are_coded_alike(film: Film, usual: Path) -> None:
    other = film("other.mp4", "mandelbrot=size=96x64:rate=24,trim=duration=1", *USUAL, sound=1.0)
    codings = read_tracks(usual).codings
    assert read_tracks(other).codings == codings
    video, sound = codings
    assert sound is not None
    assert (video.codec, video.shape, video.setting(b"avcC") is not None) == ("avc1", (96, 64), True)
    assert (sound.codec, sound.shape, sound.is_aac) == ("mp4a", (1, 44100), True)


@pytest.mark.parametrize(
    ("name", "pictures", "options", "sound"),
    [
        ("silent", PICTURES, (), None),
        ("size", PICTURES.replace("64", "66"), USUAL, 0.5),
        ("clock", PICTURES, ("-video_track_timescale", "24000", *USUAL), 0.5),
        ("pixel shape", f"{PICTURES},setsar=4/3", USUAL, 0.5),
        ("settings", PICTURES, ("-profile:v", "baseline", "-bf", "0", "-preset", "slow", *USUAL), 0.5),
        ("colours", PICTURES, ("-pix_fmt", "yuv444p", *USUAL), 0.5),
        ("codec", PICTURES, ("-c:v", "mpeg4", *USUAL), 0.5),
        ("sound rate", PICTURES, (*USUAL, "-ar", "48000"), 0.5),
        ("sound channels", PICTURES, (*USUAL, "-ac", "2"), 0.5),
        ("sound codec", PICTURES, ("-c:a", "libmp3lame"), 0.5),
    ],
)
def test_clips_of_other_kinds_are_not(
    film: Film, usual: Path, name: str, pictures: str, options: tuple[str, ...], sound: float | None
) -> None:
    other = film(f"{name}.mp4", pictures, *options, sound=sound)
    assert read_tracks(other).codings != read_tracks(usual).codings


def test_a_clip_on_its_side(usual: Path, tmp_path: Path) -> None:
    ffmpeg("-display_rotation", "90", "-i", str(usual), "-c", "copy", str(tmp_path / "turned.mp4"))
    assert read_tracks(tmp_path / "turned.mp4").codings != read_tracks(usual).codings


def test_mp3_in_an_mp4_is_not_aac(film: Film) -> None:
    sound = read_tracks(film("sound codec.mp4", PICTURES, "-c:a", "libmp3lame", sound=0.5)).sound
    assert sound is not None
    assert (sound.coding.codec, sound.coding.is_aac) == ("mp4a", False)


def test_what_the_samples_weigh(film: Film, usual: Path, tmp_path: Path) -> None:
    tracks = read_tracks(usual)
    for track, name, stream in ((tracks.video, "v.h264", "v"), (tracks.sound, "a.data", "a")):
        assert track is not None
        listing = ffmpeg("-i", str(usual), "-map", f"0:{stream}", "-c", "copy", "-f", "framecrc", "-")
        assert track.payload == sum(int(row.split(",")[4]) for row in listing.splitlines() if row[0] != "#"), name
    fragmented = film("fragments.mp4", PICTURES, "-movflags", "frag_keyframe+empty_moov")
    assert read_tracks(fragmented).video.payload is None


@pytest.mark.parametrize("profile", ["baseline", "high", "high444"])
@pytest.mark.parametrize(("stated", "number"), [("bt709", 1), ("smpte170m", 6), (None, UNSPECIFIED)])
def test_the_matrix_that_is_stated(film: Film, profile: str, stated: str | None, number: int) -> None:
    said = f"setparams=colorspace={stated}" if stated else "setparams=colorspace=unknown"
    options = ("-profile:v", profile, *(("-colorspace", stated) if stated else ()))
    for extra in ((), ("-x264-params", "overscan=show:sar=40/33:interlaced=1")):
        pictures = f"{PICTURES},format={'yuv444p' if profile == 'high444' else 'yuv420p'},{said}"
        formats = ("-pix_fmt", "yuv444p") if profile == "high444" else ()
        if extra and profile == "baseline":
            continue  # knows no interlacing
        clip = film(f"{profile}-{stated}-{len(extra)}.mp4", pictures, *formats, *options, *extra)
        assert matrix(read_tracks(clip).video.coding) == number


def test_the_matrix_in_the_container_where_the_stream_says_nothing() -> None:
    colr = b"nclx" + bytes([0, 9, 0, 16, 0, 9, 0])
    assert matrix(Coding("av01", 24, (64, 64), ((b"colr", colr),))) == 9
    assert matrix(Coding("av01", 24, (64, 64), ((b"colr", b"prof" + bytes(40)),))) == UNSPECIFIED


def test_a_stream_with_many_zeros_before_its_matrix() -> None:
    # Baseline, level 3; sets, frame numbers and order of no interest; 2 x 2 blocks; then the usability part, with a
    # pixel shape of 0:0 spelled out, and colours 1, 1 and 9. After two zeros an encoder puts a 3.
    bits = "1" + "1" + "011" + "010" + "0" + "010" + "010" + "1" + "1" + "0" + "1"
    bits += "1" + "11111111" + "0" * 32 + "0" + "1" + "101" + "0" + "1" + "00000001" * 2 + "00001001" + "1"
    data = bytes(int(bits[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(bits), 8))
    unit = b"\x67\x42\xc0\x1e" + data.replace(b"\0\0", b"\0\0\3")
    avc = b"\x01\x42\xc0\x1e\xff\xe1" + len(unit).to_bytes(2, "big") + unit
    assert b"\0\0\3" in avc
    assert matrix(Coding("avc1", 24, (64, 64), ((b"avcC", avc),))) == 9


@given(st.binary(max_size=60))
@example(b"\x01d\0 \xff\xe1\0\x1bgd\0" + bytes(30))
def test_any_parameters_are_read_or_left(data: bytes) -> None:
    assert 0 <= matrix(Coding("avc1", 24, (64, 64), ((b"avcC", data),))) <= 255


def test_damaged_tracks_are_refused(usual: Path, tmp_path: Path) -> None:
    data, path = usual.read_bytes(), tmp_path / "damaged.mp4"
    for name in (b"moov", b"mdia", b"hdlr", b"mdhd", b"stsd", b"tkhd"):
        path.write_bytes(data.replace(name, b"free"))
        with pytest.raises(ClipUnusable):
            read_tracks(path)


@given(st.data())
def test_no_damage_gets_further_than_a_refusal(
    usual_bytes: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "mutated.mp4"
    begin = usual_bytes.index(b"moov")
    damaged = bytearray(usual_bytes)
    for at in data.draw(st.lists(st.integers(begin, min(len(damaged) - 1, begin + 2000)), min_size=1, max_size=8)):
        damaged[at] = data.draw(st.integers(0, 255))
    path.write_bytes(damaged)
    try:
        tracks = read_tracks(path)
    except ClipUnusable:
        return
    matrix(tracks.video.coding)


@pytest.fixture(scope="session")
def usual_bytes(film: Film) -> bytes:
    return film("usual-first.mp4", PICTURES, "-movflags", "+faststart", *USUAL, sound=0.5).read_bytes()
