"""Settings as far as they can be read: which are wrong, which names are slips, and the first steps of an owner."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.doctor import first_steps, variables
from bot.doctor.report import Level
from bot.doctor.variables import Reading, look, read
from bot.settings import Settings

WHOLE = {"DISCORD_TOKEN": "t-o-k-e-n", "APIFRAME_API_KEY": "afk_one"}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(field.upper(), raising=False)


def reading(directory: Path, **told: str) -> Reading:
    file = directory / ".env"
    file.write_text("".join(f"{name}={value}\n" for name, value in told.items()))
    return read(_env_file=file)


def test_what_can_be_read_is_and_the_rest_has_its_default(tmp_path: Path) -> None:
    found = reading(tmp_path, **WHOLE, HTTP_PORT="http", APIFRAME_CONCURRENCY="3", PUBLIC_URL="here")
    assert sorted(found.wrong) == ["HTTP_PORT", "PUBLIC_URL"]
    settings = found.settings
    assert (settings.http_port, settings.apiframe_concurrency, settings.public_url) == (8080, 3, None)
    assert found.secrets == ("t-o-k-e-n", "afk_one")


def test_values_that_contradict_each_other_are_read_all_the_same(tmp_path: Path) -> None:
    found = reading(tmp_path, **WHOLE, POLL_MIN_SECONDS="60")
    assert list(found.wrong.values()) == ["POLL_MIN_SECONDS must not be larger than POLL_MAX_SECONDS."]
    assert found.settings.poll_min_seconds == 60


def test_a_contradiction_with_what_is_wrong_itself_is_not_said(tmp_path: Path) -> None:
    found = reading(tmp_path, **WHOLE, POLL_MIN_SECONDS="60", POLL_MAX_SECONDS="soon")
    assert list(found.wrong.values()) == ["POLL_MAX_SECONDS: must be a number."]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("QUOTA_DAILY_CREDIT", "QUOTA_DAILY_CREDITS"),
        ("DISCORD_BOT_TOKEN", "DISCORD_TOKEN"),
        ("apiframe_key", "APIFRAME_API_KEY"),
        ("FFMPEG", "FFMPEG_PATH"),
        ("COMPOSE_PROJECT_NAME", None),
        ("TZ", None),
        ("HTTPS_PROXY", None),
    ],
)
def test_a_name_that_looks_like_one_of_ours_is_a_slip(tmp_path: Path, name: str, meant: str | None) -> None:
    found = reading(tmp_path, **WHOLE, **{name: "1"})
    assert found.mistyped == ({} if meant is None else {name.upper(): meant})


def test_of_the_environment_only_what_is_very_near_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy")
    monkeypatch.setenv("DATA_DIRS", "here")
    assert read(_env_file=None).mistyped == {"DATA_DIRS": "DATA_DIR"}


def test_a_value_that_is_wrong_is_never_repeated(tmp_path: Path) -> None:
    found = look(reading(tmp_path, DISCORD_TOKEN="  ", HTTP_PORT="canary", APIFRAME_API_KEY="canary-key"))
    assert [each.level for each in found] == [Level.ERROR, Level.ERROR]
    assert "canary" not in str(found)


def steps(directory: Path, **told: str) -> str:
    return "\n".join(first_steps.lead(reading(directory, **told), directory))


def test_whoever_has_set_nothing_is_told_every_step_in_order(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("")
    said = "\n".join(first_steps.lead(read(_env_file=None), tmp_path))
    wanted = ["cp .env.example .env", variables.PORTAL, "Reset Token, Copy", "DISCORD_TOKEN=", "oauth2/authorize"]
    wanted += ["APIFRAME_API_KEY=", "ACEDATA_API_TOKEN=", "make doctor", "make run"]
    places = [said.index(part) for part in wanted]
    assert places == sorted(places)
    assert [line[:2] for line in said.splitlines() if line[:1].isdigit()] == ["1.", "2.", "3.", "4.", "5.", "6."]


@pytest.mark.parametrize(
    ("told", "said", "unsaid"),
    [
        ({"DISCORD_TOKEN": "t"}, "APIFRAME_API_KEY=", "Reset Token"),
        ({"APIFRAME_API_KEY": "k"}, "Reset Token", "ACEDATA_API_TOKEN="),
    ],
)
def test_what_is_done_is_not_told(tmp_path: Path, told: dict[str, str], said: str, unsaid: str) -> None:
    assert said in steps(tmp_path, **told)
    assert unsaid not in steps(tmp_path, **told)
    assert f"Open {tmp_path / '.env'}" in steps(tmp_path, **told)


def test_whoever_has_set_both_is_told_nothing(tmp_path: Path) -> None:
    more: dict[str, Any] = {"HTTP_PORT": "wrong"}
    assert first_steps.lead(reading(tmp_path, **WHOLE, **more), tmp_path) == []
