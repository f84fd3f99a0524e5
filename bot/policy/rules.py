"""What can be refused by looking at the request alone. Pure; what a provider lacks is in bot.providers.routing."""

from __future__ import annotations

import unicodedata

from bot.errors import Refused
from bot.models import Resolution
from bot.text.letters import can_be_seen, is_text, without_stray_tags

_TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}

PROMPT_LIMIT = 2000
"""Characters; Apiframe's published specification and MiniMax's own say 2000."""


def clean_prompt(prompt: str) -> str:
    """The prompt as it will be sent: without control and direction characters, empty if nothing of it can be seen.

    Joiners stay: words in Persian and many emoji are made with them. So do emoji that are newer than this Python.
    """
    kept = without_stray_tags("".join(letter if _can_be_sent(letter) else " " for letter in prompt)).strip()
    return kept if any(map(can_be_seen, kept)) else ""


def _can_be_sent(letter: str) -> bool:
    return letter == "\n" or (is_text(letter) and unicodedata.bidirectional(letter) not in _TURNING)


def check_options(
    prompt: str,
    *,
    resolution: Resolution | None,
    duration_seconds: int | None,
    has_first_frame: bool,
    has_last_frame: bool,
) -> None:
    """Raise Refused for what neither provider would take, whatever is enabled."""
    if not prompt:
        raise Refused("prompt_empty")
    if len(prompt) > PROMPT_LIMIT:
        raise Refused("prompt_too_long", length=len(prompt), limit=PROMPT_LIMIT)
    if resolution is Resolution.P1080 and duration_seconds is not None and duration_seconds > 6:
        raise Refused("no_ten_seconds_at_1080p")
    if has_last_frame and not has_first_frame:
        raise Refused("end_image_needs_image")
