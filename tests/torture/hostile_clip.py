"""What can be behind a link to a finished clip: broken files, endless ones, and ways into a private network.

No private address is ever dialled: the bot's guard must refuse it before a socket is made, and the process it runs in
refuses, and writes down, whatever were dialled all the same.
"""

from __future__ import annotations

from collections.abc import Callable

from sandbox.faults import Ending, Fault, Outcome
from tests.torture.hostile_middleman import MIB, Trick
from tests.torture.hostile_provider import Json, faults
from tests.torture.hostile_run import Story, Trouble, judged
from tests.torture.hostile_stage import Stage

UNUSABLE = "not a video that plays"
GONE = "no longer works"
READY = "your clip is ready"


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
    """Files that are no clips."""

    def huge(stage: Stage) -> Trick:
        return stage.apiframe.flood(64 * MIB, announced=3 * 1024 * MIB, kind="video/mp4")

    def broken(stage: Stage) -> Trick:
        return stage.apiframe.flood(MIB, announced=9 * MIB)

    def endless(stage: Stage) -> Trick:
        return stage.apiframe.flood(600 * MIB, kind="video/mp4")

    return [
        Trouble("Clip: cut in half", ending(Ending.CLIP_SHORT), "failed", UNUSABLE, cheap=True),
        Trouble("Clip: an HTML page", ending(Ending.CLIP_HTML), "failed", UNUSABLE),
        Trouble("Clip: empty", at_ours(lambda stage: stage.apiframe.say(b"")), "failed", UNUSABLE),
        Trouble("Clip: 3 GB announced", at_ours(huge), "failed", UNUSABLE, cheap=True),
        Trouble("Clip: without end, stopped at 512 MiB", at_ours(endless), "failed", UNUSABLE, act=without_end,
                alone=True, slow=True, seconds=60.0),
        Trouble("Clip: connection broken half-way, once", at_ours(broken, 1),
                "failed", UNUSABLE, act=healed_link),
        Trouble("Clip: link expired (403)", ending(Ending.LINK_FORBIDDEN), "failed", GONE, act=asked_again_once),
        Trouble("Clip: link gone (404)", ending(Ending.LINK_GONE), "failed", GONE, act=asked_again_once),
        Trouble("Clip: link expired, and a fresh one given", dead_at_first, words=READY),
    ]  # fmt: skip


async def without_end(stage: Stage, trouble: Trouble) -> Story:
    """The clip never ends: the bot must stop reading at its cap, and leave nothing on the disk."""
    prompt = "a scene without end"
    await stage.video(prompt)
    story = await judged(stage, trouble, prompt)
    story.wrong += [] if stage.apiframe.sent < 530 * MIB else [f"{stage.apiframe.sent // MIB} MiB were taken"]
    delivered = {f"{job_id}.mp4" for (job_id,) in stage.rows("SELECT job_id FROM jobs WHERE status = 'delivered'")}
    left = [path.name for path in stage.path("clips").iterdir() if path.name not in delivered]
    story.wrong += [f"left on the disk: {left}"] if left else []
    return story


async def asked_again_once(stage: Stage, trouble: Trouble) -> Story:
    """After an expired link the provider is asked for a fresh one, once."""
    prompt = f"a scene with {trouble.name}"
    await stage.video(prompt)
    story = await judged(stage, trouble, prompt)
    (task,) = [task for task in stage.box.apiframe.tasks.values() if task.wish.prompt == prompt]
    done = task.finished_at or 0.0
    looks = [r for r in stage.box.apiframe.requests if r.path == f"/v2/jobs/{task.task_id}" and r.at >= done]
    if len(looks) > 2:
        story.wrong.append(f"the provider was asked {len(looks)} times for a link")
    return story


async def healed_link(stage: Stage, trouble: Trouble) -> Story:
    """The first attempt fails; from then on the provider names the clip's true address, and serves it."""
    prompt = f"a scene with {trouble.name}"
    await stage.video(prompt)
    job = await _delivering(stage, prompt)
    stage.apiframe.alter = None
    stage.apiframe.play("GET /clip", stage.apiframe.send_on(_true_link(stage, prompt)), 9)
    story = await judged(stage, Trouble(trouble.name, words=READY), prompt)
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
        words = GONE if address.startswith("file") else UNUSABLE
        rows.append(Trouble(f"Clip: a link to {name}", straight, "failed", words, act=never_dialled))
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
