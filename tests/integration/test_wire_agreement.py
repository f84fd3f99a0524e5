"""What the bot sends and what the simulated Discord answers is what Discord's own OpenAPI document says."""

from __future__ import annotations

import re
import signal
from typing import Any

import pytest

from tests.torture.crash import Workshop
from tests.torture.crash_people import Brainstorm, Reel, Takes, marked
from tests.torture.crash_stage import TROUBLED, Stage
from tests.wire.agreement import Agreement
from tests.wire.server import Wire

LOOKING: dict[str, dict[str, object]] = {
    "help": {},
    "quota": {},
    "jobs": {},
    "history": {"search": "a"},
    "board": {},
    "admin quota show": {"member": "ada"},
    "admin quota grant": {"member": "ada", "credits": 5},
}
PRESSES = ("again", "extend", "vote", "delete")


async def use_everything(stage: Stage) -> None:
    """What people do to single clips and to several, all the trouble that a job can be in, and every way to look."""
    stories = [story(stage, "apiframe") for story in (Takes, Brainstorm, Reel)]
    stage.make_trouble("apiframe")
    child = await stage.start()
    await stage.connected(child)
    await stage.ask(TROUBLED, "apiframe")
    await stage.rest(child)
    for story in stories:
        await story.play(child)
    people = stage.wire.interactions
    done = [await people.command("max", "brainstorm", command, options) for command, options in LOOKING.items()]
    for verb in PRESSES:
        message, mark = marked(stage, f"rushes:{verb}:")[0]
        done.append(await people.press("ada", message, custom_id=mark))
    await stage.until(lambda: all(one.answer for one in done), "answered")
    await stage.until(lambda: any(r.method == "DELETE" and r.status == 204 for r in stage.wire.ledger.requests), "gone")
    await stage.rest(child, answers=False)
    await child.end(signal.SIGTERM)


async def test_the_bot_and_the_wire_speak_as_discord_says(shop: Workshop) -> None:
    async with shop.stage(hooks=True) as stage:
        stage.wire.witness = (agreement := Agreement()).witness
        await use_everything(stage)
        assert stage.wire.ledger.unknown_routes() == []
    assert list(agreement.disagreements) == []
    assert len(agreement.seen) >= 15, agreement.seen


MESSAGES = "/channels/1/messages"
HI = {"content": "hi"}
EMPTY = {"components": [{"type": 17, "components": [{"type": 10}]}]}
"""A container with a text that says nothing."""
NUMBERED = {"attachments": [{"id": 0}], "nonce": 1 << 60}
"""As discord.py sends them; Discord takes that."""


@pytest.mark.parametrize(
    ("exchange", "found"),
    [
        (("POST", MESSAGES, {"content": 7}, 200, {}), "POST /channels/{channel_id}/messages, request: $.content: 7 is"),
        (("POST", MESSAGES, EMPTY, 200, {}), "$.components[*].components[*]: 'content' is a required property"),
        (("POST", MESSAGES, HI, 200, {}), "200: $: 'id' is a required property"),
        (("POST", MESSAGES, HI, 201, {}), "status 201 is not known"),
        (("DELETE", f"{MESSAGES}/2", {}, 204, {}), "204: there is a body, and ought to be none"),
    ],
)
def test_what_does_not_fit_is_found(exchange: tuple[Any, ...], found: str) -> None:
    agreement = Agreement()
    agreement.witness(*exchange)
    assert any(found in said for said in agreement.disagreements), agreement.disagreements


def test_refusals_and_numbers_for_ids_are_let_pass() -> None:
    agreement = Agreement()
    agreement.witness("POST", MESSAGES, {"content": 7}, 400, {"code": 50035})
    agreement.witness("POST", MESSAGES, NUMBERED, 200, {})
    assert not any("request" in said for said in agreement.disagreements)


def test_every_path_of_the_wire_is_one_of_discords() -> None:
    routes, agreement = Wire().routes, Agreement()
    for method, path in routes:
        agreement.witness(method, re.sub(r"\{[^}]+\}", "1", path), None, 200, None)
    assert len(agreement.seen) == len(routes) > 20
