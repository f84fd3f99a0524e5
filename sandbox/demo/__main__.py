"""`make demo`: the real bot on a simulated Discord and both stand-ins; a transcript, figures, MP4s and a PNG."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sys
import tempfile
import time
from pathlib import Path

import discord
import simcord

from bot.media.container.mp4 import inspect
from bot.models import Job, JobStatus
from bot.timings import TIMINGS
from sandbox.demo.round import Round, save
from sandbox.demo.stage import Stage, open_stage
from sandbox.demo.transcript import Transcript
from sandbox.drawing.stills import still

OUTPUT = Path("demo-output")
RENDER_SECONDS = 6.0
PATIENCE_SECONDS = 50.0
LOOK_SECONDS = 0.05

FIRST_IDEA = "A lighthouse at sunset, waves rolling in, the lamp begins to turn"
SECOND_IDEA = "Morning mist lifts off the forest and night falls"


async def demo() -> int:
    """Play the scene; the exit status."""
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir()
    with tempfile.TemporaryDirectory() as data:
        async with open_stage(Path(data), render_seconds=RENDER_SECONDS) as stage:
            transcript = Transcript(stage.env, stage.channel)
            print("#brainstorm in The Cutting Room, as its members see it\n")
            acknowledged = [
                await _command(stage, transcript, stage.ada, prompt=FIRST_IDEA),
                await _command(
                    stage,
                    transcript,
                    stage.ben,
                    prompt=SECOND_IDEA,
                    image=("morning.png", still("misty forest at dawn")),
                    end_image=("night.png", still("forest at night under a full moon")),
                ),
            ]
            clips = await _wait_for_clips(transcript, len(acknowledged))
            await _watch(transcript, TIMINGS.edit + 0.5)
            await _private(stage, transcript, "quota")
            code = await _report(stage, clips, acknowledged)
            print("\nSecond scene: one idea, several takes, and what the channel makes of them\n")
            left = await save(await Round(stage).play(), OUTPUT)
            print("\nLeft behind\n  " + "\n  ".join(f"{path}   {path.stat().st_size / 1024:.0f} KiB" for path in left))
            print("\nNext: `make play` to type commands yourself, README.md to run it for real.")
            return code


async def _command(stage: Stage, transcript: Transcript, member: simcord.MemberActor, **options: object) -> float:
    """Type /video; seconds until the first answer had been sent."""
    shown = " ".join(f"{name}:{v[0] if isinstance(v, tuple) else v}" for name, v in options.items())
    transcript.line(member.name, f"/video {shown}")
    answered: list[float] = []
    began = time.perf_counter()
    watch = asyncio.create_task(_note_first_answer(stage, began, answered))
    result = await member.slash(stage.channel, "video", **options)
    await watch
    assert result.response is not None
    transcript.line("rushes", f"(only {member.name} sees this) {transcript.spoken(result.response.content)}")
    transcript.look()
    return answered[0]


async def _note_first_answer(stage: Stage, began: float, answered: list[float]) -> None:
    before = _callbacks(stage)
    while True:
        await asyncio.sleep(0.001)
        if _callbacks(stage) > before:
            answered.append(time.perf_counter() - began)
            return


def _callbacks(stage: Stage) -> int:
    return sum(entry.path.endswith("/callback") for entry in stage.env.http_requests)


async def _wait_for_clips(transcript: Transcript, wanted: int) -> list[discord.Message]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            clips = transcript.look()
            if len(clips) >= wanted:
                return clips
            await asyncio.sleep(LOOK_SECONDS)


async def _watch(transcript: Transcript, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        await asyncio.sleep(LOOK_SECONDS)
        transcript.look()


async def _private(stage: Stage, transcript: Transcript, command: str) -> None:
    transcript.line(stage.ada.name, f"/{command}")
    result = await stage.ada.slash(stage.channel, command)
    assert result.response is not None
    transcript.line("rushes", f"(only {stage.ada.name} sees this) {transcript.spoken(result.response.content)}")


async def _report(stage: Stage, clips: list[discord.Message], acknowledged: list[float]) -> int:
    jobs = [job for member in (stage.ada, stage.ben) for job in await _jobs(stage, member)]
    print("\nFigures")
    print(f"  first answer after     {_listed(acknowledged, 1000, 'ms')}   (Discord's limit: 3000 ms)")
    late = [_lateness(stage, job) for job in jobs]
    print(f"  in the channel after   {_listed(late, 1, 's')}   from the provider's completion: it calls back here;")
    print("                         without PUBLIC_URL the bot looks for itself, every 5 to 15 s")
    print("\nClips")
    for message in clips:
        path = OUTPUT / message.attachments[0].filename
        path.write_bytes(await message.attachments[0].read())
        facts = inspect(path)
        print(
            f"  {path}   {facts.codec}, {facts.width}x{facts.height}, "
            f"{facts.duration_seconds:.1f} s, {facts.frames} frames, {path.stat().st_size / 1024:.0f} KiB"
        )
    return 0 if all(job.status is JobStatus.DELIVERED for job in jobs) and len(jobs) == len(clips) else 1


async def _jobs(stage: Stage, member: simcord.MemberActor) -> list[Job]:
    return await stage.app.services.jobs.recent(stage.channel.guild.id if stage.channel.guild else 0, member.id)


def _lateness(stage: Stage, job: Job) -> float:
    """Seconds from the stand-in's own completion of the task to the message that brought its clip."""
    stand_in = stage.box.apiframe if job.provider == "apiframe" else stage.box.acedata
    assert job.task_id is not None
    assert job.ended_at is not None
    return job.ended_at - stand_in.completed_at[job.task_id]


def _listed(figures: list[float], scale: float, unit: str) -> str:
    return ", ".join(f"{figure * scale:.{0 if scale > 1 else 1}f} {unit}" for figure in figures)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    sys.exit(asyncio.run(demo()))
