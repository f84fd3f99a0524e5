""".env.example against Settings: the same names in the same order, the same defaults, and no secret."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.errors import ConfigurationError
from bot.settings import Settings, load_settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"
LINE = re.compile(r"(?P<off># )?(?P<name>[A-Z][A-Z_]*)=(?P<value>.*)")
SECRETS = ["DISCORD_TOKEN", "APIFRAME_API_KEY", "ACEDATA_API_TOKEN"]


def assignments() -> list[re.Match[str]]:
    return [found for line in EXAMPLE.read_text().splitlines() if (found := LINE.fullmatch(line))]


def test_it_names_every_setting_once_and_in_order() -> None:
    assert [line["name"] for line in assignments()] == [name.upper() for name in Settings.model_fields]


def test_only_the_token_and_the_keys_are_left_to_fill_in() -> None:
    assert [line["name"] for line in assignments() if not line["off"]] == SECRETS
    assert all(line["value"] == "" for line in assignments() if not line["off"])


def test_each_setting_has_one_line_that_says_what_it_does() -> None:
    lines = EXAMPLE.read_text().splitlines()
    for number, line in enumerate(lines):
        if LINE.fullmatch(line):
            assert re.fullmatch(r"# .+\.", lines[number - 1]), line
            assert not lines[number - 2], f"{line} has more than one line above it"


def test_the_defaults_shown_are_the_defaults_in_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    shown = tmp_path / "shown.env"
    shown.write_text("\n".join(f"{line['name']}={line['value']}" for line in assignments()))
    secrets = {name.lower(): "made up" for name in SECRETS}
    written, left_out = load_settings(_env_file=shown, **secrets), load_settings(_env_file=None, **secrets)
    assert written.model_dump(exclude={"database_url"}) == left_out.model_dump(exclude={"database_url"})
    assert written.database_url == written.database == left_out.database


def test_a_copy_that_is_not_filled_in_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    with pytest.raises(ConfigurationError, match=r"\ADISCORD_TOKEN is missing: [^\n]*\Z"):
        load_settings(_env_file=EXAMPLE)
