"""The catalogues: complete in every language, with the same gaps, used from end to end, and harmless to show."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import discord
import pytest

from bot.models import JobStatus
from cogs.i18n.words import FOLDER, LOCALES, catalogue, supported, translation
from cogs.takes.buttons import MoreButton
from cogs.video import buttons
from tests.unit.cogs.test_quoting import ACTIVE

COGS = Path(__file__).parents[3] / "cogs"
ENGLISH = catalogue("en")
FAMILIES = {path.stem for path in (FOLDER / "en").glob("*.toml")}
OTHERS = LOCALES[1:]
ELSEWHERE = {"commands", "failures", "refusals"}
"""Families that are looked up by codes and command paths; they are held against these in other tests."""

KEY = re.compile(rf"(?:{'|'.join(sorted(FAMILIES))})(?:\.\w+)+")
TOKEN = re.compile(r"`([^`{}]+)`")


def sentences(locale: str) -> Iterator[tuple[str, str]]:
    """(key, text) of every sentence, each form of a plural by itself."""
    for key, entry in catalogue(locale).items():
        if isinstance(entry, str):
            yield key, entry
        else:
            yield from ((key, text) for text in entry.values())


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


# -- finding a sentence ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "language"),
    [("en-US", "en"), ("en-GB", "en"), ("ko", "ko"), ("zh-CN", "zh-CN"), ("ja", "ja"), ("zh-TW", "en"), ("de", "en")],
)
def test_a_locale_of_discords_is_answered_in_a_language_there_is(locale: str, language: str) -> None:
    assert supported(locale) == language
    assert translation(locale).locale == language
    assert translation(locale) is translation(language)


def test_languages_are_spelled_as_discord_spells_them() -> None:
    assert set(OTHERS) <= {locale.value for locale in discord.Locale}


def test_a_sentence_is_found_by_its_key_and_filled_with_facts() -> None:
    assert translation("en")("refusals.quota.short", credits="2 credits", left=1, limit=10, resets="soon") == (
        "This costs 2 credits and you have 1 of 10 left today. New ones come soon."
    )


def test_number_decides_where_a_language_has_a_plural() -> None:
    assert [translation("en")("common.credits", count=count) for count in (0, 1, 2)] == [
        "0 credits",
        "1 credit",
        "2 credits",
    ]
    assert [translation("ko")("common.credits", count=count) for count in (0, 1, 2)] == [
        f"크레딧 {n}개" for n in (0, 1, 2)
    ]


def test_braces_in_a_fact_are_only_text() -> None:
    assert translation("en")("clip.ready", who="{count}") == "{count} your clip is ready."


def test_what_nobody_thought_of_is_an_error() -> None:
    with pytest.raises(KeyError):
        translation("en")("common.nothing_of_the_kind")
    with pytest.raises(KeyError):
        translation("en")("clip.ready")


# -- completeness ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", OTHERS)
def test_every_language_has_every_sentence(locale: str) -> None:
    assert set(catalogue(locale)) == set(ENGLISH)
    assert {path.stem for path in (FOLDER / locale).iterdir()} == FAMILIES


def test_there_is_nothing_else_in_the_folder() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(LOCALES)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_form_of_a_sentence_has_the_same_gaps_in_every_language(locale: str) -> None:
    asked = {key: gaps(text) for key, text in sentences("en")}
    assert [key for key, text in sentences(locale) if gaps(text) != asked[key]] == []
    for name in set().union(*asked.values()):
        assert name.isidentifier()


@pytest.mark.parametrize("locale", LOCALES)
def test_plurals_are_plurals_everywhere_and_complete(locale: str) -> None:
    def plurals(of: str) -> dict[str, set[str]]:
        return {key: set(entry) for key, entry in catalogue(of).items() if not isinstance(entry, str)}

    forms = {"one", "other"} if locale == "en" else {"other"}
    assert plurals(locale) == dict.fromkeys(plurals("en"), forms)
    assert [key for key, text in sentences(locale) if key in plurals(locale) and "count" not in gaps(text)] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_no_sentence_is_empty_or_has_stray_blanks(locale: str) -> None:
    for key, text in sentences(locale):
        if key != "common.list.separator":
            assert text == " ".join(text.split()) != "", key


@pytest.mark.parametrize(("locale", "script"), [("ko", "[가-힣]"), ("zh-CN", "[一-鿿]"), ("ja", "[ぁ-ヿ一-鿿]")])
def test_what_is_a_sentence_in_english_is_translated(locale: str, script: str) -> None:
    english = dict(sentences("en"))
    for key, text in sentences(locale):
        if " " in english[key] and not key.startswith("common.list."):
            assert re.search(script, text), key
            assert text != english[key], key


# -- use ---------------------------------------------------------------------------------------------------------------


def named_in_code() -> tuple[set[str], list[re.Pattern[str]]]:
    """Keys written out anywhere in cogs, and patterns of those put together in a call of `t`."""
    written, patterns = set(), []
    for path in COGS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and KEY.fullmatch(node.value):
                written.add(node.value)
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.JoinedStr):
                parts = [
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+"
                    for part in node.args[0].values
                ]
                if parts[0].partition(r"\.")[0] in FAMILIES:
                    patterns.append(re.compile("".join(parts)))
    return written, patterns


def test_every_key_in_the_code_has_a_sentence() -> None:
    written, patterns = named_in_code()
    assert len(written) > 50
    assert written - set(ENGLISH) == set()
    for pattern in patterns:
        assert any(pattern.fullmatch(key) for key in ENGLISH), pattern


def test_every_sentence_is_used() -> None:
    written, patterns = named_in_code()
    unused = {key for key in set(ENGLISH) - written if not any(pattern.fullmatch(key) for pattern in patterns)}
    assert {key for key in unused if key.partition(".")[0] not in ELSEWHERE} == set()


def test_every_state_of_a_job_has_its_words_in_the_list() -> None:
    assert {key for key in ENGLISH if key.startswith("jobs.states.")} == {f"jobs.states.{state}" for state in JobStatus}


@pytest.mark.parametrize("locale", LOCALES)
def test_a_label_fits_on_a_button(locale: str) -> None:
    for kind in (*buttons.ALL, MoreButton):
        assert 1 <= len(translation(locale)(kind.key)) <= 30


# -- harmless to show --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", LOCALES)
def test_nobody_is_pinged_and_no_address_is_built_in(locale: str) -> None:
    assert [key for key, text in sentences(locale) if ACTIVE.search(text) or "@" in text] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_markup_is_closed_and_the_same_in_every_language(locale: str) -> None:
    english = dict(sentences("en"))
    for key, text in sentences(locale):
        for mark in ("**", "*", "`"):
            assert text.count(mark) % 2 == 0, key
            assert text.count(mark) == english[key].count(mark), key
        assert not re.search(r"~~|\|\||__|^(?:#|>|-#|-\s)", text), key
        links = re.findall(r"\[[^\[\]]+\]\((?:<\{\w+\}>|\{\w+\})\)", text)
        assert len(links) == text.count("[") == text.count("]") == english[key].count("["), key


@pytest.mark.parametrize("locale", LOCALES)
def test_commands_and_options_are_called_what_discord_shows(locale: str) -> None:
    english = dict(sentences("en"))
    for key, text in sentences(locale):
        expected = sorted(localized(token, locale) for token in TOKEN.findall(english[key]))
        assert sorted(TOKEN.findall(text)) == expected, key


def localized(token: str, locale: str) -> str:
    """`/video`, `image`, `auto` or `duration: 6` as the commands of this language call them."""
    t = translation(locale)
    if token.startswith("/"):
        path = token[1:].split()
        return "/" + " ".join(t(f"commands.{'.'.join(path[: length + 1])}.name") for length in range(len(path)))
    if token == "everywhere":
        return t(f"commands.admin.pause.options.{token}.name")
    if token == "auto":
        return t(f"commands.choices.{token}")
    option, _, choice = token.partition(": ")
    name = t(f"commands.video.options.{option}.name")
    return f"{name}: {t(f'commands.choices.{choice}')}" if choice else name
