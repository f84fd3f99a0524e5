"""The steady clock: deaf to whoever sets the system's clock, across processes, until the machine starts again."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from bot.clocks import steady_clock
from tests.unit.jobs.samples import NOW, Clock

ROOT = Path(__file__).parents[2]
DAY = 86_400.0
WALLS = {"time", "utcnow", "now", "today"}
ALLOWED = {
    "bot/library/housekeeping.py": "how old files are, which the disk dates by it",
    "bot/app.py": "which day it is, passed on",
    "bot/cli/backup.py": "a date for people to read",
    "bot/cli/drain.py": "a date for people to read",
    "bot/cli/pause.py": "a date for people to read",
    "bot/clocks.py": "where the steady clock begins",
    "bot/doctor/examination.py": "what is compared with the clocks of servers",
    "bot/embargo.py": "a date of an edge that says no date of its own",
    "bot/providers/http.py": "a date of a server that says no date of its own",
    "cogs/core/answers.py": "how long Discord waited, a figure that nothing waits for",
}


@pytest.mark.parametrize("by", [DAY, -DAY])
def test_a_wall_clock_that_is_set_moves_nothing_neither_now_nor_in_the_next_process(tmp_path: Path, by: float) -> None:
    wall, ticks = Clock(), Clock(1000.0)
    first = steady_clock(tmp_path / "clock", wall=wall, ticks=ticks)
    assert first() == NOW
    wall.pass_(by)
    ticks.pass_(60)
    assert first() == NOW + 60
    second = steady_clock(tmp_path / "clock", wall=wall, ticks=ticks)
    assert second() == first() == NOW + 60


def test_after_the_machine_was_started_again_it_begins_with_the_wall_clock(tmp_path: Path) -> None:
    steady_clock(tmp_path / "clock", wall=Clock(), ticks=Clock(50_000.0))
    later = steady_clock(tmp_path / "clock", wall=Clock(NOW + 500), ticks=Clock(10.0))
    assert later() == NOW + 500
    kept = json.loads((tmp_path / "clock").read_text())
    (tmp_path / "clock").write_text(json.dumps(kept | {"boot": "another"}))
    assert steady_clock(tmp_path / "clock", wall=Clock(NOW + 900), ticks=Clock(20.0))() == NOW + 900


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"boot": 1}', b"\xff\xfe", b'{"offset": "x"}', b"null"])
def test_a_file_that_was_cut_short_keeps_nothing_from_starting(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "clock").write_bytes(content)
    assert steady_clock(tmp_path / "clock", wall=Clock(), ticks=Clock(7.0))() == NOW


def test_nothing_that_waits_asks_the_wall_clock() -> None:
    """Every mention of one of the system's wall clocks in what is shipped has a reason in the table above."""
    found = set()
    for path in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "cogs").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            named = isinstance(node, ast.Attribute) and node.attr in WALLS and _is_a_clock(node.value)
            imported = isinstance(node, ast.ImportFrom) and node.module == "time" and {"time"} & {
                alias.name for alias in node.names
            }  # fmt: skip
            if named or imported:
                found.add(path.relative_to(ROOT).as_posix())
    assert found - set(ALLOWED) == set()


def _is_a_clock(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name in {"time", "datetime", "date", "utils"}
