"""ops/rushes.service against the settings, the paths that it names itself, and what compose.yaml says of the same."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from bot.settings import Settings

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "ops" / "rushes.service"
COMPOSE = (ROOT / "compose.yaml").read_text()
STOP_SECONDS = 10.0
"""What a stop may take at most: bot/app.py."""


def read() -> dict[str, dict[str, str]]:
    """The unit by section; a key that is set twice is told."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    section = ""
    for line in UNIT.read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            name, value = line.split("=", 1)
            assert name not in found[section], f"{name} is set twice"
            found[section][name] = value
    return found


SERVICE = read()["Service"]


def given() -> dict[str, str]:
    """The variables that the unit sets whatever its file says."""
    _, *words = shlex.split(SERVICE["ExecStart"])
    return dict(word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word))


def test_it_runs_the_bot_with_variables_that_the_bot_reads() -> None:
    assert SERVICE["ExecStart"].endswith(f" {SERVICE['WorkingDirectory']}/.venv/bin/python -m bot")
    assert {name for name in given() if not name.startswith("PYTHON")} <= {
        name.upper() for name in Settings.model_fields
    }
    assert f"{SERVICE['EnvironmentFile']} " in UNIT.read_text().replace("\n", " "), "it says how that file comes to be"


def test_the_data_directory_is_the_one_place_that_it_may_write_to() -> None:
    assert given()["DATA_DIR"] == f"/var/lib/{SERVICE['StateDirectory']}"
    assert (SERVICE["ProtectSystem"], SERVICE["ProtectHome"], SERVICE["PrivateTmp"]) == ("strict", "true", "true")
    assert not {"ReadWritePaths", "BindPaths"} & SERVICE.keys()
    assert (SERVICE["StateDirectoryMode"], SERVICE["UMask"]) == ("0700", "0077")


def test_it_has_no_rights_but_those_of_a_user_of_its_own() -> None:
    assert SERVICE["User"] not in {"", "root"}
    assert (SERVICE["NoNewPrivileges"], SERVICE["CapabilityBoundingSet"]) == ("true", "")
    assert set(SERVICE["RestrictAddressFamilies"].split()) == {"AF_INET", "AF_INET6", "AF_UNIX"}


def test_a_stop_is_the_bots_own_and_has_the_time_for_it_and_a_drain_stays_one() -> None:
    assert SERVICE["KillSignal"] == "SIGTERM"
    assert float(SERVICE["TimeoutStopSec"]) >= 2 * STOP_SECONDS
    assert SERVICE["Restart"] == "on-failure", "a bot that has ended with 0 is not started again"


def test_it_has_as_much_room_as_a_container() -> None:
    assert f"mem_limit: {SERVICE['MemoryMax'].lower()}" in COMPOSE
    assert f"pids_limit: {SERVICE['TasksMax']}" in COMPOSE


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_finds_nothing_wrong_with_it() -> None:
    ended = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(UNIT)], capture_output=True, text=True, timeout=30
    )
    assert [line for line in ended.stderr.splitlines() if UNIT.name in line] == []
