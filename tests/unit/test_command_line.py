"""`python -m bot` and its arguments: answered without loading the application, refused where they mean nothing."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bot import __version__
from bot.__main__ import main, parse_arguments

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_version_is_that_of_the_package() -> None:
    assert __version__ == PROJECT["version"]


def test_the_version_is_the_newest_of_the_changelog() -> None:
    headings = [line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## [")]
    released = [heading for heading in headings if "Unreleased" not in heading]
    assert released[0].startswith(f"## [{__version__}] - ")


def test_the_version_is_printed_without_loading_what_takes_long() -> None:
    script = (
        "import runpy, sys\n"
        "sys.argv[1:] = ['--version']\n"
        "try:\n"
        "    runpy.run_module('bot', run_name='__main__', alter_sys=True)\n"
        "finally:\n"
        "    print(*sorted({'aiohttp', 'bot.app', 'discord', 'pydantic', 'sqlalchemy'} & sys.modules.keys()))\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"rushes {__version__}\n\n", "")


def test_help_says_where_the_settings_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert ".env.example" in capsys.readouterr().out


@pytest.mark.parametrize("argument", ["--verison", "--vers", "start", "-x"])
def test_an_argument_that_is_not_known_is_named(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([argument])
    assert ended.value.code == 2
    assert f"{argument} is not known here" in capsys.readouterr().err


def test_a_command_has_options_of_its_own() -> None:
    assert parse_arguments(["doctor", "--json"]).json is True
    assert parse_arguments(["doctor"]).json is False
    with pytest.raises(SystemExit):
        parse_arguments(["run", "--json"])


def test_the_script_of_the_package_is_the_same_function() -> None:
    assert PROJECT["scripts"] == {"rushes": f"{main.__module__}:{main.__name__}"}
