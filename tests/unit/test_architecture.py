"""docs/architecture.md against the code: whatever it names exists, and calls what it is said to call."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from bot.engine.engine import Engine
from bot.jobs.next_steps import JobStep
from bot.jobs.pipeline import Pipeline
from bot.jobs.transitions import LEGAL

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text()
MOST_HOPS = 8

Row = dict[str, str]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def parts(mark: str) -> list[list[str]]:
    """The lines of each part of the page that begins with this mark, up to the next empty line after its content."""
    found = []
    for part in PAGE.split(f"<!-- {mark} -->\n\n")[1:]:
        found.append(part.split("\n\n", 1)[0].splitlines())
    assert found, mark
    return found


def tables(mark: str) -> list[list[Row]]:
    """Tables as rows by the words of their header."""
    found = []
    for header, _, *lines in parts(mark):
        names = cells(header)
        found.append([dict(zip(names, cells(line), strict=True)) for line in lines])
    return found


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


@cache
def definitions(path: Path) -> dict[str, ast.AST]:
    """Functions, classes and methods of a file by their qualified names."""
    found: dict[str, ast.AST] = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, Function | ast.ClassDef):
            found[node.name] = node
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{inner.name}": inner for inner in node.body if isinstance(inner, Function)}
    return found


@cache
def classes() -> frozenset[str]:
    paths = [path for room in ("bot", "cogs") for path in (ROOT / room).rglob("*.py")]
    return frozenset(name for path in paths for name in definitions(path) if "." not in name)


def named(row: Row) -> tuple[Path, str]:
    (file,), (function,) = quoted(row["File"]), quoted(row["Function"])
    return ROOT / file, function


def mentions(row: Row) -> set[str]:
    """The names that a function uses, those of methods included."""
    path, function = named(row)
    used = ast.walk(definitions(path)[function])
    return {node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in used}


WALKS, STEPS = tables("walk"), tables("steps")[0]


@pytest.mark.parametrize("row", [row for table in [*WALKS, STEPS] for row in table], ids=lambda row: row["Function"])
def test_every_function_is_where_the_page_says(row: Row) -> None:
    path, function = named(row)
    assert function in definitions(path)


def test_both_walks_take_few_hops() -> None:
    assert len(WALKS) == 2
    for start, *hops in WALKS:
        assert start["Hop"] == ""
        assert [hop["Hop"] for hop in hops] == [str(number + 1) for number in range(len(hops))]
        assert len(hops) <= MOST_HOPS


def test_each_hop_calls_the_next() -> None:
    for walk in WALKS:
        for row, following in pairwise(walk):
            path, function = named(row)
            if (path, function) == (ROOT / "bot/engine/engine.py", f"{Engine.__name__}._take"):
                assert_plugged(quoted(row["What it does"])[-1], named(following)[1])
            else:
                assert named(following)[1].rpartition(".")[2] in mentions(row), function


def assert_plugged(step: str, function: str) -> None:
    """The engine calls what the pipeline has plugged in for a step."""
    name = function.removeprefix(f"{Pipeline.__name__}.")
    plugging = ast.unparse(definitions(ROOT / "bot/jobs/pipeline.py")[f"{Pipeline.__name__}.plug_into"])
    assert f"JobStep.{JobStep(step).name}, self.{name}" in plugging


def test_the_steps_are_those_of_the_code() -> None:
    assert sorted(quoted(row["Step"])[0] for row in STEPS) == sorted(JobStep)


def test_the_states_and_their_arrows_are_those_of_the_code() -> None:
    drawn = {quoted(row["State"])[0]: set(quoted(row["May become"])) for row in tables("states")[0]}
    assert drawn == {str(state): {str(after) for after in following} for state, following in LEGAL.items()}


@pytest.mark.parametrize(("mark", "number"), [("layers of bot", 0), ("layers of cogs", 1)])
def test_the_layers_are_those_that_are_held(mark: str, number: int) -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert [line.strip() for line in parts(mark)[0]] == contracts[number]["layers"]


def test_every_room_is_on_the_map() -> None:
    drawing = PAGE.split("## The rooms\n\n")[1].split("\n\n")[0]
    at, shown = "", set()
    for indent, name in re.findall(r"^ {4}( *)(\w+/)  ", drawing, re.MULTILINE):
        at = name if not indent else at
        shown.add(name if not indent else f"{at}{name}")
    rooms = {f"{room}/" for room in ("bot", "cogs", "sandbox", "benchmarks", "tests")}
    rooms |= {f"{path.parent.parent.name}/{path.parent.name}/" for path in ROOT.glob("bot/*/__init__.py")}
    rooms |= {f"{path.parent.parent.name}/{path.parent.name}/" for path in ROOT.glob("cogs/*/__init__.py")}
    assert shown == rooms


def test_every_file_that_is_named_exists() -> None:
    files = {name for name in quoted(PAGE) if "/" in name and not name.startswith("/")}
    assert len(files) > 20
    assert [name for name in sorted(files) if not (ROOT / name).exists()] == []


def test_every_class_that_is_named_exists() -> None:
    named_ones = {
        name.partition(".")[0] for name in quoted(PAGE) if re.fullmatch(r"[A-Z][a-z]+[A-Za-z]*(\.\w+)?", name)
    }
    assert len(named_ones) > 30
    assert sorted(named_ones - classes()) == []


def test_every_word_of_the_glossary_has_a_name_in_the_code() -> None:
    unnamed = [row["Word"] for row in tables("glossary")[0] if not set(quoted(row["In the code"])) & classes()]
    assert unnamed == []
