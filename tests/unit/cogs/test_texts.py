"""Sentences as they are put together: each refusal with the facts that come with it, in every language."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.errors import ImageRefused, Refused
from bot.models import FailureCode, JobStatus, VideoRequest
from bot.providers.acedata import client as acedata
from bot.providers.apiframe import client as apiframe
from bot.providers.base import Capabilities
from cogs.core import texts
from cogs.i18n.words import LOCALES, catalogue, translation
from tests.unit.cogs.samples import NOW, a_job

ROOT = Path(__file__).parents[3]

FACTS: dict[str, list[object]] = {
    "price": [1, 2],
    "left": [0, 1],
    "limit": [2, 10],
    "seconds": [301, 600],
    "resets_at": [NOW],
    "retry_at": [None, NOW],
    "status": list(JobStatus),
    "place": ["<#5>"],
    "assembly_id": ["0" * 20],
    "user_id": [None, 7],
    "awaited": [True, False],
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
    "faults": ["stage: enum"],
    "text": ["many"],
    "word": ["gore"],
    "pattern": ["g+ore"],
    "roles": [(3,), (3, 4)],
    "channels": [(5,), (5, 6)],
    "count": [3],
    "until": [None, NOW],
    "again_at": [NOW],
    "at": [NOW],
    "reason": ["", "spam, *again* and again"],
    "by": [None, 7],
    "where": ["here", "everywhere"],
    "cap": ["server_day", "server_month", "all_day", "all_month"],
}
"""Values that each fact can have; a refusal with a new fact needs a line here."""

NARROWER: dict[str, dict[str, list[object]]] = {
    "provider_off": {"provider": ["apiframe", "acedata"]},
    "struck": {"until": [NOW]},
}


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


KINDS = {"Refused", "ImageRefused", "StateUnreadable"}


def named(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""


def calls() -> list[Call]:
    found = []
    for path in sorted([*ROOT.glob("bot/**/*.py"), *ROOT.glob("cogs/**/*.py")]):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and (kind := named(node.func)) in KINDS:
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                code = ast.literal_eval(node.args[0])
                found.append(Call(place, kind, code, tuple(word.arg for word in node.keywords if word.arg)))
    return found


CALLS = calls()
ENGLISH = translation("en")
ENDS = (".", "?", "。", "？")


def test_the_places_where_something_is_refused_are_found() -> None:
    assert {"quota", "prompt_too_long", "image_type", "not_yours", "provider_off"} <= {call.code for call in CALLS}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.code}-{call.place}")
def test_every_refusal_has_a_sentence_that_its_facts_fill(call: Call, locale: str) -> None:
    for refused in call.refusals():
        sentence = texts.refusal(refused, translation(locale))
        assert sentence.endswith(ENDS)
        assert not sentence[0].islower()
        assert not set("{}") & set(sentence)
        assert "None" not in sentence
        assert len(sentence) <= 300


@pytest.mark.parametrize("locale", LOCALES)
def test_every_code_that_is_raised_has_a_sentence_and_every_sentence_a_code(locale: str) -> None:
    t = {key.split(".")[1] for key in catalogue(locale) if key.startswith("refusals.")}
    assert t == {call.code for call in CALLS}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_failure_has_whole_sentences_and_every_sentence_a_failure(locale: str) -> None:
    t = {key.removeprefix("failures."): text for key, text in catalogue(locale).items() if key.startswith("failures")}
    assert set(t) == set(FailureCode)
    for text in t.values():
        assert isinstance(text, str)
        assert text.endswith(ENDS)
        assert not text[0].islower()
        assert not set("{}") & set(text)


@pytest.mark.parametrize("code", [None, *FailureCode])
def test_a_failure_says_that_the_credits_are_back(code: FailureCode | None) -> None:
    assert texts.failure(a_job(JobStatus.FAILED, failure=code), ENGLISH).endswith("\nYour 1 credit is back.")


def test_one_credit_is_singular_and_all_else_plural() -> None:
    said = [texts.credits_(count, ENGLISH) for count in (0, 1, 2, 10)]
    assert said == ["0 credits", "1 credit", "2 credits", "10 credits"]
    assert [texts.credits_(count, translation("ja")) for count in (1, 2)] == ["1クレジット", "2クレジット"]
    assert texts.credits_back(a_job(price=1), ENGLISH) == "Your 1 credit is back."
    assert texts.credits_back(a_job(price=2), ENGLISH) == "Your 2 credits are back."


def test_who_has_some_credits_left_is_told_how_many() -> None:
    refused = Refused("quota", price=2, left=1, limit=10, resets_at=NOW)
    assert texts.refusal(refused, ENGLISH) == (
        f"This costs 2 credits and you have 1 of 10 left today. New ones come <t:{NOW:.0f}:R>."
    )


def test_who_has_none_left_is_told_when_there_will_be() -> None:
    refused = Refused("quota", price=1, left=0, limit=10, resets_at=NOW)
    assert texts.refusal(refused, ENGLISH) == (
        "Nothing is left of your 10 credits for today: used up, or held by clips in progress. "
        f"New ones come <t:{NOW:.0f}:R>."
    )


def test_where_several_pay_it_is_said_whose_credits_do_not_reach() -> None:
    refused = Refused("quota", price=2, left=0, limit=10, resets_at=NOW, user_id=8)
    for locale in LOCALES:
        assert texts.refusal(refused, translation(locale)).count("<@8>") == 1


def test_missing_permissions_are_listed_as_people_list_things() -> None:
    def t(locale: str, *names: str) -> str:
        return texts.refusal(Refused("missing_permissions", permissions=list(names)), translation(locale))

    three = ("View Channel", "Attach Files", "Embed Links")
    assert "I need **View Channel** here" in t("en", *three[:1])
    assert "I need **View Channel** and **Attach Files** here" in t("en", *three[:2])
    assert "I need **View Channel**, **Attach Files** and **Embed Links** here" in t("en", *three)
    assert "**查看频道**、**附加文件**和**嵌入链接**" in t("zh-CN", *three)


def test_permissions_are_called_in_english_what_refusals_call_them() -> None:
    keys = [key for key in catalogue("en") if key.startswith("common.permissions.")]
    assert len(keys) == 6
    for key in keys:
        assert texts.permission(ENGLISH(key), ENGLISH) == ENGLISH(key)


def test_too_late_to_cancel_tells_a_clip_on_its_way_from_one_that_ended() -> None:
    assert "on its way" in texts.refusal(
        Refused("too_late_to_cancel", status=JobStatus.DELIVERING, awaited=True), ENGLISH
    )
    assert "ended already" in texts.refusal(
        Refused("too_late_to_cancel", status=JobStatus.DELIVERED, awaited=True), ENGLISH
    )
    assert "nobody waits" in texts.refusal(Refused("too_late_to_cancel", status="rendering", awaited=False), ENGLISH)


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
    missing = able_to_nothing.missing_for(request)
    assert len(missing) == 4
    assert [texts.option(name, ENGLISH) for name in missing] == [f"`{name}`" for name in missing]
    assert texts.option("duration", translation("ja")) == "`長さ`"
    assert able_to_nothing.missing_for(VideoRequest("a fox")) == []


def test_a_moment_is_shown_in_the_readers_own_time() -> None:
    assert texts.moment(NOW + 0.6) == "<t:1790000001:R>"
    assert texts.moment(NOW, "f") == "<t:1790000000:f>"


def test_a_length_of_time_is_spelled_out() -> None:
    assert texts.spell(59.6, ENGLISH) == "1 min 0 s"
    assert [texts.spell(7, translation(locale)) for locale in LOCALES] == ["7 s", "7초", "7 秒", "7秒"]
