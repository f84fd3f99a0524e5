"""The data directory: what a process that died half-way has left there keeps no later one from starting."""

from __future__ import annotations

import logging
import stat
from pathlib import Path

import pytest

from bot import data_dir
from bot.errors import ConfigurationError


def test_a_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    first = data_dir.secret(tmp_path / "secret")
    assert len(first) == 32
    assert data_dir.secret(tmp_path / "secret") == first
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


@pytest.mark.parametrize("left", [b"", b"x", b"k" * 31, bytes(32)], ids=["empty", "one byte", "short", "zeros"])
def test_a_secret_that_was_cut_short_is_made_anew_and_that_is_said(
    tmp_path: Path, left: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "secret").write_bytes(left)
    with caplog.at_level(logging.WARNING):
        made = data_dir.secret(tmp_path / "secret")
    assert len(made) == 32
    assert made != left
    assert data_dir.secret(tmp_path / "secret") == made
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert made.hex() not in caplog.text


def test_a_secret_that_its_owner_made_longer_is_kept(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"k" * 64)
    assert data_dir.secret(tmp_path / "secret") == b"k" * 64


def test_what_cannot_be_used_is_the_owners_to_change(tmp_path: Path) -> None:
    for name in ("secret", "lock"):
        (tmp_path / name).mkdir()
    with pytest.raises(ConfigurationError, match="DATA_DIR"):
        data_dir.secret(tmp_path / "secret")
    with pytest.raises(ConfigurationError, match="DATA_DIR"):
        data_dir.lock(tmp_path)


def test_a_second_process_is_kept_out_as_long_as_the_first_holds_the_lock(tmp_path: Path) -> None:
    first = data_dir.lock(tmp_path)
    with pytest.raises(ConfigurationError, match="another Rushes"):
        data_dir.lock(tmp_path)
    first.close()
    data_dir.lock(tmp_path).close()


def test_what_a_process_that_died_was_writing_is_deleted_and_nothing_else(tmp_path: Path) -> None:
    data = data_dir.prepare(tmp_path, ("clips", "stills"))
    for name in ("clips/a.mp4.part", "stills/b-poster.jpg.part", "stills/b-poster.jpg", "clips/c.mp4", "secret.part"):
        (data / name).write_bytes(b"x")
    (data / "clips" / "d.part").mkdir()
    data_dir.discard_unfinished(data, ("clips", "stills"))
    left = sorted(str(path.relative_to(data)) for path in data.rglob("*") if path.is_file() or path.suffix)
    assert left == ["clips/c.mp4", "clips/d.part", "secret.part", "stills/b-poster.jpg"]


def test_a_directory_is_in_use_while_its_lock_is_held_and_asking_creates_nothing(tmp_path: Path) -> None:
    assert not data_dir.in_use(tmp_path / "nowhere")
    assert not data_dir.in_use(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with data_dir.lock(tmp_path):
        assert data_dir.in_use(tmp_path)
    assert not data_dir.in_use(tmp_path)
