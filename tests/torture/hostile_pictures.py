"""Pictures that are more, or less, than pictures; their names; and the run in which every secret is in use."""

from __future__ import annotations

import asyncio
import io
import struct
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

from PIL import Image, ImageCms

from sandbox.providers.faults import Ending, Fault, Outcome
from tests.torture.hostile_provider import BODY, NASTY
from tests.torture.hostile_run import Story, Trouble, judged
from tests.torture.hostile_stage import Stage
from tests.wire.bodies import Upload
from tests.wire.mentions import texts

READY = "your clip is ready"
TYPE = "That is not a PNG, JPEG or WebP picture, whatever its name says."
LARGE = "too large to work with"
BROKEN = "That picture is damaged"
SRGB = ImageCms.createProfile("sRGB")
MARK = b"canary-inside-a-picture"
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 512 512\n(/tmp/owned) (w) file\nshowpage\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="512" height="512"><image href="file:///etc/passwd"/></svg>'


def picture(kind: str = "PNG", **options: object) -> bytes:
    """A plain picture that every provider takes."""
    Image.new("RGB", (512, 512), "teal").save(out := io.BytesIO(), kind, **options)
    return out.getvalue()


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png(width: int, height: int, *more: bytes, packed: int) -> bytes:
    """A PNG whose pixels are `packed` zero bytes, whatever its header says."""
    packer = zlib.compressobj(9)
    body = b"".join([packer.compress(b"\0" * 1_000_000) for _ in range(packed // 1_000_000)]) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + b"".join(more) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")
    )


def _with_gps() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = MARK.decode()
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    return picture("JPEG", exif=exif.tobytes(), comment=MARK)


def refused() -> list[Trouble]:
    """What must not get in."""
    text = _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 200_000_000, 9))
    found: dict[str, tuple[bytes, str]] = {
        "a decompression bomb of 30,000 × 30,000": (_png(30_000, 30_000, packed=50_000_000), LARGE),
        "a bomb behind a header of 512 × 512": (_png(512, 512, packed=200_000_000), ""),
        "a text chunk that unpacks to 200 MB": (_png(512, 512, text, packed=1_000_000), ""),
        "EPS named .png": (EPS, TYPE),
        "SVG named .png": (SVG, TYPE),
        "a web page named .png": (b"<!doctype html><script>alert(1)</script>", TYPE),
        "GIF named .png": (picture("GIF"), TYPE),
        "cut in half": (picture()[:500], BROKEN),
        "nothing at all": (b"", TYPE),
    }
    cheap = {"EPS named .png", "a decompression bomb of 30,000 × 30,000"}
    return [
        Trouble(f"Picture: {name}", act=_refuse(data, words), words=words, cheap=name in cheap)
        for name, (data, words) in found.items()
    ]


def _refuse(data: bytes, words: str) -> Callable[[Stage, Trouble], Awaitable[Story]]:
    async def act(stage: Stage, trouble: Trouble) -> Story:
        prompt = f"a scene from {trouble.name}"
        said = await stage.video(prompt, image=Upload("start.png", data, "image/png"))
        if said.startswith("Accepted") and not words:  # harmless is as good as refused
            story = await judged(stage, replace(trouble, words=READY), prompt)
            story.wrong += _unclean(stage)
            return story
        story = Story(said, "nothing held")
        story.wrong += [] if words in said and not said.startswith("Accepted") else [f"answered {said!r}"]
        story.wrong += ["credits are held"] if stage.job(prompt) else []
        return story

    return act


def cleaned() -> list[Trouble]:
    """What gets in, but not as it came."""
    found = {
        "a PNG with a web page and an archive behind it": picture() + b"<script>" + MARK + b"</script>PK\x03\x04",
        "a JPEG with EXIF, GPS and a comment": _with_gps(),
        "a PNG that is also a text": picture(pnginfo=None) + MARK,
    }
    names = {
        "../../../../etc/passwd": "a name with ../",
        "start\0.png": "a name with NUL",
        "x" * 296 + ".png": "a name of 300 characters",
        "\u202egnp.exe": "a name from right to left",
        "@everyone [x](https://evil.example).png": "a name with a mention and a link",
    }
    rows = []
    for name, data in found.items():
        for provider in ("apiframe", "acedata"):
            rows.append(_let_in(f"Picture to {provider}: {name}", "start.png", data, provider, cheap="GPS" in name))
    rows += [_let_in(f"Picture: {name}", filename, picture(), "apiframe") for filename, name in names.items()]
    return rows


def _let_in(
    title: str,
    filename: str,
    data: bytes | Callable[[], bytes],
    provider: str = "apiframe",
    *,
    kind: str | None = "image/png",
    cheap: bool = False,
    measured: bool = True,
) -> Trouble:
    async def act(stage: Stage, trouble: Trouble) -> Story:
        prompt = f"a scene from {title}".replace("../", "dots")
        content = data if isinstance(data, bytes) else await asyncio.to_thread(data)
        said = await stage.video(prompt, provider, image=Upload(filename, content, kind))
        if not said.startswith("Accepted"):
            return Story(said, "nothing held", [f"answered {said!r}"])
        story = await judged(stage, trouble, prompt)
        story.wrong += _unclean(stage)
        return story

    return Trouble(title, words=READY, provider=provider, act=act, cheap=cheap, measured=measured)


def shown_elsewhere() -> list[Trouble]:
    """What is not quite right, and what everything else shows."""
    plain, photo = picture(), picture("JPEG")
    profile = _chunk(b"iCCP", b"x\0\0" + zlib.compress(ImageCms.ImageCmsProfile(SRGB).tobytes() + bytes(3_000_000)))
    xmp = _chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(b"<x>" * 2_000_000))
    frame, lying = photo.index(b"\xff\xc0"), picture("WEBP")
    found: dict[str, bytes] = {
        "a PNG with a colour profile of 3 MB": plain[:33] + profile + plain[33:],
        "a PNG with packed XMP of 6 MB": plain[:33] + xmp + plain[33:],
        "a PNG without its end": plain[:-12],
        "a JPEG with stray bytes between its segments": photo[:frame] + b"\0\r\n" + photo[frame:],
        "a JPEG without its last two bytes": photo[:-2],
        "a WebP that says it is larger": lying[:4] + struct.pack("<I", len(lying) + 100) + lying[8:],
    }
    rows = [
        _let_in(f"Picture: {name}", "start.png", data, cheap="two bytes" in name or "profile" in name)
        for name, data in found.items()
    ]
    rows.append(_let_in("Picture: a grey PNG of 14 MB", "start.png", _grey, measured=False))
    rows.append(_let_in("Picture: one that Discord knows no type of", "photo", plain, kind=None, cheap=True))
    rows.append(_let_in("Picture: a JPEG that is called HEIC", "IMG_1.HEIC", photo, kind="image/heic"))
    return rows


def _grey() -> bytes:
    """A picture whose pixels take three times as much room as red, green and blue."""
    Image.effect_noise((4200, 3600), 60).save(out := io.BytesIO(), "PNG", compress_level=1)
    return out.getvalue()


async def hidden_and_deleted(stage: Stage, trouble: Trouble) -> Story:
    """A picture posted as a spoiler is one wherever it is shown, and is gone once its clip is deleted."""
    prompt = f"a scene from {trouble.name}"
    await stage.video(prompt, image=Upload("SPOILER_start.png", picture(), "image/png"))
    await stage.over(prompt)
    await stage.until(lambda: stage.clips(prompt), "the clip is seen")
    clip = stage.clips(prompt)[0]
    (status,) = [m for m in stage.messages() if prompt in texts(m.payload) and m is not clip]
    (job_id, _) = stage.job(prompt) or ("", "")
    story = Story(credits_back="no: the clip came")
    names = [a.filename for m in (clip, status) for a in m.attachments]
    story.wrong += [] if len(names) == 2 and all(n.startswith("SPOILER_") for n in names) else [f"it shows {names}"]
    await stage.until(lambda: "Delivered" in texts(status.payload), "the status is brought up to date")
    pressed = await stage.wire.interactions.press("ada", clip, label="Delete")
    stage.asked.append(pressed)
    await stage.answer(pressed)
    await stage.until(lambda: prompt not in texts(status.payload), "the status holds no prompt")
    story.seen = texts(status.payload)
    story.wrong += ["the status has a picture"] if status.attachments else []
    left = [path.name for path in stage.data.rglob(f"{job_id}*")]
    story.wrong += [f"{left} are on the disk"] if left else []
    return story


def _unclean(stage: Stage) -> list[str]:
    """What is wrong with the pictures that left the bot, and with the names of its files."""
    wrong = []
    posted = [a for m in stage.messages() for a in m.attachments if a.filename.startswith("first-frame.")]
    sent = [upload.data for upload in stage.box.apiframe.shelf.uploads.values()] + [a.data for a in posted]
    for data in sent:
        with Image.open(io.BytesIO(data)) as image:
            wrong += ["EXIF went out"] if image.getexif() or image.info.get("comment") else []
        wrong += ["what was hidden in a picture went out"] if MARK in data or b"<script>" in data else []
    wrong += [] if (posted and stage.box.apiframe.shelf.uploads) or posted else ["no picture went out"]
    names = {path.name for path in stage.path("images").iterdir()}
    jobs = {f"{job_id}-first" for (job_id,) in stage.rows("SELECT job_id FROM jobs")}
    wrong += [f"a file is called {name!r}" for name in names if name.partition(".")[0] not in jobs]
    return wrong


# -- secrets -----------------------------------------------------------------------------------------------------------


async def everything_secret(stage: Stage, trouble: Trouble) -> Story:
    """Webhooks and picture links in use, and providers that repeat keys in every error; the run is searched after."""
    story = Story()
    troubles = [
        Fault(status=500, body=BODY),
        Fault(status=200, body=f"<html>{NASTY}</html>", effect=True),
        Fault(outcome=Outcome(Ending.FAILED, text=NASTY)),
    ]
    for number, fault in enumerate(troubles):
        for provider in ("apiframe", "acedata"):
            box = stage.box.apiframe if provider == "apiframe" else stage.box.acedata
            box.faults.add(fault)
            prompt = f"a secret scene {number} by {provider}"
            await stage.video(prompt, provider, image=Upload("start.png", picture(), "image/png"))
            status = await stage.over(prompt, 60.0)
            entries = stage.entries(prompt)
            story.wrong += [] if entries in (["hold", "settle"], ["hold", "release"]) else [f"{status}: {entries}"]
            stage.calm()
    hooks = [r.json for r in stage.box.apiframe.requests if isinstance(r.json, dict) and "webhookUrl" in r.json]
    links = [sent for sent in hooks if "/pictures/" in str(sent)]
    story.wrong += [] if hooks and links else ["no webhook and no picture link was in use"]
    return replace_seen(story, f"{len(hooks)} webhooks and {len(links)} picture links were in use")


def replace_seen(story: Story, seen: str) -> Story:
    """The story with what is to be shown of it."""
    story.seen, story.credits_back = seen, "where no clip came"
    return story


def troubles() -> list[Trouble]:
    """All of them."""
    secret = Trouble(
        "Secrets: providers that repeat keys, with webhooks and picture links in use",
        act=everything_secret,
        alone=True,
        variables={"PUBLIC_URL": "own"},
        cheap=True,
        life="auto",
        seconds=60.0,
    )
    spoiler = Trouble("Picture: a spoiler, and its clip is deleted", act=hidden_and_deleted, cheap=True)
    return [*refused(), *cleaned(), *shown_elsewhere(), spoiler, secret]
