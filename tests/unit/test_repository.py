"""The repository itself: what its texts name exists, locks are plain, folders, files and functions stay small."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.lock", "requirements-dev.lock"]
CODE = sorted(path for room in ("bot", "cogs", "sandbox", "benchmarks") for path in (ROOT / room).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
FILE_LINES, FUNCTION_LINES, FOLDER_FILES = 300, 40, 14
FOLDERS = sorted({path.parent for path in CODE if ROOT / "bot" in path.parents or ROOT / "cogs" in path.parents})

MAKE = re.compile(r"(?:`|^ *)make ([a-z-]+)", re.MULTILINE)
LOCK_LINE = re.compile(
    r"(?:[A-Za-z0-9][\w.-]*(?:\[[\w,-]+\])?==[\w.!+-]+(?: ; [^\\]+?)? \\"
    r"|    --hash=sha256:[0-9a-f]{64}(?: \\)?"
    r"|    #(?: .*)?"
    r")"
)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", ".ci/run"])
def test_every_make_target_that_is_named_exists(name: str) -> None:
    named = set(MAKE.findall((ROOT / name).read_text()))
    assert named
    assert named <= targets()


def test_contributing_explains_every_target() -> None:
    assert set(MAKE.findall((ROOT / "CONTRIBUTING.md").read_text())) == targets()


def test_no_target_is_mistaken_for_a_file() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == targets()


def test_what_must_pass_is_check_and_then_test() -> None:
    script = ROOT / ".ci" / "run"
    assert MAKE.findall(script.read_text()) == ["check", "test"]
    assert "set -euo pipefail" in script.read_text().splitlines()
    assert os.access(script, os.X_OK)


def test_hooks_run_what_check_runs() -> None:
    recipe = re.search(r"^check: .*\n((?:\t.+\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe is not None
    checks = [re.sub(r"^.*?(?:-m |/bin/)| \.$", "", line.strip()) for line in recipe[1].splitlines()]
    hooks = re.findall(r"entry: (.+)", (ROOT / ".pre-commit-config.yaml").read_text())
    assert [check for check in checks if not any(check in hook for hook in hooks)] == []
    assert len(checks) == len(hooks) == 5


@pytest.mark.parametrize("name", LOCKS)
def test_locks_hold_versions_and_hashes_and_no_address(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()
    assert [line for line in lines if not LOCK_LINE.fullmatch(line)] == []
    assert [line for line in lines if "://" in line or " @ " in line] == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_version_has_a_hash(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if "==" in line and not line.startswith(" "):
            assert "--hash=sha256:" in following, line


def test_both_locks_agree() -> None:
    runtime, dev = (set(re.findall(r"^[^\s#]+==\S+", (ROOT / name).read_text(), re.MULTILINE)) for name in LOCKS)
    assert runtime <= dev


@pytest.mark.parametrize("path", CODE + TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_short(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= FILE_LINES
    if path.parent.name == "versions":
        return  # a migration is one long list of columns, written once
    too_long = {name: length for name, length in functions(text) if length > FUNCTION_LINES}
    assert too_long == {}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_folders_are_small(folder: Path) -> None:
    if folder.name == "versions":
        return  # each migration is a file, for good
    files = [path.name for path in folder.iterdir() if path.is_file() and path.suffix != ".pyc"]
    assert len(files) <= FOLDER_FILES, sorted(files)


def functions(text: str) -> Iterator[tuple[str, int]]:
    """(name, lines from its `def` to its end) of every function."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, Function):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_code_files_say_what_they_are_for() -> None:
    silent = [path.name for path in CODE if path.read_text() and not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []
