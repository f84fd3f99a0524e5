"""Every way to ask for something, at every gate: refused in its own words, nothing spent, as docs/owners.md says."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import simcord

from sandbox.providers.faults import Ending, Fault, Outcome
from tests.acceptance.cutting_room import SmallRenderer
from tests.acceptance.every_way import GATES, WAYS, Gate, Scene, furnish, with_forms
from tests.acceptance.studio import Studio, open_studio

OWNERS = Path(__file__).parents[2] / "docs" / "owners.md"
REFUSED, PASSES, UNREACHABLE = "refused", "free", "no form"


def books(studio: Studio) -> list[tuple[object, ...]]:
    """All that a clip that was asked for would leave behind."""
    with closing(sqlite3.connect(studio.database)) as connection:
        return [
            *connection.execute("SELECT job_id FROM jobs ORDER BY job_id"),
            *connection.execute("SELECT job_id, kind FROM ledger ORDER BY job_id, kind"),
            *connection.execute("SELECT scope, held, used FROM spend ORDER BY scope"),
        ]


def said(studio: Studio, result: simcord.InteractionResult) -> str:
    """What somebody was answered with, and what they see of the message that they pressed."""
    shown = [] if result.response is None else [studio.readable(result.response.message)]
    return "\n".join([*shown, *(studio.readable(one.message) for one in result.followups)])


async def close_gate(scene: Scene, gate: Gate) -> Scene:
    """Close one, and open all others; the scene with its forms open, where they can be."""
    studio, admin = scene.studio, scene.studio.target(scene.studio.mod, 2)
    usual = {"spend_daily_credits": None, "spend_monthly_credits": None, "guilds_allowed": ()}
    wanted = usual | dict(gate.settings or {})
    if {name: studio._settings.get(name, value) for name, value in usual.items()} != wanted:
        studio._settings |= wanted
        if gate.settings and "guilds_allowed" in gate.settings:
            # It would leave the server, and does not get away.
            studio.env.inject_error("DELETE", "/users/@me/guilds/*", status=403, times=1)
        await studio.restart()
    desk = studio.app.services.desk
    await desk.pardon(admin, studio.ada.id)
    await desk.resume(admin)
    await desk.resume(admin, everywhere=True)
    await desk.set_daily(admin, studio.ada.id, None)
    bare = type((await desk.rules(admin.guild_id)).rules)()
    await desk.change(admin, "pace", lambda _rules: bare)
    scene = await with_forms(scene)
    await gate.close(desk, scene)
    return scene


@pytest.mark.parametrize("part", range(4))
async def test_every_way_is_refused_at_every_gate_and_nothing_is_spent(tmp_path: Path, small: Path, part: int) -> None:
    found: dict[tuple[str, str], str] = {}
    settings: dict[str, Any] = {"quota_daily_credits": 100, "job_timeout_seconds": 900}
    async with open_studio(tmp_path / "data", renderer=SmallRenderer(small), render_seconds=0.1, **settings) as studio:
        scene = await furnish(studio)
        studio.box.apiframe.faults.add(Fault(outcome=Outcome(Ending.NEVER)))
        assert "Accepted" in await studio.video(studio.ada, "for ever", provider="apiframe")
        await studio.until(lambda: studio.submissions() >= 4, "it is under way")
        for name, gate in list(GATES.items())[part::4]:
            scene = await close_gate(scene, gate)
            before = books(studio)
            for way, ask in WAYS.items():
                if way in gate.passes | gate.unreachable:
                    found[way, name] = PASSES if way in gate.passes else UNREACHABLE
                    continue
                words = said(studio, await ask(scene))
                assert gate.said in words, (way, name, words)
                found[way, name] = REFUSED
            assert books(studio) == before, name
            assert studio.submissions() == 4, name
    assert {cell: text for cell, text in table().items() if cell[1] in list(GATES)[part::4]} == found


def table() -> dict[tuple[str, str], str]:
    """The table of docs/owners.md, by (way, gate)."""
    lines = OWNERS.read_text().split("<!-- gates -->\n\n")[1].split("\n\n")[0].splitlines()
    header, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return {(row[0], gate): cell for row in rows for gate, cell in zip(header[1:], row[1:], strict=True)}


def test_the_table_has_every_way_and_every_gate() -> None:
    assert set(table()) == {(way, gate) for way in WAYS for gate in GATES}
