"""Every wait of the pipeline is a moment that the crash runs can name; off, such a moment does nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from bot.failpoints import at

from bot import failpoints

ROOT = Path(__file__).parents[2]
WATCHED = {
    "bot/jobs": (
        *("pipeline", "submitting", "delivering", "fetching", "fitting", "mover", "clips", "frames", "board", "waking"),
        *("service", "intake", "assembler", "takes", "reels"),
    ),
    "cogs": ("posting", "takes", "brainstorm", "brainstorm_builder", "brainstorm_pressing", "reel", "reel_building"),
}
BEFORE_ANYTHING = {"setup", "teardown"}
"""What loads and unloads a cog."""


def steps_of(path: Path) -> Iterator[ast.Await]:
    for part in ast.parse(path.read_text()).body:
        if getattr(part, "name", "") not in BEFORE_ANYTHING:
            yield from (node for node in ast.walk(part) if isinstance(node, ast.Await))


AWAITS = [
    (f"{room}/{module}", node)
    for room, modules in WATCHED.items()
    for module in modules
    for node in steps_of(ROOT / room / f"{module}.py")
]


def name_of(node: ast.Await) -> str | None:
    """The name in `await at("name", ...)`, or None for an await without one."""
    call = node.value
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "at"):
        return None
    name = call.args[0]
    return str(name.value) if isinstance(name, ast.Constant) else None


@pytest.fixture(autouse=True)
def nobody_watches_afterwards() -> Iterator[None]:
    yield
    failpoints.watch(None)


def test_every_await_of_the_pipeline_has_a_name() -> None:
    assert len(AWAITS) > 250
    assert [f"{module}:{node.lineno}" for module, node in AWAITS if name_of(node) is None] == []


def test_no_two_awaits_share_a_name() -> None:
    names = [name_of(node) for _, node in AWAITS]
    assert sorted(set(map(str, names))) == sorted(map(str, names))


def test_nothing_that_is_shipped_watches() -> None:
    rooms = [path for room in ("bot", "cogs", "sandbox") for path in (ROOT / room).rglob("*.py")]
    lines = [line for path in rooms for line in path.read_text().splitlines()]
    assert {line for line in lines if "failpoints" in line and "import" in line} == {"from bot.failpoints import at"}


async def succeed() -> int:
    return 7


async def fail() -> int:
    raise LookupError("no")


async def test_a_step_has_its_result_or_its_error_whoever_watches() -> None:
    for watcher in (None, lambda _: None):
        failpoints.watch(watcher)
        assert await at("step", succeed()) == 7
        with pytest.raises(LookupError):
            await at("step", fail())


async def test_a_watcher_hears_of_both_moments_in_order_and_of_no_success_that_was_none() -> None:
    heard: list[str] = []
    failpoints.watch(heard.append)
    await at("outer", at("inner", succeed()))
    with pytest.raises(LookupError):
        await at("broken", fail())
    assert heard == ["outer:before", "inner:before", "inner:after", "outer:after", "broken:before"]


async def test_off_it_tells_nobody() -> None:
    heard: list[str] = []
    failpoints.watch(heard.append)
    failpoints.watch(None)
    await at("step", succeed())
    assert heard == []
