"""Settings: what is missing or wrong is said in one clear line, and secrets stay inside."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.errors import ConfigurationError
from bot.settings import Settings, load_settings

SECRETS = {"DISCORD_TOKEN": "canary-token", "APIFRAME_API_KEY": "canary-key", "ACEDATA_API_TOKEN": "canary-other"}

Load = Callable[..., Settings]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    """load_settings with an environment of these variables alone; None leaves one out."""

    def load_from(**variables: str | None) -> Settings:
        for field in Settings.model_fields:
            monkeypatch.delenv(field.upper(), raising=False)
        for name, value in (SECRETS | variables).items():
            if value is not None:
                monkeypatch.setenv(name, value)
        return load_settings(_env_file=None)

    return load_from


def complaint(load: Load, **variables: str | None) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(**variables)
    return str(caught.value).splitlines()


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_token_is_named_with_what_to_do(load: Load, value: str | None) -> None:
    expected = ["DISCORD_TOKEN is missing: set it in the environment or in .env (see .env.example)."]
    assert complaint(load, DISCORD_TOKEN=value) == expected


def test_one_key_is_enough_and_none_is_too_few(load: Load) -> None:
    assert load(APIFRAME_API_KEY=None).apiframe_api_key is None
    assert load(ACEDATA_API_TOKEN=None).acedata_api_token is None
    assert complaint(load, APIFRAME_API_KEY="", ACEDATA_API_TOKEN="") == [
        "set APIFRAME_API_KEY or ACEDATA_API_TOKEN (or both): without a key no clip can be made."
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DISCORD_API_URL", "discord.com/api/v10"),
        ("APIFRAME_API_URL", "ftp://api.apiframe.ai"),
        ("ACEDATA_API_URL", "https://"),
        ("PUBLIC_URL", "bot.example"),
        ("PUBLIC_URL", "https://["),
        ("DATABASE_URL", "postgresql://db/rushes"),
        ("APIFRAME_CONCURRENCY", "0"),
        ("APIFRAME_CONCURRENCY", "many"),
        ("ACEDATA_CONCURRENCY", "-1"),
        ("ACEDATA_CONCURRENCY", "1001"),
        ("POLL_MIN_SECONDS", "0"),
        ("POLL_MIN_SECONDS", "soon"),
        ("POLL_MAX_SECONDS", "nan"),
        ("JOB_TIMEOUT_SECONDS", "inf"),
        ("QUOTA_DAILY_CREDITS", "-1"),
        ("QUOTA_DAILY_CREDITS", "1.5"),
        ("POLL_LATENESS_SECONDS", "0"),
        ("POLL_LATENESS_SECONDS", "nan"),
        ("HTTP_PORT", "65536"),
        ("HTTP_PORT", "http"),
        ("PRIVATE_HOSTS_ALLOWED", "store.example:9000"),
    ],
)
def test_a_wrong_value_is_one_line_that_begins_with_its_name(load: Load, name: str, value: str) -> None:
    (line,) = complaint(load, **{name: value})
    assert line.startswith(f"{name}: ")
    assert line.endswith(".")


def test_every_wrong_variable_has_a_line_of_its_own(load: Load) -> None:
    lines = complaint(load, DISCORD_TOKEN=None, HTTP_PORT="http", QUOTA_DAILY_CREDITS="many", PUBLIC_URL="here")
    assert sorted(line.split()[0].rstrip(":") for line in lines) == [
        "DISCORD_TOKEN",
        "HTTP_PORT",
        "PUBLIC_URL",
        "QUOTA_DAILY_CREDITS",
    ]


@pytest.mark.parametrize(
    ("pair", "line"),
    [
        (
            {"POLL_MIN_SECONDS": "20", "POLL_MAX_SECONDS": "10"},
            "POLL_MIN_SECONDS must not be larger than POLL_MAX_SECONDS.",
        ),
        (
            {"JOB_TIMEOUT_SECONDS": "15", "POLL_MAX_SECONDS": "15"},
            "JOB_TIMEOUT_SECONDS must be larger than POLL_MAX_SECONDS.",
        ),
    ],
)
def test_values_that_contradict_each_other_are_refused(load: Load, pair: dict[str, str], line: str) -> None:
    assert complaint(load, **pair) == [line]


def test_equal_poll_bounds_are_no_contradiction(load: Load) -> None:
    assert load(POLL_MIN_SECONDS="7", POLL_MAX_SECONDS="7").poll_max_seconds == 7


def test_secrets_are_not_in_what_is_printed(load: Load) -> None:
    settings = load()
    printed = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert "canary" not in printed
    assert settings.discord_token.get_secret_value() == "canary-token"


@pytest.mark.parametrize("wrong", [{"HTTP_PORT": "http"}, {"POLL_MIN_SECONDS": "20"}, {"DISCORD_TOKEN": None}])
def test_secrets_are_not_in_the_error_nor_in_what_led_to_it(load: Load, wrong: dict[str, str | None]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(**wrong)
    behind = caught.value.__context__
    assert isinstance(behind, ValidationError)
    shown = "".join(traceback.format_exception(caught.value)) + "".join(traceback.format_exception(behind))
    assert "canary" not in shown


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", ()),
        (" , ", ()),
        ("127.0.0.1:9101", (("127.0.0.1", 9101),)),
        ("localhost:9101", (("127.0.0.1", 9101),)),
        (" 10.0.0.7:80 , [::1]:9102,", (("10.0.0.7", 80), ("::1", 9102))),
        ("[0:0:0:0:0:0:0:1]:9102", (("::1", 9102),)),
    ],
)
def test_private_hosts_are_literal_addresses_with_a_port(
    load: Load, text: str, pairs: tuple[tuple[str, int], ...]
) -> None:
    assert load(PRIVATE_HOSTS_ALLOWED=text).private_hosts_allowed == pairs


@pytest.mark.parametrize("text", ["127.0.0.1", ":9101", "10.0.0.0/8:80", "store:80", "127.0.0.1:http", "a,127.0.0.1:1"])
def test_private_hosts_of_any_other_spelling_are_refused(load: Load, text: str) -> None:
    (line,) = complaint(load, PRIVATE_HOSTS_ALLOWED=text)
    assert "is not an address and port such as 127.0.0.1:9101" in line


def test_addresses_lose_their_last_slash(load: Load) -> None:
    assert load(PUBLIC_URL="https://bot.example/rushes/").public_url == "https://bot.example/rushes"


def test_the_database_is_in_the_data_directory_unless_it_is_named(load: Load) -> None:
    assert load(DATA_DIR="/srv/rushes").database == "sqlite:////srv/rushes/rushes.sqlite3"
    for named in ("sqlite:////srv/other.sqlite3", "sqlite+aiosqlite:////srv/other.sqlite3"):
        assert load(DATA_DIR="/srv/rushes", DATABASE_URL=named).database == named


def test_a_dotenv_file_is_read_and_the_environment_comes_first(
    load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("HTTP_PORT=9000\nQUOTA_DAILY_CREDITS=3\nSOMETHING_ELSE=1\n")
    load(HTTP_PORT="9001")
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert (settings.http_port, settings.quota_daily_credits) == (9001, 3)


def test_settings_cannot_be_changed_later(load: Load) -> None:
    settings: Any = load()
    with pytest.raises(ValidationError):
        settings.http_port = 1
