"""PriceTable: what a clip costs, by provider, model and options. The figures are in prices.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bot.models import Resolution, VideoRequest

_FILE = Path(__file__).with_name("prices.toml")
_USUAL_SECONDS = 6


class Price(BaseModel):
    """Credits that are held for a clip, and what its provider takes in units of its own, where that is known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    credits: int = Field(ge=1, le=10_000)
    units: float | None = Field(None, gt=0)


@dataclass(frozen=True, slots=True)
class Model:
    """One model of a provider; prices by "resolution/seconds"."""

    provider: str
    name: str
    unit: str
    prices: Mapping[str, Price]


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Every model that has a price."""

    models: tuple[Model, ...]

    def price(self, request: VideoRequest, provider: str | None = None) -> int:
        """Credits that a request costs at a provider; the most that any takes where that is yet to be chosen."""
        line = _line(request)
        return max(
            (model.prices[line].credits for model in self._of(provider) if line in model.prices),
            default=max(price.credits for model in self.models for price in model.prices.values()),
        )

    def units(self, request: VideoRequest, provider: str) -> float | None:
        """What a clip costs the owner, in the provider's units; None where nobody has said."""
        found = (model.prices[_line(request)] for model in self._of(provider) if _line(request) in model.prices)
        return next((price.units for price in found), None)

    def cheapest(self, provider: str) -> float | None:
        """The least that any clip costs the owner there, in the provider's units; None where nobody has said."""
        units = (price.units for model in self._of(provider) for price in model.prices.values())
        return min((each for each in units if each is not None), default=None)

    def unit(self, provider: str) -> str:
        """What a provider counts in."""
        return next((model.unit for model in self._of(provider)), "")

    def lines(self) -> list[tuple[Resolution, int, int]]:
        """(resolution, seconds, credits) of every line, the cheapest first; the dearest where providers differ."""
        found: dict[str, int] = {}
        for model in self.models:
            for line, price in model.prices.items():
                found[line] = max(price.credits, found.get(line, 0))
        parts = ((line.split("/"), credits_) for line, credits_ in found.items())
        return sorted(
            ((Resolution(resolution), int(seconds), credits_) for (resolution, seconds), credits_ in parts),
            key=lambda one: (one[2], list(Resolution).index(one[0]), one[1]),
        )

    def _of(self, provider: str | None) -> list[Model]:
        return [model for model in self.models if provider in {None, model.provider}]


def _line(request: VideoRequest) -> str:
    return f"{request.resolution or Resolution.P768}/{request.duration_seconds or _USUAL_SECONDS}"


def read_prices(written: str) -> PriceTable:
    """The table as TOML; ValueError for what is none. A provider that is not there costs what the dearest does."""
    return PriceTable(
        tuple(
            _model(provider, name, dict(lines))
            for provider, models in tomllib.loads(written).items()
            for name, lines in models.items()
        )
    )


def _model(provider: str, name: str, lines: dict[str, Any]) -> Model:
    unit = str(lines.pop("unit"))
    return Model(provider, name, unit, {line: Price.model_validate(price) for line, price in lines.items()})


@cache
def price_table() -> PriceTable:
    """The table that is shipped."""
    return read_prices(_FILE.read_text())
