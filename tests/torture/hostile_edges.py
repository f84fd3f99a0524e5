"""Whose word it is: pages of edges before a provider, requests to wait, and other words and shapes of providers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.providers.faults import Ending, Fault, Outcome, Route
from tests.torture.hostile_middleman import Json
from tests.torture.hostile_provider import ACCOUNT, LOST, READY, TITLES, altered, faults
from tests.torture.hostile_run import Story, Trouble, judged
from tests.torture.hostile_stage import Stage

NGINX = (
    "<html><head><title>Error</title></head><body><center><h1>Error</h1></center><center>nginx</center></body></html>"
)
BANNED = "error code: 1010"
LIMITED = "error code: 1015"
GATEWAY: Json = {"message": "Forbidden"}
PAGES: dict[int, object] = {401: NGINX, 402: NGINX, 403: BANNED, 404: NGINX, 429: LIMITED}
CODED: Json = {"error": {"code": 403, "message": "Request blocked", "status": "PERMISSION_DENIED"}}


def pages() -> list[Trouble]:
    """An edge's page with each status that a provider uses for a key, an address or a rate; and what it lost."""
    rows = []
    for provider, title in TITLES.items():
        for status, body in PAGES.items():
            name = f"{title} submit: {status} as a page of an edge"
            once = Fault(status=status, body=body)
            rows.append(Trouble(name, faults(provider, once), words=READY, provider=provider, cheap=status == 403))
            look = Fault(Route.FETCH, status=status, body=body, times=2)
            rows.append(Trouble(f"{title} fetch: {status} as a page of an edge, twice", faults(provider, look),
                                words=READY, provider=provider))  # fmt: skip
        for body in (GATEWAY, CODED):
            shape = "message" if body is GATEWAY else "code"
            rows.append(Trouble(f"{title} submit: 403 as JSON of a gateway, with a {shape}",
                                faults(provider, Fault(status=403, body=body)), words=READY,
                                provider=provider))  # fmt: skip
        sent_off = Fault(status=302, body=NGINX, headers={"Location": "https://login.example/"})
        rows.append(Trouble(f"{title} submit: a redirect to a login", faults(provider, sent_off), words=READY,
                            provider=provider))  # fmt: skip
        gone = Fault(Route.FETCH, status=404, body=NGINX, times=None)
        rows.append(Trouble(f"{title} fetch: 404 as a page of an edge, for ever", faults(provider, gone), "unknown",
                            "far longer than usual", provider, alone=True, life="auto",
                            variables={"JOB_TIMEOUT_SECONDS": "3"}))  # fmt: skip
    lost = Fault(status=503, body=NGINX, effect=True)
    return [
        *rows,
        Trouble("Apiframe submit: 503 as a page of an edge, after the effect", faults("apiframe", lost), words=READY),
        Trouble("Apiframe submit: 503 as a page of an edge, after the effect, provider left to the bot",
                faults("apiframe", lost), words=READY, provider="auto", cheap=True),
        Trouble("AceData submit: 503 as a page of an edge, after the effect", faults("acedata", lost), "unknown", LOST,
                "acedata"),
    ]  # fmt: skip


# -- being told to wait ------------------------------------------------------------------------------------------------

SECONDS = 4.0


def left_alone(route: Route) -> Callable[[Stage, Trouble], Awaitable[Story]]:
    """ada types /video; between the 429 and the time it names, nothing is asked there."""

    async def act(stage: Stage, trouble: Trouble) -> Story:
        stand_in = stage.box.apiframe if trouble.provider == "apiframe" else stage.box.acedata
        before = len(stand_in.requests)
        prompt, another = f"a scene that waits, {trouble.name}", f"one more that waits, {trouble.name}"
        await stage.video(prompt, trouble.provider)
        await stage.video(another, trouble.provider, user="ben")
        story = await judged(stage, trouble, prompt)
        await stage.over(another, trouble.seconds)
        doors = [door for door, where in stand_in.routes_of.items() if where is route]
        times = [
            request.at
            for request in stand_in.requests[before:]
            if any(request.method == method and request.path.startswith(path) for method, path in doors)
        ]
        # One that was under way already may be told so as well.
        early = [at - times[0] for at in times if 1.0 < at - times[0] < SECONDS - 0.2]
        story.wrong += [f"it was asked again after {early[0]:.1f} s"] if early else []
        return story

    return act


def waits() -> list[Trouble]:
    """A block that an edge has set, for a submission and for a look."""
    block = {"Retry-After": str(int(SECONDS))}
    rows = []
    for provider, title in TITLES.items():
        for word, route in (("submit", Route.SUBMIT), ("fetch", Route.FETCH)):
            once = Fault(route, status=429, body=LIMITED, headers=block)
            rows.append(Trouble(f"{title} {word}: 429 of an edge, Retry-After: {SECONDS:.0f}; two people ask",
                                faults(provider, once), words=READY, provider=provider, act=left_alone(route),
                                alone=True))  # fmt: skip
    return rows


# -- other words, other shapes -----------------------------------------------------------------------------------------

SHAPES: dict[str, Callable[[str], Any]] = {
    "`url`": lambda link: {"url": link},
    "`video` and `url` in one name": lambda link: {"video_url": link},
    "a bare link": lambda link: link,
    "a list of links": lambda link: [link],
    "a list of objects": lambda link: [{"videoUrl": link}],
    "`videos`": lambda link: {"videos": [{"url": link}]},
    "nested": lambda link: {"video": {"url": link}},
}


def shapes() -> list[Trouble]:
    """Results in other shapes, states in other words, and parts that are missing for a while."""

    def result(shape: Callable[[str], Any]) -> Callable[[Json], Json]:
        def change(job: Json) -> Json:
            link = (job.get("result") or {}).get("videoUrl")
            return job | {"status": "Succeeded", "result": shape(link)} if link else job

        return change

    rows = [
        Trouble(f"Apiframe: a result as {name}", altered(result(shape), 1000), words=READY, cheap=name == "nested")
        for name, shape in SHAPES.items()
    ]
    expired = altered(lambda job: job | {"expired": True}, 1000)
    return [
        *rows,
        Trouble("Apiframe: `expired` beside a link that works", expired, words=READY),
        Trouble("AceData: a batch that lacks every task", acedata(lambda said: said | {"items": []} if "items" in said
                else said), words=READY, provider="acedata"),
        Trouble("AceData: a batch whose items cannot be read", acedata(lambda said: said | {"items": [None, {"id": 5}]}
                if "items" in said else said), words=READY, provider="acedata"),
        Trouble("AceData: a task without `success`", acedata(_without_success), words=READY, provider="acedata",
                cheap=True),
    ]  # fmt: skip


def acedata(change: Callable[[Json], Json]) -> Callable[[Stage], object]:
    """Change what AceData says."""

    def arrange(stage: Stage) -> None:
        stage.acedata.alter = change

    return arrange


def _without_success(said: Json) -> Json:
    for item in said.get("items", [said]):
        if isinstance(item.get("response"), dict):
            item["response"].pop("success", None)
    return said


def words() -> list[Trouble]:
    """Tasks that fail for a reason which is told in words."""
    balance = {"apiframe": "Provider returned an error: insufficient balance", "acedata": "1008：余额不足"}
    rows = [
        Trouble(f"{TITLES[provider]}: a balance used up inside a failed task",
                faults(provider, Fault(outcome=Outcome(Ending.FAILED, text=text))), "failed", ACCOUNT, provider,
                alone=True, life="auto", cheap=provider == "apiframe")
        for provider, text in balance.items()
    ]  # fmt: skip
    filtered = {
        "a content checker": "Your prompt was flagged by our content checker",
        "Chinese": "提示词包含违规内容，审核未通过",
    }
    for name, text in filtered.items():
        fault = Fault(outcome=Outcome(Ending.FAILED, text=text))
        rows.append(Trouble(f"Apiframe: a task stopped in the words of {name}", faults("apiframe", fault), "failed",
                            "content filter"))  # fmt: skip
    pixels = Fault(outcome=Outcome(Ending.FAILED, text="worker lost under moderate load after 1026 px"))
    rows.append(Trouble("Apiframe: a failed task that speaks of 1026 px and a moderate load",
                        faults("apiframe", pixels), "failed", "could not finish this clip"))  # fmt: skip
    refused = Fault(status=403, body={"error": "Prompt violates our usage policies"})
    rows.append(Trouble("Apiframe submit: 403 for the words of a prompt", faults("apiframe", refused), "failed",
                        "content filter"))  # fmt: skip
    return rows


def troubles() -> list[Trouble]:
    """All of them."""
    return [*pages(), *waits(), *shapes(), *words()]
