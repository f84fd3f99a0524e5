"""PictureStore: what is refused, by which code, and how little of it is looked at first."""

from __future__ import annotations

import io
import struct
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.errors import ImageRefused
from bot.media.pictures.headers import read_header
from bot.media.pictures.images import BYTE_LIMIT, PictureStore, check_announced
from tests.unit.media.conftest import picture


@pytest.fixture
def store(tmp_path: Path) -> PictureStore:
    return PictureStore(tmp_path / "images")


async def refusal(store: PictureStore, data: bytes) -> ImageRefused:
    with pytest.raises(ImageRefused) as caught:
        await store.take(data, job_id="job1", slot="first")
    return caught.value


def chunk(name: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


def png_of(width: int, height: int, *chunks: bytes) -> bytes:
    """A PNG of one-bit grey with the pixel chunks given, however few."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks)


@pytest.mark.parametrize(
    "data",
    [
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 400 300\n" + b" " * 400,
        b'<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"/>',
        picture(kind="GIF"),
        picture(kind="BMP"),
        picture(kind="TIFF"),
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\0" * 100,
        b"<html>not found</html>",
        b"",
    ],
    ids=["eps", "svg", "gif", "bmp", "tiff", "heic", "html", "empty"],
)
async def test_other_types_are_refused_by_their_bytes(store: PictureStore, data: bytes) -> None:
    assert (await refusal(store, data)).code == "image_type"


async def test_bomb_is_refused_from_its_header(store: PictureStore) -> None:
    packer = zlib.compressobj(9)
    start = packer.compress(bytes(3751)) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(3751 * 1000)) + packer.flush(
        zlib.Z_FULL_FLUSH
    )  # repeats, being a whole number of rows
    rows = start + block * 30
    bomb = png_of(30_000, 30_000, chunk(b"IDAT", rows), chunk(b"IEND", b""))
    assert len(bomb) < 150_000
    begun = time.perf_counter()
    error = await refusal(store, bomb)
    assert time.perf_counter() - begun < 1.0
    assert (error.code, error.facts) == ("image_too_many_pixels", {"width": 30_000, "height": 30_000})


@pytest.mark.parametrize("size", [(30_000, 30_000), (8193, 4000), (8000, 5001)])
async def test_pixels_are_never_needed_to_refuse_a_size(store: PictureStore, size: tuple[int, int]) -> None:
    # There are no pixels at all here: with a permitted size the same file is broken.
    assert (await refusal(store, png_of(*size))).code == "image_too_many_pixels"
    assert (await refusal(store, png_of(800, 600))).code == "image_broken"


async def test_bomb_in_webp_header_is_refused(store: PictureStore) -> None:
    frame = b"VP8X" + struct.pack("<I", 10) + b"\x10\0\0\0" + b"\xff\x3f\0" * 2
    error = await refusal(store, b"RIFF" + struct.pack("<I", 4 + len(frame)) + b"WEBP" + frame)
    assert error.code == "image_too_many_pixels"


async def test_size_is_believed_only_if_reader_and_header_agree(store: PictureStore) -> None:
    # Sound but for a second header, which Pillow takes over the first: small for our check, large for the decoder.
    second = png_of(3000, 2000)[8:]
    rows = chunk(b"IDAT", zlib.compress(bytes((1 + 3000 // 8) * 2000)))
    lying = png_of(400, 301, second, rows, chunk(b"IEND", b""))
    assert (await refusal(store, lying)).code == "image_broken"
    assert (await store.take(b"\x89PNG\r\n\x1a\n" + lying[33:], job_id="job1", slot="first")).width == 3000


@pytest.mark.parametrize(
    ("size", "code"),
    [
        ((301, 301), None),
        ((300, 301), "image_too_small"),
        ((301, 300), "image_too_small"),
        ((752, 301), None),
        ((753, 301), "image_aspect"),
        ((301, 752), None),
        ((301, 753), "image_aspect"),
        ((8192, 3300), None),
        ((8192, 4882), None),
        ((8192, 4883), "image_too_many_pixels"),
        ((8193, 4000), "image_too_many_pixels"),
    ],
)
def test_edges_of_size_and_aspect(size: tuple[int, int], code: str | None) -> None:
    if code is None:
        check_announced(1000, *size)
        return
    with pytest.raises(ImageRefused) as caught:
        check_announced(1000, *size)
    assert caught.value.code == code
    assert {"width": size[0], "height": size[1]}.items() <= caught.value.facts.items()


async def test_edges_hold_for_bytes_too(store: PictureStore) -> None:
    assert (await store.take(picture((752, 301)), job_id="a", slot="first")).width == 752
    assert (await refusal(store, picture((753, 301)))).code == "image_aspect"
    assert (await refusal(store, picture((300, 301)))).facts == {"width": 300, "height": 301, "minimum": 301}


async def test_too_many_bytes(store: PictureStore) -> None:
    check_announced(BYTE_LIMIT, None, None)
    padded = picture() + bytes(BYTE_LIMIT)
    with pytest.raises(ImageRefused) as announced:
        check_announced(BYTE_LIMIT + 1, 1, 1)
    for error in (await refusal(store, padded), announced.value):
        assert error.code == "image_too_large"
        assert error.facts == {"megabytes": 20.1, "limit_megabytes": 20}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
async def test_truncated_pictures_are_refused(store: PictureStore, kind: str, share: float) -> None:
    noisy = Image.effect_noise((400, 301), 80).convert("RGB")
    buffer = io.BytesIO()
    noisy.save(buffer, kind)
    data = buffer.getvalue()
    assert (await refusal(store, data[: int(len(data) * share)])).code == "image_broken"


async def test_flipped_bytes_in_the_pixels_are_refused(store: PictureStore) -> None:
    data = bytearray(picture())
    data[data.index(b"IDAT") + 12] ^= 0xFF
    assert (await refusal(store, bytes(data))).code == "image_broken"


@given(st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP", b""]), st.binary(max_size=80))
def test_reading_a_header_never_raises(magic: bytes, rest: bytes) -> None:
    header = read_header(magic + rest)
    assert header is None or (header.width >= 0 and header.height >= 0)
