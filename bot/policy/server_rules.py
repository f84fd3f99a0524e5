"""ServerRules: what the moderators of a server have decided, as it is written down and read again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import Refused
from bot.storage.money.situation import RulesRow

MOST_CREDITS = 10_000
"""A day for a member."""
MOST_BUDGET = 1_000_000
MOST_WORDS, MOST_PATTERNS, LONGEST_WORD, LONGEST_PATTERN = 500, 50, 60, 200

Credits = Annotated[int, Field(ge=0, le=MOST_CREDITS)]
Budget = Annotated[int, Field(ge=0, le=MOST_BUDGET)]


class ServerRules(BaseModel):
    """None, or nothing in a list, is no rule. A deleted role or channel in it does no harm: nobody has it.

    `makers` are the roles that may ask, `channels` where, each with its threads. `role_credits` are daily allowances by
    role. `pending` and `per_minute` are clips on the way and requests a minute for each member, `free_per_hour` boards
    and reels. `strikes` is how many clips a provider's filter may stop within a day before a member has to wait.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    makers: tuple[int, ...] = ()
    channels: tuple[int, ...] = ()
    role_credits: Mapping[int, Credits] = Field(default_factory=dict)
    daily_budget: Budget | None = None
    monthly_budget: Budget | None = None
    pending: Annotated[int, Field(ge=1, le=1000)] | None = None
    per_minute: Annotated[int, Field(ge=1, le=200)] | None = None
    free_per_hour: Annotated[int, Field(ge=0, le=1000)] | None = None
    words: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    strikes: Annotated[int, Field(ge=1, le=100)] | None = None
    age_restricted_only: bool = False
    spoilers: bool = False
    log_channel: int | None = None

    def but(self, **changes: Any) -> ServerRules:
        """The same with something changed, judged anew. ValidationError where that is out of bounds."""
        return ServerRules.model_validate(self.model_dump() | changes)


NO_RULES = ServerRules()


def read_rules(row: RulesRow | None) -> ServerRules:
    """The rules of a row, none where there is no row; Refused for what a newer version wrote, which is not guessed."""
    if row is None:
        return NO_RULES
    try:
        return ServerRules.model_validate_json(row.document)
    except ValidationError:
        raise Refused("rules_unreadable") from None


def write_rules(rules: ServerRules) -> str:
    """What is written into the row."""
    return rules.model_dump_json(exclude_defaults=True) if rules != NO_RULES else "{}"
