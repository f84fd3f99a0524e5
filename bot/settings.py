"""Settings: the only reader of the environment.

Names and defaults are a contract with whoever deploys the bot; `.env.example` repeats them and a test keeps the
two in step. Secrets are SecretStr, so that a printed Settings shows stars.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import ConfigurationError

HostPort = tuple[str, int]
"""A literal address and a port, e.g. ("127.0.0.1", 9101)."""


class Settings(BaseSettings):
    """Everything an owner can set, one field per variable, in the order of `.env.example`."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    discord_token: SecretStr
    discord_api_url: str = "https://discord.com/api/v10"
    database_url: str | None = None
    data_dir: Path = Path("./data")
    apiframe_api_key: SecretStr | None = None
    apiframe_api_url: str = "https://api.apiframe.ai"
    acedata_api_token: SecretStr | None = None
    acedata_api_url: str = "https://api.acedata.cloud"
    apiframe_concurrency: int = Field(10, ge=1, le=1000)
    acedata_concurrency: int = Field(5, ge=1, le=1000)
    poll_min_seconds: float = Field(5.0, gt=0, le=3600)
    poll_max_seconds: float = Field(15.0, gt=0, le=3600)
    poll_lateness_seconds: float = Field(4.0, gt=0, le=3600)
    job_timeout_seconds: float = Field(1200.0, gt=0, le=86_400)
    quota_daily_credits: int = Field(10, ge=0, le=1_000_000)
    pending_per_member: int = Field(10, ge=1, le=1_000_000)
    spend_daily_credits: int | None = Field(None, ge=0, le=1_000_000_000)
    spend_monthly_credits: int | None = Field(None, ge=0, le=1_000_000_000)
    low_balance_clips: int = Field(20, ge=0, le=1_000_000)
    keep_prompts_days: int = Field(365, ge=30, le=36_500)
    guilds_allowed: Annotated[tuple[int, ...], NoDecode] = ()
    public_url: str | None = None
    http_host: str = "127.0.0.1"
    http_port: int = Field(8080, ge=0, le=65535)
    private_hosts_allowed: Annotated[tuple[HostPort, ...], NoDecode] = ()
    ffmpeg_path: Path | None = None
    log_format: Literal["text", "json"] = "text"

    @field_validator("discord_api_url", "apiframe_api_url", "acedata_api_url", "public_url")
    @classmethod
    def _is_http_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or not _has_sane_port(value):
            raise ValueError("must be an http:// or https:// address")
        return value.rstrip("/")

    @field_validator("discord_token", "apiframe_api_key", "acedata_api_token")
    @classmethod
    def _is_not_blank(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().strip():
            raise ValueError("is blank")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_sqlite(cls, value: str | None) -> str | None:
        # The second spelling is what earlier versions asked for.
        if value is not None and not value.startswith(("sqlite:///", "sqlite+aiosqlite:///")):
            raise ValueError("must begin with sqlite:/// (leave it out for a file in DATA_DIR)")
        return value

    @field_validator("private_hosts_allowed", mode="before")
    @classmethod
    def _split_hosts(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(_host_port(part.strip()) for part in value.split(",") if part.strip())

    @field_validator("guilds_allowed", mode="before")
    @classmethod
    def _split_ids(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(_server_id(part.strip()) for part in value.split(",") if part.strip())

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.poll_min_seconds > self.poll_max_seconds:
            raise ValueError("POLL_MIN_SECONDS must not be larger than POLL_MAX_SECONDS")
        if self.job_timeout_seconds <= self.poll_max_seconds:
            raise ValueError("JOB_TIMEOUT_SECONDS must be larger than POLL_MAX_SECONDS")
        if self.apiframe_api_key is None and self.acedata_api_token is None:
            raise ValueError("set APIFRAME_API_KEY or ACEDATA_API_TOKEN (or both): without a key no clip can be made")
        return self

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir / 'rushes.sqlite3'}"


def _has_sane_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _server_id(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 15 <= len(text) <= 20):
        raise ValueError(f"{text!r} is not the id of a server: a number of 17 to 20 digits, separated by commas")
    return int(text)


def _host_port(text: str) -> HostPort:
    host, _, port = text.rpartition(":")
    host = "127.0.0.1" if host == "localhost" else host.strip("[]")
    try:
        if not 0 < int(port) <= 65535:
            raise ValueError("no such port")
        return str(ip_address(host)), int(port)
    except ValueError:
        raise ValueError(f"{text!r} is not an address and port such as 127.0.0.1:9101") from None


def load_settings(**overrides: Any) -> Settings:
    """Read the environment and `.env`; raise ConfigurationError with one clear line per wrong variable."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise ConfigurationError("\n".join(explain(item) for item in error.errors())) from None
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(UNREADABLE) from None


UNREADABLE = ".env cannot be read: it must be UTF-8 text, and the bot's user must be allowed to read it."
_WORDS: Mapping[str, str] = {
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be {ge:g} or more",
    "less_than_equal": "must be {le:g} or less",
}
"""Where pydantic's own words are not those of whoever writes a `.env`."""


def explain(item: Any) -> str:
    """One clear line for one of the `errors()` of a ValidationError; never with the value."""
    name = ".".join(str(part) for part in item["loc"]).upper()
    if item["type"] == "missing":
        return f"{name} is missing: set it in the environment or in .env (see .env.example)."
    words = _WORDS.get(item["type"])
    text = str(item["msg"]).removeprefix("Value error, ") if words is None else words.format(**item.get("ctx", {}))
    return f"{name}: {text}." if name else f"{text}."
