"""The settings: which are wrong, which names are mistyped, and what can be read of the rest.

What a value means is decided in bot.settings.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Self

from pydantic import SecretStr, ValidationError, model_validator
from pydantic_settings import DotEnvSettingsSource

from bot.doctor.report import Finding, error, fine, warning
from bot.settings import UNREADABLE, Settings, explain

NAME = "settings"
KNOWN = tuple(field.upper() for field in Settings.model_fields)
_NEAR, _VERY_NEAR = 0.7, 0.85
_OTHERS = "_PROXY"
"""How names end that look like ours and are everybody's."""
_CORRECT = "Correct the line in .env, or the variable; .env.example says what each is for."


class _Tolerant(Settings):
    """The settings whose values need not agree with each other."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        return self


@dataclass(frozen=True, slots=True)
class Reading:
    """The settings as far as they can be read: whatever is `wrong`, with a line for each variable, has its default.

    A token that is wrong has a stand-in: see `wrong` before using it. `mistyped` has names that mean nothing here,
    with those that were meant.
    """

    settings: Settings
    wrong: Mapping[str, str]
    mistyped: Mapping[str, str]

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may not be shown to anybody."""
        fields = (field for field in Settings.model_fields if field.upper() not in self.wrong)
        values = (getattr(self.settings, field) for field in fields)
        return tuple(value.get_secret_value().strip() for value in values if isinstance(value, SecretStr))


def read(**overrides: Any) -> Reading:
    """Read the environment and `.env`, whatever is in them."""
    wrong: dict[str, str] = {}
    try:
        file = overrides.get("_env_file", Settings.model_config.get("env_file"))
        stated = dict(DotEnvSettingsSource(Settings, env_file=file).env_vars)
    except (OSError, UnicodeDecodeError):
        wrong[".env"], stated = UNREADABLE, {}
        overrides["_env_file"] = None
    for _ in range(2):  # whether values agree is only said where each of them can be read
        found = _wrong(overrides)
        overrides |= {name.lower(): _instead(name) for name in found if name in KNOWN}
        wrong |= {name: line for name, line in found.items() if not any(known in line for known in wrong)}
        if not any(name in KNOWN for name in found):
            break
    mistyped = _mistyped(stated, _NEAR) | _mistyped(os.environ, _VERY_NEAR)
    return Reading(_Tolerant(**overrides), wrong, mistyped)


def _wrong(overrides: Mapping[str, Any]) -> dict[str, str]:
    try:
        Settings(**overrides)
    except ValidationError as failure:
        lines = {".".join(map(str, item["loc"])).upper(): explain(item) for item in failure.errors()}
        return {name or line: line for name, line in lines.items()}
    return {}


def _instead(name: str) -> Any:
    field = Settings.model_fields[name.lower()]
    return SecretStr("missing") if field.is_required() else field.get_default()


def _mistyped(stated: Iterable[str], nearness: float) -> dict[str, str]:
    unknown = {name.upper() for name in stated if not name.upper().endswith(_OTHERS)} - set(KNOWN)
    near = {name: get_close_matches(name, KNOWN, 1, nearness) for name in sorted(unknown)}
    return {name: meant[0] for name, meant in near.items() if meant}


def look(reading: Reading) -> list[Finding]:
    """A finding for each variable that is wrong or mistyped, or one for all."""
    found = [error(NAME, line, _advice(name)) for name, line in reading.wrong.items()]
    found += [
        warning(NAME, f"{name} is no setting: did you mean {meant}?", f"Write {meant}, or take the line away.")
        for name, meant in reading.mistyped.items()
    ]
    return found or [fine(NAME, "no value is wrong, and no name is mistyped")]


def _advice(name: str) -> str:
    return "Until then nothing can be asked of Discord. " + TOKEN_WAY if name == "DISCORD_TOKEN" else _CORRECT


PORTAL = "https://discord.com/developers/applications"
TOKEN_WAY = f"Open {PORTAL}, choose the application, then Bot, Reset Token, Copy, and put it into DISCORD_TOKEN."
