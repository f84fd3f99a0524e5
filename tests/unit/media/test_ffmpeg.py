"""Running FFmpeg: found, limited, killed and cleaned up after. Stand-ins for it are scripts that tell what they saw."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bot.errors import MediaFailed
from bot.media.ffmpeg import MEBIBYTE, TAIL, Argument, Ffmpeg, Limits, Out, clip_input, find_ffmpeg
from tests.unit.media.conftest import PROGRAM

ENDLESS = ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=24"]
RAW = [*ENDLESS, "-c:v", "rawvideo", "-f", "rawvideo"]


def script(folder: Path, text: str) -> Path:
    """An executable Python program."""
    path = folder / "ffmpeg"
    path.write_text(f"#!{sys.executable} -IS\n{text}\n")
    path.chmod(0o755)
    return path


def children() -> set[str]:
    """Processes that this one started and that still are, dead ones that nobody has seen off included."""
    found: set[str] = set()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # a thread that has just ended
            found |= set((task / "children").read_text().split())
    return found


async def until(happened: Callable[[], bool]) -> None:
    """Wait for something that another process does; TimeoutError after 20 s."""
    async with asyncio.timeout(20):
        while not happened():  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.02)


async def failure(media: Ffmpeg, arguments: Sequence[Argument], limits: Limits) -> str:
    """What a run fails with, having left nothing of itself."""
    before = children()
    with pytest.raises(MediaFailed) as caught:
        await media.run(arguments, limits)
    assert children() <= before
    return str(caught.value)


def test_the_owners_choice_then_the_path_then_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = script(tmp_path, "")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_ffmpeg(Path("/chosen/ffmpeg")) == Path("/chosen/ffmpeg")
    assert find_ffmpeg() == found
    found.unlink()
    assert find_ffmpeg() == PROGRAM


async def test_version(media: Ffmpeg) -> None:
    assert (await media.version()).startswith("ffmpeg version ")
    assert media.available


async def test_without_a_program(tmp_path: Path) -> None:
    assert not Ffmpeg(None).available
    assert await failure(Ffmpeg(None), ["-version"], Limits()) == "there is no FFmpeg"
    assert "No such file" in await failure(Ffmpeg(tmp_path / "gone"), ["-version"], Limits())


async def test_the_deadline_kills(media: Ffmpeg, tmp_path: Path) -> None:
    arguments: list[Argument] = [*RAW, Out(tmp_path / "out")]
    assert await failure(media, arguments, Limits(seconds=0.3)) == "FFmpeg took longer than 0.3 s"
    assert list(tmp_path.iterdir()) == []


async def test_the_deadline_kills_the_children_too_and_what_ignores_a_polite_signal(tmp_path: Path) -> None:
    text = "import os, signal, time\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\nos.fork()\ntime.sleep(60)"
    begun = time.monotonic()
    await failure(Ffmpeg(script(tmp_path, text)), [], Limits(seconds=0.5))
    assert time.monotonic() - begun < 20


async def test_cancelling_kills(media: Ffmpeg, tmp_path: Path) -> None:
    before = children()
    part = tmp_path / "out.part"
    running = asyncio.create_task(media.run([*RAW, Out(tmp_path / "out")]))
    await until(lambda: part.exists() and part.stat().st_size > 0)
    assert children() > before
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert children() <= before
    assert list(tmp_path.iterdir()) == []
    assert (await media.version()).startswith("ffmpeg")  # and the turn was given back


@pytest.mark.parametrize("steps", range(6))
async def test_cancelling_at_any_moment_of_the_start(media: Ffmpeg, tmp_path: Path, steps: int) -> None:
    before = children()
    running = asyncio.create_task(media.run([*RAW, Out(tmp_path / "out")]))
    for _ in range(steps):
        await asyncio.sleep(0)
    running.cancel()
    async with asyncio.timeout(20):
        with pytest.raises(asyncio.CancelledError):
            await running
    assert children() <= before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("limits", "ending"),
    [
        (Limits(cpu_seconds=1), "FFmpeg ended with -9"),
        (Limits(file_bytes=100_000), "FFmpeg ended with -25"),
    ],
    ids=["processor", "file"],
)
async def test_limits_end_it(media: Ffmpeg, tmp_path: Path, limits: Limits, ending: str) -> None:
    out = tmp_path / "out"
    out.write_text("of before")
    arguments: list[Argument] = [*ENDLESS, "-f", "null", "-"] if limits.cpu_seconds == 1 else [*RAW, Out(out)]
    assert (await failure(media, arguments, limits)).startswith(ending)
    assert out.read_text() == "of before"
    assert list(tmp_path.iterdir()) == [out]


async def test_what_the_program_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "canary")
    text = """
import ctypes, os, resource, sys
signal = ctypes.c_int()
ctypes.CDLL(None).prctl(2, ctypes.byref(signal), 0, 0, 0)
print("dies", signal.value, sep="=")
print("nice", os.nice(0), sep="=")
print("first", open("/proc/self/oom_score_adj").read().strip(), sep="=")
print("environment", sorted(os.environ), sep="=")
print("input", os.readlink("/proc/self/fd/0"), sep="=")
print("session", os.getsid(0) == os.getpid(), sep="=")
limits = [getattr(resource, "RLIMIT_" + name) for name in ("CORE", "AS", "CPU", "FSIZE")]
print("limits", [resource.getrlimit(limit)[1] for limit in limits], sep="=")
print("arguments", sys.argv[1:], sep="=")
"""
    told: dict[str, str] = {}
    limits = Limits(cpu_seconds=7, memory=512 * MEBIBYTE, file_bytes=1000)
    await Ffmpeg(script(tmp_path, text)).run(["a b;$(c)"], limits, told=lambda key, value: told.update({key: value}))
    assert told["dies"] == str(int(signal.SIGKILL))
    assert int(told["nice"]) >= 10
    assert told["first"] == "1000"
    assert "PATH" in told["environment"]
    assert "DISCORD_TOKEN" not in told["environment"]
    assert told["input"] == "/dev/null"
    assert told["session"] == "True"
    assert told["limits"] == str([0, 512 * MEBIBYTE, 7, 1000])
    assert told["arguments"] == str(["-hide_banner", "-nostdin", "-v", "error", "-y", "a b;$(c)"])


async def test_one_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    text = f"import os, time\nos.mkdir({str(lock)!r})\ntime.sleep(0.1)\nos.rmdir({str(lock)!r})"
    media = Ffmpeg(script(tmp_path, text))
    await asyncio.gather(*(media.run([]) for _ in range(4)))


async def test_much_talk_is_cut_and_the_end_of_it_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    text = "import sys\nsys.stderr.write('x' * 3_000_000 + ' the end')\nsys.exit(3)"
    assert (await failure(Ffmpeg(script(tmp_path, text)), [], Limits())).endswith("the end")
    assert len(caplog.text) < TAIL + 500
    assert "ended with 3" in caplog.text


async def test_it_does_not_outlive_a_bot_that_is_killed(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    text = f"import os, time\nos.symlink(str(os.getpid()), {str(pid)!r})\ntime.sleep(60)"
    bot = "import asyncio, sys; from pathlib import Path; from bot.media.ffmpeg import Ffmpeg\n"
    bot += "asyncio.run(Ffmpeg(Path(sys.argv[1])).run([]))"
    command = [sys.executable, "-c", bot, str(script(tmp_path, text))]
    process = await asyncio.create_subprocess_exec(*command, cwd=Path(__file__).parents[3])
    await until(pid.is_symlink)
    assert lives(str(pid.readlink()))
    process.kill()
    await process.wait()
    await until(lambda: not lives(str(pid.readlink())))


def lives(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_the_launcher_gives_up_when_its_parent_is_gone(tmp_path: Path) -> None:
    launcher = Path(__file__).parents[3] / "bot" / "media" / "launcher.py"
    numbers = [str(os.getpid() + 1), "1", str(512 * MEBIBYTE), "1000"]
    done = subprocess.run([sys.executable, "-I", str(launcher), *numbers, "/bin/touch", str(tmp_path / "touched")])
    assert done.returncode == 126
    assert list(tmp_path.iterdir()) == []


HOSTILE = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nclip.mp4\n#EXT-X-ENDLIST\n",
    "ffconcat": "ffconcat version 1.0\nfile clip.mp4\n",
    "svg": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="clip.mp4"/></svg>',
    "dash": '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>clip.mp4</BaseURL></MPD>',
    "text": "#!/bin/sh\n",
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_what_only_calls_itself_a_clip_is_refused(media: Ffmpeg, clip: Path, tmp_path: Path, kind: str) -> None:
    (tmp_path / "clip.mp4").write_bytes(clip.read_bytes())
    hostile = tmp_path / "hostile.mp4"
    hostile.write_text(HOSTILE[kind])
    with pytest.raises(MediaFailed):
        await media.run([*clip_input(hostile), "-f", "null", "-"])


async def test_the_same_list_opens_another_file_where_the_format_is_guessed(
    media: Ffmpeg, clip: Path, tmp_path: Path
) -> None:
    (tmp_path / "clip.mp4").write_bytes(clip.read_bytes())
    (tmp_path / "hostile.mp4").write_text(HOSTILE["ffconcat"])
    await media.run(["-i", str(tmp_path / "hostile.mp4"), "-f", "null", "-"])
