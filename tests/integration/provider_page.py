"""The generated parts of docs/providers.md. What they say was measured by provider_outcomes; nothing is measured here.

`python -m tests.integration.provider_page` brings the page up to date.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.pages import DOCS, table, with_part
from bot.providers.acedata import client as acedata
from bot.providers.apiframe import client as apiframe
from bot.providers.base import Capabilities
from sandbox.providers.faults import Fault, Route
from tests.integration.provider_outcomes import Outcome, play_all

PAGE = DOCS / "providers.md"
_TITLES = {"apiframe": apiframe.CAPABILITIES.title, "acedata": acedata.CAPABILITIES.title}
_ERROR_HEAD = ("Error", "As documented", "Means to us", "What the person saw in the end", "Credits", "At the provider")
_LASTING_HEAD = (
    "Provider",
    "Error, every time",
    "What the person saw in the end",
    "Told",
    "Credits",
    "At the provider",
)
_OTHER_HEAD = ("Asked for", "What happened", *_ERROR_HEAD[3:])
_ROUTES = {Route.FETCH: ", to a status query", Route.UPLOAD: ", to the upload of a picture"}
_HOUR = 3600.0


def brought_up_to_date(page: str, outcomes: Sequence[Outcome]) -> str:
    """The page with every generated part made anew."""
    once = [outcome for outcome in outcomes if outcome.case.documented and not outcome.case.lasting]
    for provider in _TITLES:
        rows = [_error_row(outcome) for outcome in once if outcome.case.provider == provider]
        page = with_part(page, f"errors of {provider}", table(_ERROR_HEAD, rows))
    lasting = [_lasting_row(outcome) for outcome in outcomes if outcome.case.lasting]
    page = with_part(page, "errors that last", table(_LASTING_HEAD, lasting))
    others = [_other_row(outcome) for outcome in outcomes if not outcome.case.documented]
    page = with_part(page, "beyond the documents", table(_OTHER_HEAD, others))
    return with_part(page, "capabilities", _capabilities((apiframe.CAPABILITIES, acedata.CAPABILITIES)))


def meaning(outcome: Outcome) -> str:
    """Which of the three things an error was taken for, told from what happened."""
    if outcome.owner_told:
        return "tell the owner"
    return "wait and retry" if outcome.delivered else "tell the user"


def _error_row(outcome: Outcome) -> tuple[str, ...]:
    case = outcome.case
    return (f"`{case.name}`", _documented(case.fault, case.provider), meaning(outcome), *_ending(outcome))


def _lasting_row(outcome: Outcome) -> tuple[str, ...]:
    assert outcome.job.ended_at is not None
    soon = outcome.job.ended_at - outcome.job.created_at < 2 * _HOUR
    within = "within two hours" if soon else "within a day"
    shown, credits_, _ = _ending(outcome)
    return (_TITLES[outcome.case.provider], f"`{outcome.case.name}`", shown, within, credits_, _charged(outcome))


def _other_row(outcome: Outcome) -> tuple[str, ...]:
    case = outcome.case
    asked = "`auto`" if case.wanted is None else _TITLES[case.wanted]
    owner = "; the owner is told" if outcome.owner_told else ""
    return (asked, f"{_happened(case.fault, _TITLES[case.provider])}{owner}", *_ending(outcome))


def _happened(fault: Fault, title: str) -> str:
    """What no document speaks of, in words."""
    if fault.reset:
        return f"{title} takes the job, its answer is lost"
    if fault.outcome is not None:
        return f"a task at {title} ends for “{fault.outcome.text}”"
    if isinstance(fault.body, str):
        return f"an edge before {title} answers {fault.status} with a page"
    return f"{title} answers {_documented(fault, '')}"


def _documented(fault: Fault, provider: str) -> str:
    """The error as the provider's documents have it."""
    if fault.outcome is not None:
        end = fault.outcome
        if provider == "apiframe":
            return f"the job ends {end.state or 'FAILED'}" + (f": “{end.text}”" if end.text else "")
        return f"the task's state is `{end.state}`" if end.state else f"the task ends with `{end.code}`: “{end.text}”"
    error = fault.body["error"]
    words = f"“{error}”" if isinstance(error, str) else f"`{error['code']}`: “{error['message']}”"
    wait = f", `Retry-After: {fault.headers['Retry-After']}`" if "Retry-After" in fault.headers else ""
    return f"{fault.status} {words}{wait}{_ROUTES.get(fault.route, '')}"


def _ending(outcome: Outcome) -> tuple[str, str, str]:
    spent = "spent on the clip" if outcome.delivered else "lost"
    sent = "; ".join(
        f"{count} submission{'s' if count > 1 else ''}" + (f" to {_TITLES[name]}" if not outcome.case.wanted else "")
        for name, count in outcome.submissions.items()
        if count
    )
    where = f"{sent or 'nothing submitted'}, {_charged(outcome)}"
    return outcome.shown, "back" if outcome.quota_back else spent, where


def _charged(outcome: Outcome) -> str:
    if outcome.tasks == 0:
        return "nothing charged"
    return f"{outcome.tasks} clip charged" if outcome.net_credits else "the charge given back"


def _capabilities(providers: Sequence[Capabilities]) -> str:
    def row(name: str, cells: Iterable[object]) -> tuple[str, ...]:
        return (name, *(str(cell) for cell in cells))

    def yes(value: bool) -> str:
        return "yes" if value else "no"

    rows = [
        row("`resolution`", (", ".join(sorted(p.resolutions, key=len)) or "no such option" for p in providers)),
        row("`duration`", (" or ".join(f"{s} s" for s in sorted(p.durations)) or "no such option" for p in providers)),
        row("`end_image`", (yes(p.last_frame) for p in providers)),
        row("`optimize_prompt`", (yes(p.optimize_prompt) for p in providers)),
        row("A submission may be repeated", (yes(p.idempotent) for p in providers)),
        row("Takes uploads of pictures", (yes(p.uploads) for p in providers)),
        row("Tasks in one status query, at most", (p.batch for p in providers)),
        row("Published render time", (f"about {p.average_seconds:.0f} s" for p in providers)),
        row("Links to clips live for", (f"{p.link_seconds / 86_400:.0f} d" for p in providers)),
    ]
    return table(("", *(p.title for p in providers)), rows)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as room:
        PAGE.write_text(brought_up_to_date(PAGE.read_text("utf-8"), asyncio.run(play_all(Path(room)))), "utf-8")
