"""Figures that other benchmarks measure by themselves; None for one that is not there."""

from __future__ import annotations

import asyncio
import importlib
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any


async def polling() -> Sequence[Mapping[str, Any]] | None:
    """Cases of `benchmarks.polling`: cv, case, calls_ratio, late_s."""
    found = await _measured("benchmarks.polling")
    return None if found is None else [_as_mapping(case) for case in found]


async def million() -> float | None:
    """The slowest hot query of `benchmarks.million`, in milliseconds."""
    found = await _measured("benchmarks.million")
    if found is None or isinstance(found, int | float):
        return found
    return max(value for value in _as_mapping(found).values() if isinstance(value, int | float))


async def _measured(module: str) -> Any:
    try:
        measure = getattr(importlib.import_module(module), "measure", None)
    except ModuleNotFoundError:
        return None
    if measure is None:
        return None
    found = await asyncio.to_thread(measure)
    return await found if inspect.isawaitable(found) else found


def _as_mapping(value: Any) -> Mapping[str, Any]:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return dict(value)
