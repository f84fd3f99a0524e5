"""PictureStore: what is left of a picture that is taken, and how it is kept. Refusals: test_images_refused."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from bot.errors import ImageRefused
from bot.media.pictures.images import PictureStore
from bot.models import Picture
from tests.unit.media.conftest import picture

ORIENTATION, GPS = 0x0112, 0x8825


@pytest.fixture
def store(tmp_path: Path) -> PictureStore:
    return PictureStore(tmp_path / "images")


def exif(**tags: int) -> Image.Exif:
    data = Image.Exif()
    data[ORIENTATION] = tags.get("orientation", 1)
    data.get_ifd(GPS)[2] = (48.0, 51.0, 29.6)
    data[0x010F] = "SECRETCAMERA"
    return data


async def reopened(store: PictureStore, taken: Picture) -> Image.Image:
    image = Image.open(io.BytesIO(await store.read(taken)))
    image.load()
    return image


@pytest.mark.parametrize(
    ("kind", "content_type", "ending"),
    [("PNG", "image/png", "png"), ("JPEG", "image/jpeg", "jpg"), ("WEBP", "image/webp", "webp")],
)
async def test_each_type_stays_what_it_is(store: PictureStore, kind: str, content_type: str, ending: str) -> None:
    taken = await store.take(picture(kind=kind), job_id="job1", slot="last")
    assert taken == Picture(f"job1-last.{ending}", content_type, 400, 301)
    assert (await reopened(store, taken)).format == kind
    assert [path.name for path in store.path(taken).parent.iterdir()] == [taken.name]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_metadata_is_dropped_and_orientation_applied(store: PictureStore, kind: str) -> None:
    data = picture(kind=kind, exif=exif(orientation=6), comment=b"SECRETNOTE")
    assert b"SECRETCAMERA" in data
    taken = await store.take(data, job_id="job1", slot="first")
    image = await reopened(store, taken)
    kept = await store.read(taken)
    assert (taken.width, taken.height) == image.size == (301, 400)
    assert not image.getexif()
    assert b"SECRET" not in kept
    top, bottom = image.convert("RGB").getpixel((150, 50)), image.convert("RGB").getpixel((150, 350))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 200 > 60 > top[2]  # red was on the left; turned by 90 degrees it is on top
    assert bottom[2] > 200 > 60 > bottom[0]


async def test_text_chunks_and_appended_archives_are_dropped(store: PictureStore) -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "SECRETNOTE")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("payload.txt", "SECRETPAYLOAD")
    data = picture(pnginfo=notes) + archive.getvalue()
    assert zipfile.is_zipfile(io.BytesIO(data))
    kept = await store.read(await store.take(data, job_id="job1", slot="first"))
    assert b"SECRET" not in kept
    assert not zipfile.is_zipfile(io.BytesIO(kept))
    assert kept.endswith(b"IEND\xaeB`\x82")


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
async def test_only_the_first_frame_of_an_animation_is_kept(store: PictureStore, kind: str) -> None:
    frames = [Image.new("RGB", (320, 320), colour) for colour in ("red", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], lossless=True)
    image = await reopened(store, await store.take(buffer.getvalue(), job_id="job1", slot="first"))
    assert getattr(image, "n_frames", 1) == 1
    assert image.convert("RGB").getpixel((10, 10)) == (255, 0, 0)


async def test_lossless_webp_stays_lossless(store: PictureStore) -> None:
    original = Image.effect_noise((320, 320), 80).convert("RGB")
    buffer = io.BytesIO()
    original.save(buffer, "WEBP", lossless=True)
    image = await reopened(store, await store.take(buffer.getvalue(), job_id="job1", slot="first"))
    assert image.convert("RGB").tobytes() == original.tobytes()


async def test_profiles_are_converted_and_dropped(store: PictureStore) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    for profile in (srgb.tobytes(), lab.tobytes(), b"not a profile"):
        for mode in ("RGB", "RGBA", "L"):
            data = picture(mode=mode, icc_profile=profile)
            image = await reopened(store, await store.take(data, job_id="job1", slot="first"))
            assert "icc_profile" not in image.info
            assert image.mode == ("RGBA" if mode == "RGBA" else "RGB")


async def test_a_picture_with_a_profile_is_still_turned(store: PictureStore) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    data = picture(kind="JPEG", icc_profile=srgb.tobytes(), exif=exif(orientation=6))
    assert (await store.take(data, job_id="job1", slot="first")).height == 400


async def test_damaged_exif_does_not_cost_the_picture(store: PictureStore) -> None:
    taken = await store.take(picture(kind="JPEG", exif=b"Exif\0\0nonsense"), job_id="job1", slot="first")
    assert (taken.width, taken.height) == (400, 301)


@pytest.mark.parametrize(("mode", "kind", "kept"), [
    ("P", "PNG", "RGB"), ("1", "PNG", "RGB"), ("LA", "PNG", "RGBA"), ("RGBA", "PNG", "RGBA"), ("CMYK", "JPEG", "RGB"),
])  # fmt: skip
async def test_rare_modes_become_rgb(store: PictureStore, mode: str, kind: str, kept: str) -> None:
    image = await reopened(store, await store.take(picture(mode=mode, kind=kind), job_id="job1", slot="first"))
    assert image.mode == kept


async def test_sixteen_bit_grey_keeps_its_brightness(store: PictureStore) -> None:
    buffer = io.BytesIO()
    Image.new("I;16", (400, 301), 0x8000).save(buffer, "PNG")
    image = await reopened(store, await store.take(buffer.getvalue(), job_id="job1", slot="first"))
    assert image.getpixel((0, 0)) == (128, 128, 128)


async def test_discard_removes_one_job_alone(store: PictureStore) -> None:
    first = await store.take(picture(), job_id="job1", slot="first")
    last = await store.take(picture(kind="JPEG"), job_id="job1", slot="last")
    other = await store.take(picture(), job_id="job12", slot="first")
    await store.discard("job1")
    await store.discard("job1")
    assert [store.path(one).exists() for one in (first, last, other)] == [False, False, True]
    with pytest.raises(FileNotFoundError):
        await store.read(first)


BAD_NAMES = [
    "../job1-first.png",
    "job1-first.png/..",
    "job1-first.png\n",
    "a\0-first.png",
    ".-first.png",
    "job1-first.svg",
    "",
]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_names_that_are_not_ours_lead_nowhere(store: PictureStore, name: str) -> None:
    assert store.find(name) is None
    with pytest.raises(ValueError):
        store.path(Picture(name, "image/png", 400, 301))


SEEDS = [picture((301, 301), kind, exif=exif()) for kind in ("PNG", "JPEG", "WEBP")]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_mutated_pictures_are_taken_or_refused(store: PictureStore, data: st.DataObject) -> None:
    mutated = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 6))):
        mutated[data.draw(st.integers(12, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    try:
        taken = await store.take(bytes(mutated), job_id="job1", slot="first")
    except ImageRefused:
        return
    assert (await reopened(store, taken)).size == (taken.width, taken.height)
