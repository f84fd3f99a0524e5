"""Usage as a file for spreadsheets: RFC 4180, UTF-8 with a byte order mark, and no cell that a program would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from bot.moderation.usage import UsageRow, amount

HEAD = (
    *("day", "member_id", "member", "channel_id", "channel", "provider", "model"),
    *("asked", "delivered", "failed", "credits", "cost", "clips_with_known_cost"),
)
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a formula begins with, wide ones too, https://owasp.org/www-community/attacks/CSV_Injection"""


def build_csv(rows: Iterable[UsageRow], members: Mapping[int, str], channels: Mapping[int, str]) -> bytes:
    """The rows with the names that are known; `cost` is empty where the provider has told none."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEAD)
    for row in rows:
        writer.writerow(
            (
                *(row.day, row.user_id, inert(members.get(row.user_id, ""))),
                *(row.channel_id, inert(channels.get(row.channel_id, ""))),
                *(row.provider, row.model, row.asked, row.delivered, row.failed, row.credits),
                *(amount(row.cost) if row.costed else "", row.costed),
            )
        )
    return text.getvalue().encode("utf-8-sig")


def inert(name: str) -> str:
    """A name that no program takes for a formula."""
    return f"'{name}" if name.lstrip(" ").startswith(_STARTS) else name
