"""Files that are there whole or not at all; and that nothing which is read later is written in any other way."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bot.files import publish, write_whole

ROOT = Path(__file__).parents[2]
WRITING = {"write_bytes", "write_text", "copyfile", "copy", "copy2", "move"}
ALLOWED = {
    "bot/media/launcher.py": "a word to the kernel",
    "bot/media/clips/joining.py": "a list for one run of FFmpeg, written anew before each",
    "bot/assemblies/reel.py": "pictures for one run of FFmpeg, drawn anew before each",
    "bot/data_dir.py": "the lock, whose content is nothing",
    "bot/files.py": "the one way",
    "bot/library/copies/manifest.py": "copies of files, published when they are whole",
    "bot/media/clips/part_file.py": "published when it is whole",
}


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    write_whole(tmp_path / "kept", b"before")
    (tmp_path / "new.part").write_bytes(b"after")
    publish(tmp_path / "new.part", tmp_path / "kept")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"kept": b"after"}


def test_a_file_that_cannot_be_written_whole_stays_what_it_was(tmp_path: Path) -> None:
    write_whole(tmp_path / "kept", b"before")
    (tmp_path / "kept.part").mkdir()
    with pytest.raises(OSError, match=r"kept\.part"):
        write_whole(tmp_path / "kept", b"after")
    assert (tmp_path / "kept").read_bytes() == b"before"


def test_nothing_that_is_read_later_is_written_bit_by_bit() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "cogs").rglob("*.py")]
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Attribute) and _writes(node)) or (isinstance(node, ast.Call) and _opens(node))
    }
    assert found - set(ALLOWED) == set()


def _writes(node: ast.Attribute) -> bool:
    return node.attr in WRITING and (node.attr.startswith("write_") or _name(node.value) == "shutil")


def _opens(call: ast.Call) -> bool:
    """An `open` whose mode writes."""
    if (_name(call.func) or getattr(call.func, "attr", "")) not in {"open", "fdopen"}:
        return False
    words = [part.value for part in [*call.args, *(k.value for k in call.keywords)] if isinstance(part, ast.Constant)]
    return any(isinstance(word, str) and set(word) <= set("rwaxb+t") and set(word) & set("wax") for word in words)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
