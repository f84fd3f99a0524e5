"""What Discord still shows and is not there any more, and forms that are sent again: each is told the truth."""

from __future__ import annotations

import logging
from copy import copy
from typing import Any

import discord
import pytest
import simcord
from discord import ui

from bot.models import JobStatus
from tests.acceptance.making import delivered, message_of, shown
from tests.acceptance.studio import Studio

FORM = {"prompt": "a wolf", "format": ["768p/6"], "provider": ["auto"]}
CALLBACK = "/interactions/*/*/callback"
COMMANDS: dict[str, dict[str, Any]] = {
    "jobs": {},
    "quota": {},
    "help": {},
    "history": {},
    "board": {},
    "reel": {},
    "clip": {"clip": "a fox"},
    "video": {"prompt": "a fox"},
    "brainstorm": {"idea": "a fox"},
    "admin quota set": {"credits": 5},
}


def tracebacks(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.exc_info]


def kill_the_next(studio: Studio, code: int) -> int:
    """Have Discord call the next interaction dead; how many requests there were before it."""
    studio.env.inject_error("POST", CALLBACK, status=404 if code == 10062 else 400, code=code)
    return len(studio.env.http_requests)


def answers(studio: Studio, calls: int) -> int:
    """How often the bot has tried to answer an interaction since."""
    since = studio.env.http_requests[calls:]
    return sum("/callback" in one.path or "/webhooks/" in one.path for one in since)


async def remix_form(studio: Studio, who: simcord.MemberActor) -> simcord.InteractionResult:
    job = await delivered(studio, studio.ada)
    form = await who.click(message_of(studio, job), label="Remix")
    assert form.modal is not None
    return form


async def send_again(who: simcord.MemberActor, form: simcord.InteractionResult) -> simcord.InteractionResult:
    """Discord leaves a form open where no answer came in time, and lets it be sent once more."""
    form._interaction.modal_consumed = False
    return await who.submit_modal(form, FORM)


# -- forms -------------------------------------------------------------------------------------------------------------


async def test_a_form_that_was_acted_on_is_not_acted_on_again(studio: Studio) -> None:
    form = await remix_form(studio, studio.ben)
    assert shown(studio, await studio.ben.submit_modal(form, FORM)).startswith("Accepted")
    again = shown(studio, await send_again(studio.ben, form))
    assert again.startswith("This form has reached me before, and nothing is done with it a second time.")
    assert "written.txt" in again
    await studio.until_jobs(studio.ben, JobStatus.DELIVERED)
    assert (await studio.allowance(studio.ben)).used == 1


async def test_a_form_that_came_too_late_to_be_answered_is_acted_on_when_it_is_sent_again(studio: Studio) -> None:
    form = await remix_form(studio, studio.ben)
    studio.env.inject_error("POST", CALLBACK, status=404, code=10062)
    await studio.ben.submit_modal(form, FORM)
    assert await studio.jobs(studio.ben) == []
    assert shown(studio, await send_again(studio.ben, form)).startswith("Accepted")
    await studio.until_jobs(studio.ben, JobStatus.DELIVERED)


async def test_a_form_that_was_refused_may_be_sent_again(studio: Studio) -> None:
    form = await remix_form(studio, studio.ben)
    assert "write a prompt" in shown(studio, await studio.ben.submit_modal(form, FORM | {"prompt": " "}))
    assert shown(studio, await send_again(studio.ben, form)).startswith("Accepted")


async def test_a_form_that_was_open_during_a_restart_says_so(studio: Studio) -> None:
    form = await remix_form(studio, studio.ben)
    await studio.restart()
    sent = shown(studio, await studio.ben.submit_modal(form, FORM))
    # The process is the same here, but the form was another bot's.
    assert sent.startswith("This form was open")
    assert "nothing was done with it" in sent


# -- commands and buttons ----------------------------------------------------------------------------------------------


async def test_a_command_that_is_gone_says_so(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    bot: Any = studio.env.bot
    bot.tree.remove_command("jobs")
    said = await studio.say(studio.ada, "jobs")
    assert said.startswith("I do not have that command any more")
    assert "Reload Discord" in said
    bot.tree.get_command("admin").remove_command("quota")
    said = await studio.say(studio.mod, "admin quota show", member=studio.ada)
    assert said.startswith("I do not have that command any more")
    assert tracebacks(caplog) == []


async def test_a_menu_that_is_gone_says_so(studio: Studio) -> None:
    bot: Any = studio.env.bot
    job = await delivered(studio, studio.ada)
    bot.tree.remove_command("Extend this clip", type=discord.AppCommandType.message)
    result = await studio.ada.context_menu(studio.channel, "Extend this clip", message_of(studio, job))
    assert shown(studio, result).startswith("I do not have that command any more")


async def test_a_command_that_has_changed_says_so(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    command: Any = studio.env.bot.tree.get_command("clip")  # type: ignore[attr-defined]
    command._params["clip"] = option = copy(command._params["clip"])  # other bots of this process have the same one
    option.name = option._rename = "which"
    said = await studio.say(studio.ada, "clip", clip="a fox")
    assert said.startswith("That command has changed since Discord listed it")
    assert tracebacks(caplog) == []


async def test_a_button_of_another_version_says_so(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    view = ui.View(timeout=None)
    view.add_item(ui.Button(label="Upscale", custom_id="rushes:upscale:0123456789abcdef0123"))
    channel: Any = studio.env.bot.get_channel(studio.channel.id)
    message = await channel.send("an old clip", view=view)
    view.stop()
    said = await studio.press(studio.ada, message, "Upscale")
    assert said.startswith("That button is from another version of me and does nothing any more.")
    assert tracebacks(caplog) == []


async def test_buttons_that_are_there_are_not_said_to_be_gone(studio: Studio) -> None:
    job = await delivered(studio, studio.ada)
    pressed = await studio.ben.click(message_of(studio, job), label="Again")
    assert shown(studio, pressed).startswith("Accepted")
    assert pressed.followups == []


# -- interactions that are dead ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [10062, 40060])
@pytest.mark.parametrize(("command", "options"), COMMANDS.items())
async def test_a_dead_interaction_is_quiet(
    studio: Studio, command: str, options: dict[str, Any], code: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await delivered(studio, studio.ada)
    calls = kill_the_next(studio, code)
    await studio.mod.slash(studio.channel, command, **options)
    assert tracebacks(caplog) == []
    assert answers(studio, calls) == 1
    assert await studio.jobs(studio.mod) == []
    assert studio.channel.threads == []


@pytest.mark.parametrize("code", [10062, 40060])
@pytest.mark.parametrize("label", ["Vote", "Again", "Remix", "Extend", "Delete"])
async def test_a_dead_press_is_quiet(studio: Studio, label: str, code: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    job = await delivered(studio, studio.ada)
    calls = kill_the_next(studio, code)
    await studio.ada.click(message_of(studio, job), label=label)
    assert tracebacks(caplog) == []
    assert answers(studio, calls) == 1


@pytest.mark.parametrize("code", [10062, 40060])
async def test_a_dead_choice_of_a_menu_is_quiet(studio: Studio, code: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    job = await delivered(studio, studio.ada)
    calls = kill_the_next(studio, code)
    await studio.ben.context_menu(studio.channel, "Remix this clip", message_of(studio, job))
    assert tracebacks(caplog) == []
    assert answers(studio, calls) == 1


async def test_suggestions_that_come_too_late_are_quiet(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    studio.env.inject_error("POST", CALLBACK, status=404, code=10062)
    await studio.ada.autocomplete(studio.channel, "history", "search", "fo")
    assert tracebacks(caplog) == []
