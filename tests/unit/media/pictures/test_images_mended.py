"""PictureStore: files that are not quite right and that everything else shows, and the ones that are too far gone."""

from __future__ import annotations

import io
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageCms, ImageStat

from bot.errors import ImageRefused
from bot.media.pictures import jpeg, png, webp
from bot.media.pictures.headers import read_header
from bot.media.pictures.images import BYTE_LIMIT, PictureStore
from bot.media.pictures.pared import Broken
from bot.media.pictures.reencode import clean, pare
from tests.unit.media.conftest import picture
from tests.unit.media.pictures.test_images import exif, reopened

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
SWAPPED = SRGB.replace(b"rXYZ", b"----").replace(b"bXYZ", b"rXYZ").replace(b"----", b"bXYZ")
"""A profile by which what is stored as red is blue."""


@pytest.fixture
def store(tmp_path: Path) -> PictureStore:
    return PictureStore(tmp_path / "images")


def chunk(name: bytes, body: bytes, crc: int | None = None) -> bytes:
    return (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body) if crc is None else crc)
    )


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def noisy(kind: str, mode: str = "RGB", **options: object) -> bytes:
    """A picture that does not compress to nothing, so that there is something to cut off."""
    image = Image.merge("RGB", [Image.effect_noise((400, 320), 60) for _ in range(3)]).convert(mode)
    image.save(out := io.BytesIO(), kind, **options)
    return out.getvalue()


PNG, JPEG, WEBP = picture(), picture(kind="JPEG"), picture(kind="WEBP")
NOISY_PNG, NOISY_JPEG, NOISY_WEBP = (noisy(kind) for kind in ("PNG", "JPEG", "WEBP"))
PROGRESSIVE, RESTARTING = noisy("JPEG", progressive=True), noisy("JPEG", restart_marker_rows=1)
LOSSLESS = noisy("WEBP", lossless=True)
MEGA = 3_000_000


def with_chunks(*chunks: bytes) -> bytes:
    return PNG[:33] + b"".join(chunks) + PNG[33:]


def between(data: bytes, stray: bytes) -> bytes:
    """A JPEG with these bytes before each of its segments."""
    begins = [each.begin for each in jpeg.segments(data)]
    ends = [*begins[1:], len(data)]
    return data[:2] + b"".join(stray + data[begin:end] for begin, end in zip(begins, ends, strict=True))


def sized(data: bytes, size: int) -> bytes:
    """A WebP that says of itself that it has so many bytes."""
    return data[:4] + struct.pack("<I", size % 2**32) + data[8:]


SHOWN_ELSEWHERE: dict[str, bytes | Callable[[], bytes]] = {
    "PNG, a profile of 3 MB": with_chunks(chunk(b"iCCP", b"x\0\0" + zlib.compress(SRGB + bytes(MEGA)))),
    "PNG, a profile of 200 MB": lambda: with_chunks(chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(200_000_000), 9))),
    "PNG, a profile that is none": with_chunks(chunk(b"iCCP", b"x\0\0" + zlib.compress(b"none"))),
    "PNG, a profile without a name": with_chunks(chunk(b"iCCP", b"x" * 9)),
    "PNG, an empty profile": with_chunks(chunk(b"iCCP", b"")),
    "PNG, a profile packed in another way": with_chunks(chunk(b"iCCP", b"x\0\1" + zlib.compress(SRGB))),
    "PNG, packed XMP of 3 MB": with_chunks(
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(b"<x>" * MEGA))
    ),
    "PNG, XMP of 9 MB": with_chunks(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + b"<x>" * MEGA)),
    "PNG, XMP behind the pixels": PNG[:-12]
    + chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(b"<x>" * MEGA))
    + PNG[-12:],
    "PNG, packed text of 3 MB": with_chunks(chunk(b"zTXt", b"c\0\0" + zlib.compress(b"x" * MEGA))),
    "PNG, 80 texts of 1 MB": with_chunks(*[chunk(b"zTXt", b"c\0\0" + zlib.compress(bytes(10**6), 1))] * 80),
    "PNG, a text packed in another way": with_chunks(chunk(b"zTXt", b"c\0\1x")),
    "PNG, cut gamma, sizes and colours": with_chunks(*(chunk(n, b"\0") for n in (b"gAMA", b"cHRM", b"pHYs", b"sRGB"))),
    "PNG, a wrong check sum of a note": with_chunks(chunk(b"tEXt", b"a\0b", crc=1)),
    "PNG, a wrong check sum of the header": PNG[:29] + bytes(4) + PNG[33:],
    "PNG, an animation that is none": with_chunks(chunk(b"acTL", b"\0\0"), chunk(b"fcTL", b"\0")),
    "PNG, EXIF that is none": with_chunks(chunk(b"eXIf", b"none")),
    "PNG, no end": PNG[:-12],
    "PNG, a wrong check sum of the pixels": NOISY_PNG[:-17] + bytes([NOISY_PNG[-17] ^ 1]) + NOISY_PNG[-16:],
    "PNG, the last rows missing": NOISY_PNG[: -len(NOISY_PNG) // 50],
    "JPEG, without its last byte": JPEG[:-1],
    "JPEG, without its last two": JPEG[:-2],
    "JPEG, without its last ten": NOISY_JPEG[:-10],
    "JPEG, the last rows missing": NOISY_JPEG[: -len(NOISY_JPEG) // 50],
    "JPEG, progressive, without its last two": PROGRESSIVE[:-2],
    "JPEG, progressive, without its last ten": PROGRESSIVE[:-10],
    "JPEG, with restarts, without its last two": RESTARTING[:-2],
    "JPEG, a stray zero between segments": between(JPEG, b"\0"),
    "JPEG, a stray line between segments": between(JPEG, b"\r\nhello"),
    "JPEG, fill bytes between segments": between(JPEG, b"\xff" * 20),
    "JPEG, stray 0xFF between segments": between(JPEG, b"\xff\x00\x12\xff\x02"),
    "JPEG, stray restarts between segments": between(JPEG, b"\xff\xd3\xff\x01"),
    "JPEG, 6 MB of notes": JPEG[:2] + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + bytes(60_000)) * 100 + JPEG[2:],
    "JPEG, a thousand comments": JPEG[:2] + segment(0xFE, b"hello") * 1000 + JPEG[2:],
    "JPEG, a comment of no length": JPEG[:2] + b"\xff\xfe\0\0\xff\xfe\0\1" + JPEG[2:],
    "JPEG, cut JFIF and Adobe": JPEG[:2] + segment(0xE0, b"JFIF\0") + segment(0xEE, b"Adobe") + JPEG[20:],
    "JPEG, pieces of a profile": JPEG[:2]
    + segment(0xE2, b"ICC_PROFILE\0")
    + segment(0xE2, b"ICC_PROFILE\0\2\3a")
    + JPEG[2:],
    "JPEG, more pictures that are none": JPEG[:2] + segment(0xE2, b"MPF\0none") + JPEG[2:],
    "JPEG, begun twice": b"\xff\xd8" + JPEG,
    "JPEG, with something behind it": JPEG + b"\0" * 1000 + b"PK\3\4",
    "WebP, said to be larger": sized(WEBP, len(WEBP) + 100),
    "WebP, said to be smaller": sized(WEBP, len(WEBP) - 9),
    "WebP, said to be empty": sized(WEBP, 0),
    "WebP, said to be endless": sized(WEBP, -1),
    "WebP, without its last byte": NOISY_WEBP[:-1],
    "WebP, without its last ten": NOISY_WEBP[:-10],
    "WebP, lossless, said to be larger": sized(LOSSLESS, len(LOSSLESS) + 1),
    "WebP, its EXIF cut off": picture(kind="WEBP", exif=exif())[:-20],
}  # fmt: skip


@pytest.mark.parametrize("name", SHOWN_ELSEWHERE)
async def test_what_everything_else_shows_is_taken(store: PictureStore, name: str) -> None:
    data = shown() if callable(shown := SHOWN_ELSEWHERE[name]) else shown
    begun = time.perf_counter()
    taken = await store.take(data, job_id="job1", slot="first")
    assert time.perf_counter() - begun < 5.0
    assert (taken.width, taken.height) in {(400, 301), (400, 320)}
    image = (await reopened(store, taken)).convert("RGB")
    if taken.height == 301:
        left, right = image.getpixel((80, 290)), image.getpixel((320, 290))
        assert isinstance(left, tuple)
        assert isinstance(right, tuple)
        assert left[0] > 200 > 60 > left[2]
        assert right[2] > 200 > 60 > right[0]
    else:  # nearly all of the noise is there, down to the last rows
        assert min(ImageStat.Stat(image.crop((0, 0, 400, 296))).stddev) > 20


@pytest.mark.parametrize(
    ("data", "share"),
    [(NOISY_PNG, 0.1), (NOISY_JPEG, 0.1), (RESTARTING, 0.1), (PROGRESSIVE, 0.1), (PROGRESSIVE, 0.6), (NOISY_WEBP, 0.1)],
    ids=["png", "jpeg", "restarts", "progressive", "most of progressive", "webp"],
)
async def test_with_more_than_the_end_missing_a_picture_is_refused(
    store: PictureStore, data: bytes, share: float
) -> None:
    with pytest.raises(ImageRefused) as caught:
        await store.take(data[: -int(len(data) * share)], job_id="job1", slot="first")
    assert caught.value.code == "image_broken"


async def test_a_progressive_picture_without_its_last_scans_is_refused(store: PictureStore) -> None:
    last = [each for each in jpeg.segments(PROGRESSIVE) if each.marker == jpeg.SCAN][-1]
    with pytest.raises(ImageRefused):
        await store.take(PROGRESSIVE[: last.begin], job_id="job1", slot="first")


@pytest.mark.parametrize("cut", range(1, 17))
async def test_the_last_bytes_of_a_webp_are_not_needed(store: PictureStore, cut: int) -> None:
    Image.radial_gradient("L").resize((400, 320)).save(out := io.BytesIO(), "WEBP")
    assert (await store.take(out.getvalue()[:-cut], job_id="job1", slot="first")).height == 320


async def test_a_dark_end_is_not_taken_for_a_missing_one(store: PictureStore) -> None:
    image = Image.new("RGB", (400, 320))
    image.paste((200, 30, 30), (0, 0, 400, 60))
    image.save(out := io.BytesIO(), "JPEG")
    assert (await store.take(out.getvalue()[:-2], job_id="job1", slot="first")).height == 320


async def test_the_last_rows_of_a_cut_png_look_like_those_above(store: PictureStore) -> None:
    stripes = Image.linear_gradient("L").rotate(90).resize((400, 320)).convert("RGB")
    mixed = ImageChops.add(stripes, Image.effect_noise((400, 320), 9).convert("RGB"))
    mixed.save(out := io.BytesIO(), "PNG")
    taken = await store.take(out.getvalue()[: -len(out.getvalue()) // 40], job_id="job1", slot="first")
    image = (await reopened(store, taken)).convert("RGB")
    assert image.crop((0, 319, 400, 320)).tobytes() == image.crop((0, 318, 400, 319)).tobytes()
    assert max(image.crop((0, 319, 400, 320)).tobytes()) > 150


@pytest.mark.parametrize("padding", [0, MEGA])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_colours_are_those_of_the_profile_however_large(store: PictureStore, kind: str, padding: int) -> None:
    image = await reopened(
        store, await store.take(picture(kind=kind, icc_profile=SWAPPED + bytes(padding)), job_id="job1", slot="first")
    )
    left = image.convert("RGB").getpixel((80, 150))
    assert isinstance(left, tuple)
    assert left[2] > 200 > 80 > left[0], "red by the numbers is blue by the profile"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_a_mended_picture_is_still_turned(store: PictureStore, kind: str) -> None:
    data = picture(kind=kind, exif=exif(orientation=6))
    data = {"PNG": data[:-12], "JPEG": data[:-2], "WEBP": sized(data, 4)}[kind]
    assert (await store.take(data, job_id="job1", slot="first")).height == 400


# -- the size of our own copy ------------------------------------------------------------------------------------------


async def test_a_picture_below_the_limit_is_not_refused_for_our_copy(store: PictureStore) -> None:
    original = Image.effect_noise((4200, 3600), 60)
    original.save(out := io.BytesIO(), "PNG", compress_level=1)
    assert 14_000_000 < len(out.getvalue()) <= BYTE_LIMIT
    taken = await store.take(out.getvalue(), job_id="job1", slot="first")
    assert (taken.content_type, taken.name) == ("image/jpeg", "job1-first.jpg")
    assert store.path(taken).stat().st_size <= BYTE_LIMIT
    difference = ImageChops.difference((await reopened(store, taken)).convert("L"), original)
    assert ImageStat.Stat(difference).mean[0] < 3, "and it is of good quality"


@pytest.mark.parametrize(
    ("mode", "kind", "content_type", "share"),
    [
        ("L", "PNG", "image/jpeg", 0.9),
        ("P", "PNG", "image/jpeg", 0.9),
        ("RGB", "PNG", "image/jpeg", 0.9),
        ("RGB", "PNG", "image/jpeg", 0.25),
        ("RGBA", "PNG", "image/webp", 0.9),
        ("RGBA", "PNG", "image/webp", 0.25),
        ("opaque", "PNG", "image/jpeg", 0.5),
        ("RGB", "WEBP", "image/webp", 0.5),
        ("RGBA", "WEBP", "image/webp", 0.25),
    ],
)
def test_a_smaller_type_is_chosen_by_what_it_must_hold(mode: str, kind: str, content_type: str, share: float) -> None:
    image = Image.merge("RGB", [Image.effect_noise((400, 320), 60) for _ in range(3)])
    if mode in {"RGBA", "opaque"}:
        image.putalpha(Image.linear_gradient("L").resize(image.size) if mode == "RGBA" else 255)
    else:
        image = image.convert(mode)
    image.save(out := io.BytesIO(), kind, lossless=True)
    header = read_header(out.getvalue())
    assert header is not None
    limit = int(len(out.getvalue()) * share)
    fresh = clean(pare(out.getvalue(), header), header, limit)
    assert fresh.content_type == content_type
    assert len(fresh.data) <= limit
    with Image.open(io.BytesIO(fresh.data)) as shown:
        assert ("A" in shown.getbands()) == (mode == "RGBA")


# -- guards ------------------------------------------------------------------------------------------------------------

PARE: list[Callable[[bytes], object]] = [png.pare, jpeg.pare, lambda data: webp.pare(data, 0.1)]


@given(st.sampled_from([PNG, JPEG, WEBP, PROGRESSIVE[:3000], LOSSLESS[:3000]]), st.data())
@settings(deadline=None, max_examples=300)
def test_paring_never_fails_otherwise_than_by_saying_so(whole: bytes, drawn: st.DataObject) -> None:
    data = bytearray(whole)
    for _ in range(drawn.draw(st.integers(0, 4))):
        at = drawn.draw(st.integers(2, len(data) - 1))
        data[at : at + drawn.draw(st.integers(0, 9))] = drawn.draw(st.binary(max_size=9))
    for pare_one in PARE:
        try:
            pare_one(bytes(data))
        except Broken:
            continue


@pytest.mark.parametrize(
    "data",
    [
        JPEG[:2] + segment(0xFE, b"") * 4_000_000 + JPEG[2:],
        JPEG[:2] + b"\xff\xfe\0\0" * 4_000_000 + JPEG[2:],
        JPEG[:2] + b"\xff\x00" * 9_000_000,
        PNG[:33] + chunk(b"tEXt", b"") * 1_500_000 + PNG[33:],
        WEBP[:12] + b"JUNK\0\0\0\0" * 2_000_000 + WEBP[12:],
    ],
    ids=["comments", "no lengths", "stray bytes", "chunks of PNG", "chunks of WebP"],
)
async def test_millions_of_pieces_are_refused_at_once(store: PictureStore, data: bytes) -> None:
    begun = time.perf_counter()
    with pytest.raises(ImageRefused):
        await store.take(data, job_id="job1", slot="first")
    assert time.perf_counter() - begun < 5.0


async def test_a_picture_of_countless_scans_is_refused(store: PictureStore) -> None:
    last = [each for each in jpeg.segments(PROGRESSIVE) if each.marker == jpeg.SCAN][-1]
    scan = PROGRESSIVE[last.begin : last.body + 10] + b"\0\0"
    with pytest.raises(ImageRefused):
        await store.take(PROGRESSIVE[:-2] + scan * 1000 + jpeg.END, job_id="job1", slot="first")
    assert (await store.take(PROGRESSIVE[:-2] + scan * 5 + jpeg.END, job_id="job1", slot="first")).width == 400
