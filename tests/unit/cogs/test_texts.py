"""The catalogue of sentences: complete, and filled in with the facts that come with each refusal."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.errors import ImageRefused, Refused
from bot.models import FailureCode, JobStatus, VideoRequest
from bot.providers import acedata, apiframe
from bot.providers.base import Capabilities
from cogs.views import texts
from tests.unit.cogs.samples import NOW, a_job

ROOT = Path(__file__).parents[3]

FACTS: dict[str, list[object]] = {
    "price": [1, 2],
    "left": [0, 1],
    "limit": [2, 10],
    "resets_at": [NOW],
    "retry_at": [None, NOW],
    "status": list(JobStatus),
    "provider": [None, "Apiframe"],
    "providers": [[], ["Apiframe"], ["Apiframe", "AceData Cloud"]],
    "options": [["duration"], ["end_image", "optimize_prompt"]],
    "permissions": [["Attach Files"], ["Attach Files", "Embed Links"], ["View Channel", "Attach Files", "Embed Links"]],
    "length": [2001],
    "megabytes": [20.1],
    "limit_megabytes": [20],
    "width": [400],
    "height": [299],
    "minimum": [300],
    "least": [0, 1],
    "most": [10_000],
}
"""Values that each fact can have; a refusal with a new fact needs a line here."""

NARROWER: dict[str, dict[str, list[object]]] = {"provider_off": {"provider": ["apiframe", "acedata"]}}


@dataclass(frozen=True)
class Call:
    """One place where something is refused."""

    place: str
    kind: str
    code: str
    facts: tuple[str, ...]

    def refusals(self) -> Iterator[Refused]:
        """The refusal, with every combination of values that its facts can have."""
        kind = ImageRefused if self.kind == "ImageRefused" else Refused
        choices = FACTS | NARROWER.get(self.code, {})
        for values in itertools.product(*(choices[name] for name in self.facts)):
            yield kind(self.code, **dict(zip(self.facts, values, strict=True)))


def calls() -> list[Call]:
    found = []
    for path in sorted([*ROOT.glob("bot/**/*.py"), *ROOT.glob("cogs/**/*.py")]):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and (kind := ast.unparse(node.func).rpartition(".")[2]) in {
                "Refused",
                "ImageRefused",
            }:
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                code = ast.literal_eval(node.args[0])
                found.append(Call(place, kind, code, tuple(str(keyword.arg) for keyword in node.keywords)))
    return found


CALLS = calls()


def test_the_places_where_something_is_refused_are_found() -> None:
    assert {"quota", "prompt_too_long", "image_type", "not_yours", "provider_off"} <= {call.code for call in CALLS}


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.code}-{call.place}")
def test_every_refusal_has_a_sentence_that_its_facts_fill(call: Call) -> None:
    for refused in call.refusals():
        sentence = texts.refusal(refused)
        assert sentence.endswith((".", "?"))
        assert not sentence[0].islower()
        assert not set("{}") & set(sentence)
        assert "None" not in sentence
        assert len(sentence) <= 300


@pytest.mark.parametrize("code", FailureCode)
def test_every_failure_has_a_whole_sentence(code: FailureCode) -> None:
    assert texts.FAILURES[code].endswith(".")
    assert texts.FAILURES[code][0].isupper()
    assert not set("{}") & set(texts.FAILURES[code])


@pytest.mark.parametrize("code", [None, *FailureCode])
def test_a_failure_says_that_the_credits_are_back(code: FailureCode | None) -> None:
    assert texts.failure(a_job(JobStatus.FAILED, failure=code)).endswith("\nYour 1 credit is back.")


def test_one_credit_is_singular_and_all_else_plural() -> None:
    assert [texts.credits_(count) for count in (0, 1, 2, 10)] == ["0 credits", "1 credit", "2 credits", "10 credits"]
    assert texts.credits_back(a_job(price=1)) == "Your 1 credit is back."
    assert texts.credits_back(a_job(price=2)) == "Your 2 credits are back."


def test_who_has_some_credits_left_is_told_how_many() -> None:
    refused = Refused("quota", price=2, left=1, limit=10, resets_at=NOW)
    assert texts.refusal(refused) == (
        f"This clip costs 2 credits and you have 1 of 10 left today. New ones come <t:{NOW:.0f}:R>."
    )


def test_who_has_none_left_is_told_when_there_will_be() -> None:
    refused = Refused("quota", price=1, left=0, limit=10, resets_at=NOW)
    assert texts.refusal(refused) == (
        "Nothing is left of your 10 credits for today: used up, or held by clips in progress. "
        f"New ones come <t:{NOW:.0f}:R>."
    )


def test_missing_permissions_are_listed_as_people_list_things() -> None:
    def told(*names: str) -> str:
        return texts.refusal(Refused("missing_permissions", permissions=list(names)))

    assert "I need **A** here" in told("A")
    assert "I need **A** and **B** here" in told("A", "B")
    assert "I need **A**, **B** and **C** here" in told("A", "B", "C")


def test_too_late_to_cancel_tells_a_clip_on_its_way_from_one_that_ended() -> None:
    assert "on its way" in texts.refusal(Refused("too_late_to_cancel", status=JobStatus.DELIVERING))
    assert "ended already" in texts.refusal(Refused("too_late_to_cancel", status=JobStatus.DELIVERED))


def test_a_provider_is_named_the_same_everywhere() -> None:
    for capabilities in (apiframe.CAPABILITIES, acedata.CAPABILITIES):
        assert texts.TITLES[capabilities.name] == capabilities.title


def test_every_option_that_a_provider_may_lack_has_a_name() -> None:
    able_to_nothing = Capabilities(
        name="none",
        title="None",
        resolutions=frozenset(),
        durations=frozenset(),
        last_frame=False,
        optimize_prompt=False,
        idempotent=False,
        uploads=False,
        batch=1,
        average_seconds=1,
        link_seconds=1,
    )
    request = a_job(pictures=2).request
    assert set(able_to_nothing.missing_for(request)) == set(texts.OPTION_NAMES)
    assert able_to_nothing.missing_for(VideoRequest("a fox")) == []


def test_a_moment_is_shown_in_the_readers_own_time() -> None:
    assert texts.moment(NOW + 0.6) == "<t:1790000001:R>"
    assert texts.moment(NOW, "f") == "<t:1790000000:f>"
