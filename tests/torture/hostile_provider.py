"""What a provider can do wrong: every status, broken connections, answers that are none, tasks that never end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from typing import Any

from sandbox.providers.faults import Ending, Fault, Garbage, Outcome, Route
from tests.torture.hostile_middleman import MIB, Trick
from tests.torture.hostile_run import Story, Trouble, judged
from tests.torture.hostile_stage import CANARIES, Stage

Json = dict[str, Any]
NASTY = f"@everyone <@1> [free credits](https://evil.example) \u202e key {CANARIES['APIFRAME_API_KEY']}"
BODY: Json = {"error": NASTY}
ACE_BODY: Json = {"error": {"code": "strange", "message": NASTY}, "trace_id": "t"}
TITLES = {"apiframe": "Apiframe", "acedata": "AceData"}
SUBMIT = {"apiframe": "POST /v2/videos/generate", "acedata": "POST /hailuo/videos"}
FETCH = {"apiframe": "GET /v2/jobs", "acedata": "POST /hailuo/tasks"}

NOT_ACCEPTED = "did not accept this request"
ACCOUNT = "turned the bot's account away"
LOST = "answer was lost"
READY = "your clip is ready"


def faults(provider: str, *found: Fault) -> Callable[[Stage], object]:
    """Put faults into a stand-in's script."""

    def arrange(stage: Stage) -> None:
        script = stage.box.apiframe.faults if provider == "apiframe" else stage.box.acedata.faults
        script.add(*found)

    return arrange


def tricks(provider: str, start: str, trick: Callable[[Stage], Trick], times: int = 1) -> Callable[[Stage], object]:
    """Let the middleman in front of a stand-in play a trick."""

    def arrange(stage: Stage) -> None:
        (stage.apiframe if provider == "apiframe" else stage.acedata).play(start, trick(stage), times)

    return arrange


# -- submitting: which status ends how ---------------------------------------------------------------------------------

ENDS: dict[str, dict[int, tuple[str, str]]] = {
    "apiframe": {
        400: ("failed", NOT_ACCEPTED),
        401: ("failed", ACCOUNT),
        402: ("failed", ACCOUNT),
        403: ("failed", ACCOUNT),
        404: ("failed", ACCOUNT),
        **dict.fromkeys((409, 429, 500, 502, 503, 504), ("delivered", READY)),
    },
    "acedata": {
        400: ("failed", NOT_ACCEPTED),
        401: ("failed", ACCOUNT),
        402: ("failed", ACCOUNT),
        403: ("failed", ACCOUNT),
        404: ("failed", ACCOUNT),
        409: ("failed", NOT_ACCEPTED),
        429: ("delivered", READY),
        **dict.fromkeys((500, 502, 503, 504), ("unknown", LOST)),
    },
}
CHEAP = {("apiframe", 400), ("acedata", 502)}


def submitting() -> list[Trouble]:
    """Each status as the answer to a submission, once."""
    rows = []
    for provider, statuses in ENDS.items():
        body = BODY if provider == "apiframe" else ACE_BODY
        for status, (ends, words) in statuses.items():
            row = Trouble(
                f"{TITLES[provider]} submit: {status}",
                faults(provider, Fault(status=status, body=body)),
                ends,
                words,
                provider,
                alone=words == ACCOUNT,
                life="auto" if words == ACCOUNT else provider,
                cheap=(provider, status) in CHEAP,
            )
            rows.append(row)
    return rows


def waiting() -> list[Trouble]:
    """429 and what it says about when to come back."""
    date = formatdate(time.time() + 3, usegmt=True)
    limited = Fault(status=429, body=BODY, headers={"Retry-After": "2"})
    return [
        Trouble("Apiframe submit: 429, Retry-After in seconds", faults("apiframe", limited), words=READY, cheap=True),
        Trouble(
            "Apiframe submit: 429, Retry-After as a date",
            faults("apiframe", replace(limited, headers={"Retry-After": date})),
            words=READY,
        ),
        Trouble(
            "Apiframe submit: 429, Retry-After of 30 years; the person cancels",
            faults("apiframe", replace(limited, headers={"Retry-After": "999999999"})),
            "cancelled",
            "Cancelled",
            act=cancel_while_waiting,
            alone=True,
            life="auto",
        ),
        Trouble(
            "Apiframe submit: 429, Retry-After of 30 years, provider left to the bot",
            faults("apiframe", replace(limited, headers={"Retry-After": "1e999"})),
            words=READY,
            provider="auto",
            alone=True,
        ),
        Trouble(
            "Apiframe fetch: 429, Retry-After absurd",
            faults("apiframe", Fault(Route.FETCH, status=429, body=BODY, headers={"Retry-After": "-7 o'clock"})),
            words=READY,
        ),
    ]


async def cancel_while_waiting(stage: Stage, trouble: Trouble) -> Story:
    """ada sees that the provider is busy, and presses Cancel."""
    prompt = "a scene that is called off"
    await stage.video(prompt)
    await stage.told(prompt, "which was busy")
    message = next(m for m in stage.messages() if m.components and prompt in str(m.components))
    pressed = await stage.wire.interactions.press("ada", message, label="Cancel")
    said = await stage.answer(pressed)
    story = await judged(stage, trouble, prompt)
    story.wrong += [] if "back" in said else [f"the press was answered {said!r}"]
    return story


# -- connections and answers that are none -----------------------------------------------------------------------------

ODD: dict[str, Fault] = {
    "connection reset before the effect": Fault(reset=True),
    "connection reset after the effect": Fault(reset=True, effect=True),
    "502 after the effect": Fault(status=502, body="<html>bad gateway</html>", effect=True),
    "HTML with status 200": Fault(garbage=Garbage.HTML, effect=True),
    "JSON that breaks off": Fault(garbage=Garbage.TRUNCATED, effect=True),
    "100,000 nested arrays": Fault(garbage=Garbage.NESTED, effect=True),
    "wrong types": Fault(status=200, body={"jobId": 17, "status": [], "task_id": {}, "success": "maybe"}, effect=True),
    "NaN": Fault(status=200, body='{"jobId": NaN, "task_id": NaN}', effect=True),
    "null": Fault(status=200, body="null", effect=True),
}


def odd_answers() -> list[Trouble]:
    """Answers that cannot be believed, to a submission and to a look."""
    rows = []
    for name, fault in ODD.items():
        for provider in ("apiframe", "acedata"):
            keyed = provider == "apiframe"
            ends, words = ("delivered", READY) if keyed else ("unknown", LOST)
            cheap = name == "connection reset after the effect" or (keyed and "nested" in name)
            title = f"{TITLES[provider]} submit: {name}"
            rows.append(Trouble(title, faults(provider, fault), ends, words, provider, cheap=cheap))
            look = replace(fault, route=Route.FETCH, times=2, effect=False)
            title = f"{TITLES[provider]} fetch: {name}, twice"
            rows.append(Trouble(title, faults(provider, look), words=READY, provider=provider))
    return rows


def looking() -> list[Trouble]:
    """Each status as the answer to a look at a task, twice; and a task that is not known for good."""
    rows = []
    for provider in ("apiframe", "acedata"):
        body = BODY if provider == "apiframe" else ACE_BODY
        for status in (400, 401, 402, 403, 404, 409, 500, 502, 503, 504):
            fault = Fault(Route.FETCH, status=status, body=body, times=2)
            name = f"{TITLES[provider]} fetch: {status}, twice"
            turned_away = status in {401, 402, 403}
            row = Trouble(name, faults(provider, fault), words=READY, provider=provider, alone=turned_away,
                          life="auto" if turned_away else provider)  # fmt: skip
            rows.append(row)
        gone = Fault(Route.FETCH, status=404, body=body, times=None)
        name = f"{TITLES[provider]} fetch: 404 for ever"
        rows.append(Trouble(name, faults(provider, gone), "failed", "no longer knows this clip", provider))
    return rows


def endings() -> list[Trouble]:
    """Tasks that end oddly, or never."""
    never = Trouble(
        "Apiframe: a task that never ends",
        faults("apiframe", Fault(outcome=Outcome(Ending.NEVER))),
        "unknown",
        "far longer than usual",
        alone=True,
        variables={"JOB_TIMEOUT_SECONDS": "3"},
    )
    failing = Outcome(Ending.FAILED, text=f"content policy violation {NASTY}")
    return [
        Trouble("Apiframe: an unknown status", altered(lambda job: job | {"status": "PENDING_X"}, 4), words=READY),
        Trouble("Apiframe: progress goes backwards", altered(_backwards(), 6), words=READY),
        Trouble("Apiframe: progress of 9e99 per cent", altered(lambda job: job | {"progress": 9e99}, 4), words=READY),
        Trouble("Apiframe: a failed task whose text holds the key, a mention and a link",
                faults("apiframe", Fault(outcome=failing)), "failed", "content filter", cheap=True),
        never,
        replace(never, name="AceData: a task that never ends", provider="acedata",
                arrange=faults("acedata", Fault(outcome=Outcome(Ending.NEVER)))),
    ]  # fmt: skip


def altered(change: Callable[[Json], Json], times: int) -> Callable[[Stage], object]:
    """Change what Apiframe says of a job, the first few times."""

    def arrange(stage: Stage) -> None:
        left = [times]

        def alter(job: Json) -> Json:
            left[0] -= 1
            return change(job) if left[0] >= 0 and "status" in job else job

        stage.apiframe.alter = alter

    return arrange


def _backwards() -> Callable[[Json], Json]:
    shown = iter((80, 60, 40, 20, 5, 0))
    return lambda job: job | {"status": "PROCESSING", "progress": next(shown, 0)}


# -- too much, and too slowly ------------------------------------------------------------------------------------------


def floods() -> list[Trouble]:
    """Answers without end, in size or in time."""
    huge: dict[str, Callable[[Stage], Trick]] = {
        "a body of 200 MB": lambda stage: stage.apiframe.flood(200 * MIB),
        "gzip that unpacks to 200 MB": lambda stage: stage.apiframe.bomb(200 * MIB),
        "100 MB of headers": lambda stage: stage.apiframe.endless_head(100 * MIB),
    }
    slow: dict[str, Callable[[Stage], Trick]] = {
        "a body at five bytes a second": lambda stage: stage.apiframe.drip(90),
        "a head at five bytes a second": lambda stage: stage.apiframe.drip(90, headers=True),
    }
    rows = []
    for name, trick in (huge | slow).items():
        patient = name in slow
        for word, routes in (("submit", SUBMIT), ("fetch", FETCH)):
            row = Trouble(
                f"Apiframe {word}: {name}",
                tricks("apiframe", routes["apiframe"], trick),
                words=READY,
                alone=True,
                slow=patient,
                seconds=100.0 if patient else 30.0,
                cheap="200 MB" in name and word == "fetch",
            )
            rows.append(row)
    lost = Trouble("AceData submit: a body of 200 MB", tricks("acedata", SUBMIT["acedata"],
                   lambda stage: stage.acedata.flood(200 * MIB)), "unknown", LOST, "acedata", alone=True)  # fmt: skip
    return [*rows, lost]


def troubles() -> list[Trouble]:
    """All of them."""
    return [*submitting(), *waiting(), *odd_answers(), *looking(), *endings(), *floods()]
