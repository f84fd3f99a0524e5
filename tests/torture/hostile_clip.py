"""What can be behind a link to a finished clip: broken files, endless ones, and ways into a private network.

No private address is ever dialled: the bot's guard must refuse it before a socket is made, and the process it runs in
refuses, and writes down, whatever were dialled all the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from sandbox.providers.faults import Ending, Fault, Outcome
from tests.torture.hostile_middleman import MIB, Trick
from tests.torture.hostile_provider import Json, faults
from tests.torture.hostile_run import Story, Trouble, judged
from tests.torture.hostile_stage import Stage

UNUSABLE = "not a video that plays"
GONE = "no longer works"
READY = "your clip is ready"
FOREVER = 999


def ending(what: Ending) -> Callable[[Stage], object]:
    """The next Apiframe task ends like this."""
    return faults("apiframe", Fault(outcome=Outcome(what)))


def linked(
    link: Callable[[Stage], str], trick: Callable[[Stage], Trick] | None = None, times: int = 3
) -> Callable[[Stage], object]:
    """The next clips are said to be at this address; a trick is played to whoever asks the middleman for /clip."""

    def arrange(stage: Stage) -> None:
        def alter(job: Json) -> Json:
            return job | {"result": {"videoUrl": link(stage)}} if job.get("status") == "COMPLETED" else job

        stage.apiframe.alter = alter
        if trick is not None:
            stage.apiframe.play("GET /clip", trick(stage), times)

    return arrange


def at_ours(trick: Callable[[Stage], Trick], times: int = 3) -> Callable[[Stage], object]:
    """The clip is at the middleman, who plays a trick."""
    return linked(lambda stage: stage.apiframe.link("clip.mp4"), trick, times)


def dead_at_first(stage: Stage) -> None:
    """The provider names an expired link at first, and the true one when it is asked again."""
    named = False

    def alter(job: Json) -> Json:
        nonlocal named
        if job.get("status") != "COMPLETED" or named:
            return job
        named = True
        return job | {"result": {"videoUrl": stage.apiframe.link("clip.mp4")}}

    stage.apiframe.alter = alter
    stage.apiframe.play("GET /clip", stage.apiframe.say(b"", 403), 9)


def files() -> list[Trouble]:
    """What is no clip however often it is asked for; what comes right again is in hostile_files."""

    def huge(stage: Stage) -> Trick:
        return stage.apiframe.flood(64 * MIB, announced=3 * 1024 * MIB, kind="video/mp4")

    def broken(stage: Stage) -> Trick:
        return stage.apiframe.flood(MIB, announced=9 * MIB)

    def text(stage: Stage) -> Trick:
        return stage.apiframe.flood(600 * MIB, kind="video/mp4")

    def endless(stage: Stage) -> Trick:
        return stage.apiframe.flood(600 * MIB, kind="video/mp4", head=b"\0\0\0\x18ftypisom" + bytes(500))

    def always(body: bytes, status: int = 200) -> Callable[[Stage], object]:
        return at_ours(lambda stage: stage.apiframe.say(body, status), FOREVER)

    return [
        Trouble("Clip: always cut in half", ending(Ending.CLIP_SHORT), words="broke off whenever", act=given_up,
                cheap=True),
        Trouble("Clip: always an HTML page", ending(Ending.CLIP_HTML), "failed", UNUSABLE, act=given_up),
        Trouble("Clip: always empty", always(b""), "failed", UNUSABLE, act=given_up),
        Trouble("Clip: 3 GB announced", at_ours(huge), "failed", UNUSABLE, cheap=True),
        Trouble("Clip: text without end, called a video", at_ours(text), "failed", UNUSABLE),
        Trouble("Clip: without end, stopped at 512 MiB", at_ours(endless), words="larger than I can fetch",
                act=without_end, alone=True, slow=True, seconds=60.0),
        Trouble("Clip: connection broken half-way, once", at_ours(broken, 1), act=healed_link),
        Trouble("Clip: link expired (403), for good", always(b"", 403), "failed", GONE, act=given_up),
        Trouble("Clip: link gone (404), for good", always(b"", 404), "failed", GONE, act=given_up, cheap=True),
        Trouble("Clip: link expired, and a fresh one given", dead_at_first, words=READY),
    ]  # fmt: skip


async def without_end(stage: Stage, trouble: Trouble) -> Story:
    """The body never ends: the bot must stop reading at its cap, and leave nothing on the disk."""
    prompt = "a scene without end"
    await stage.video(prompt)
    story = await judged(stage, trouble, prompt)
    story.wrong += [] if stage.apiframe.sent < 530 * MIB else [f"{stage.apiframe.sent // MIB} MiB were taken"]
    delivered = {f"{job_id}.mp4" for (job_id,) in stage.rows("SELECT job_id FROM jobs WHERE status = 'delivered'")}
    left = [path.name for path in stage.path("clips").iterdir() if path.name not in delivered]
    story.wrong += [f"left on the disk: {left}"] if left else []
    return story


async def given_up(stage: Stage, trouble: Trouble) -> Story:
    """One look is not the end; ten minutes of them are. Each is given the provider's link of today."""
    prompt = f"a scene with {trouble.name}"
    await stage.video(prompt)
    (job_id,) = await asked_in_vain(stage, prompt, 2)
    held = stage.entries(prompt)
    (task,) = [task for task in stage.box.apiframe.tasks.values() if task.wish.prompt == prompt]
    done = task.finished_at or 0.0
    looks = [r for r in stage.box.apiframe.requests if r.path == f"/v2/jobs/{task.task_id}" and r.at >= done]
    ten_minutes_of_looks(stage, job_id)
    story = await judged(stage, trouble, prompt)
    story.wrong += [] if held == ["hold"] else [f"while it was asked again the ledger said {held}"]
    story.wrong += [] if len(looks) >= 2 else ["the provider was not asked for a fresh link"]
    return story


async def asked_in_vain(stage: Stage, prompt: str, times: int) -> tuple[str]:
    """Wait until a link has been asked in vain so many times; the job's id."""
    query = "SELECT job_id FROM jobs WHERE prompt = ? AND failure IS NOT NULL AND (attempts >= ? OR status != ?)"
    found: list[tuple[str]] = []

    def asked() -> bool:
        found[:] = [(str(job_id),) for (job_id,) in stage.rows(query, prompt, times, "delivering")]
        return bool(found)

    await stage.until(asked, f"{times} looks")
    return found[0]


def ten_minutes_of_looks(stage: Stage, job_id: str) -> None:
    """Let so many looks have been in vain as take ten minutes: what a row of this table has no time for."""
    with closing(sqlite3.connect(stage.path("rushes.sqlite3"), timeout=5.0)) as database, database:
        database.execute("UPDATE jobs SET attempts = 99, due_at = 0, version = version + 1 WHERE job_id = ?", (job_id,))


async def healed_link(stage: Stage, trouble: Trouble) -> Story:
    """The first attempt fails; from then on the provider names the clip's true address, and serves it."""
    prompt = f"a scene with {trouble.name}"
    await stage.video(prompt)
    job = await _delivering(stage, prompt)
    stage.apiframe.alter = None
    stage.apiframe.play("GET /clip", stage.apiframe.send_on(_true_link(stage, prompt)), 9)
    story = await judged(stage, replace(trouble, words=READY), prompt)
    story.wrong += [] if job else ["it never came to a download"]
    return story


async def _delivering(stage: Stage, prompt: str) -> bool:
    await stage.until(lambda: (stage.job(prompt) or ("", ""))[1] == "delivering", "a download")
    return True


def _true_link(stage: Stage, prompt: str) -> str:
    (task,) = [task for task in stage.box.apiframe.tasks.values() if task.wish.prompt == prompt]
    return f"{stage.box.apiframe.url}/files/{task.task_id}.mp4"


# -- ways into a private network ---------------------------------------------------------------------------------------

INSIDE = {
    "the metadata service": "http://169.254.169.254/latest/meta-data/",
    "the metadata service, by https": "https://169.254.169.254/latest/meta-data/",
    "a private address": "https://10.0.0.5/clip.mp4",
    "loopback, another port": "http://127.0.0.1:9/clip.mp4",
    "loopback in IPv6": "https://[::1]/clip.mp4",
    "loopback mapped into IPv6": "https://[::ffff:127.0.0.1]/clip.mp4",
    "NAT64 of a private address": "https://[64:ff9b::a00:5]/clip.mp4",
    "loopback as one number": "https://2130706433/clip.mp4",
    "a name of a private address": "https://inside.example/clip.mp4",
    "a file": "file:///etc/passwd",
}


def _there(address: str) -> Callable[[Stage], str]:
    return lambda _stage: address


def _sent_on(address: str) -> Callable[[Stage], Trick]:
    return lambda stage: stage.apiframe.send_on(address)


def inside() -> list[Trouble]:
    """Links and redirects to where only the bot could go."""
    rows = []
    for name, address in INSIDE.items():
        straight, hop = linked(_there(address)), at_ours(_sent_on(address))
        if not address.startswith("file"):  # that is no link at all: such a task is looked at for longer
            rows.append(Trouble(f"Clip: a link to {name}", straight, "failed", UNUSABLE, act=never_dialled))
        rows.append(Trouble(f"Clip: a redirect to {name}", hop, "failed", UNUSABLE, act=never_dialled,
                            cheap="metadata service" in name))  # fmt: skip
    rebinding = Trouble(
        "Clip: a name that is public at first and private the next time",
        linked(lambda _stage: "https://rebinding.example/clip.mp4"),
        "failed",
        UNUSABLE,
        act=never_dialled,
    )
    return [*rows, rebinding]


async def never_dialled(stage: Stage, trouble: Trouble) -> Story:
    """The guard refuses before a socket is made: nothing private is in the list of what was dialled."""
    prompt = f"a scene with {trouble.name}"
    await stage.video(prompt)
    story = await judged(stage, trouble, prompt)
    story.wrong += [f"dialled {dial}" for dial in stage.strange_dials()]
    return story


def troubles() -> list[Trouble]:
    """All of them."""
    return [*files(), *inside()]
