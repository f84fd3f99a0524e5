"""What can be refused by looking at the request alone. Pure; what a provider lacks is in bot.providers.routing."""

from __future__ import annotations

from bot.errors import Refused
from bot.models import Resolution

PROMPT_LIMIT = 2000
"""Characters; Apiframe's published specification and MiniMax's own say 2000."""


def clean_prompt(prompt: str) -> str:
    """The prompt as it will be sent: outer blanks and control characters gone."""
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in prompt).strip()


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
