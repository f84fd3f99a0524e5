"""The custom ids of buttons: Discord keeps them, so they must hold across versions and be ours alone."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from importlib import import_module

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.client.bot import EXTENSIONS
from cogs.core.components import PersistentItem
from cogs.core.ids import custom_id, job_of, template
from cogs.i18n.words import LOCALES, translation
from cogs.takes.buttons import MoreButton
from cogs.video import buttons
from tests.unit.cogs.samples import JOB_ID

ALL = (*buttons.ALL, MoreButton)
VERBS = ("cancel", "stop", "again", "remix", "extend", "vote", "delete", "send", "more")
job_ids = st.text("0123456789abcdef", min_size=20, max_size=20)


def test_ids_of_messages_already_in_channels_stay_what_they_are() -> None:
    assert custom_id("cancel", JOB_ID) == f"rushes:cancel:{JOB_ID}"


def test_items_of_messages_already_in_channels_are_known_by_the_same_patterns() -> None:
    for extension in EXTENSIONS:
        import_module(extension)
    job, reel = r"(?P<job_id>[0-9a-f]{20})", r"(?P<assembly_id>[0-9a-f]{20})"
    assert {str(kind.__discord_ui_compiled_template__.pattern) for kind in kinds(PersistentItem)} == {
        "rushes:none",
        *(f"rushes:{verb}:{job}" for verb in VERBS),
        *(f"rushes:reel-(?P<verb>{verbs}):{reel}" for verbs in ("pick|sort|next", "make|close", "stop", "delete")),
        r"rushes:board-[pn]:(?P<where>[a-z]+):(?P<order>[a-z]+):(?P<locale>[A-Za-z-]{2,5}):(?P<page>\d{1,6})",
        r"rushes:history-[pn]:(?P<page>\d{1,6}):(?P<status>[a-z]*):(?P<pictures>[a-z]*):(?P<search>(?s:.*))",
        *(
            f"rushes:panel-(?P<verb>{verbs}):(?P<page>overview|members|places|budget|pace|words|log):"
            r"(?P<version>\d{1,9})"
            for verbs in (
                "page|makers|channels|log|unblock",
                "pause|resume|adults|spoilers|roles|block|budget|pace|words",
            )
        ),
        "rushes:help:(?P<page>make|shape|choose|join)",
        "rushes:privacy:(?P<verb>export|erase|confirm)",
        r"storm:(?P<verb>add|edit|render|close|decide|prompts):(?P<id>[0-9a-f]{20}):(?P<number>\d{1,4})",
    }


def kinds(base: type[PersistentItem]) -> Iterator[type[PersistentItem]]:
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_ids_drawn_for_new_jobs_fit() -> None:
    job_id = secrets.token_hex(10)
    assert job_of(custom_id("again", job_id)) == job_id


@given(st.sampled_from(VERBS), job_ids)
@settings(deadline=None)
def test_an_id_gives_back_its_job_and_fits_into_discords_hundred_characters(verb: str, job_id: str) -> None:
    custom = custom_id(verb, job_id)
    found = re.fullmatch(template(verb), custom)
    assert len(custom) <= 100
    assert job_of(custom) == job_id
    assert found is not None
    assert found["job_id"] == job_id


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("other", VERBS)
def test_a_button_answers_to_its_own_verb_alone(verb: str, other: str) -> None:
    assert bool(re.fullmatch(template(verb), custom_id(other, JOB_ID))) == (verb == other)


@pytest.mark.parametrize(
    "foreign",
    [
        "",
        "rushes",
        "rushes:cancel:",
        f"rushes::{JOB_ID}",
        f"rushes:{JOB_ID}",
        f"rushes:cancel:{JOB_ID[:-1]}",
        f"rushes:cancel:{JOB_ID}0",
        f"rushes:cancel:{JOB_ID.upper()}",
        f"rushes:cancel:{JOB_ID[:-1]}g",
        f"rushes:cancel:{JOB_ID}\n",
        f"\nrushes:cancel:{JOB_ID}",
        f" rushes:cancel:{JOB_ID}",
        f"rushes:Cancel:{JOB_ID}",
        f"rushes:cancel:now:{JOB_ID}",
        f"rushes:cancel:../../{JOB_ID}",
        f"other:cancel:{JOB_ID}",
        f"xrushes:cancel:{JOB_ID}",
        f"rushes:cancel:{JOB_ID[:-1]}\u0663",
    ],
    ids=ascii,
)
def test_an_id_of_somebody_else_carries_no_job(foreign: str) -> None:
    assert job_of(foreign) is None
    assert re.fullmatch(template("cancel"), foreign) is None


@pytest.mark.parametrize("verb", VERBS)
def test_an_id_of_another_verb_carries_no_job_of_this_one(verb: str) -> None:
    assert job_of(custom_id(verb, JOB_ID), verb) == JOB_ID
    assert job_of(custom_id(verb, JOB_ID), "other") is None


@given(st.text(max_size=60))
@settings(deadline=None)
def test_whatever_comes_in_is_a_job_id_or_nothing(custom: str) -> None:
    assert job_of(custom) is None


async def test_every_button_can_be_rebuilt_from_its_own_id() -> None:
    for kind in ALL:
        button = kind.of(JOB_ID, translation("en"))
        assert job_of(button.custom_id) == JOB_ID
        found = button.template.fullmatch(button.custom_id)
        assert found is not None
        assert found["job_id"] == JOB_ID


@pytest.mark.parametrize("locale", LOCALES)
async def test_no_two_buttons_share_an_id_or_a_label(locale: str) -> None:
    made = [kind.of(JOB_ID, translation(locale)) for kind in ALL]
    assert {button.custom_id for button in made} == {custom_id(verb, JOB_ID) for verb in VERBS}
    labels = {button.item.label for button in made if isinstance(button.item, discord.ui.Button)}
    assert len(labels - {None, ""}) == len(ALL)


async def test_a_button_is_labelled_in_the_language_it_is_given() -> None:
    button = buttons.CancelButton.of(JOB_ID, translation("ko"))
    assert isinstance(button.item, discord.ui.Button)
    assert button.item.label == "취소"
    assert buttons.CancelButton.label == "Cancel"
