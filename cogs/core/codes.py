"""Discord's JSON error codes: what each means to a message of ours. docs/discord.md is made of this table.

Source: discord-api-docs, topics/opcodes-and-status-codes (2026-08). Only what Discord says in JSON with one of these
codes counts for good; everything else, an edge's pages and texts above all, is tried again.
"""

from __future__ import annotations

from enum import StrEnum

import discord

from bot.client.rest import wait_of
from bot.errors import DeliveryPostponed, DestinationGone, MessageGone, UploadTooLarge
from bot.latest import Latest

LONGEST_WAIT_SECONDS = 3000.0
"""A wait that goes on is told again: bot.jobs.next_steps takes one of more than an hour for a wrong clock."""

FEW = 5
"""Times that a code nobody has judged is met by one message before it counts as refused for good."""

_LEAST_CODE = 10_000
_REMEMBERED = 1000
_TOO_LARGE = 413

THREAD_EXISTS = 160004
NO_REPLY = 160002
UNKNOWN_MESSAGE = 10008
ARCHIVED = 50083
TOO_MANY_THREADS = frozenset({160006, 160007})
GONE = frozenset({10003, 10004})
"""The channel, or the server, is no more."""
CLOSED_TO_US = frozenset({50001, 50013})
"""The place may be there, but this may not be seen or done by us."""


class Meaning(StrEnum):
    """What follows from a code."""

    PASSING = "wait and try again"
    PLACE = "the place is closed"
    MESSAGE = "this message is refused"
    SMALLER = "send less"
    ANSWER = "say no more"


_P, _L, _M, _S, _A = Meaning.PASSING, Meaning.PLACE, Meaning.MESSAGE, Meaning.SMALLER, Meaning.ANSWER

CODES: dict[int, tuple[Meaning, str]] = {
    10003: (_L, "Unknown channel"),
    10004: (_L, "Unknown guild"),
    10008: (_M, "Unknown message"),
    10013: (_L, "Unknown user"),
    10014: (_M, "Unknown emoji"),
    10015: (_A, "Unknown webhook"),
    10062: (_A, "Unknown interaction"),
    20009: (_M, "Explicit content cannot be sent to the desired recipient(s)"),
    20016: (_P, "This action cannot be performed due to slowmode rate limit"),
    20022: (_P, "This message cannot be edited due to announcement rate limits"),
    20028: (_P, "The write action you are performing on the channel has hit the write rate limit"),
    20029: (_P, "The write action you are performing on the server has hit the write rate limit"),
    20031: (_M, "Your (...) channel names contain words that are not allowed"),
    30003: (_M, "Maximum number of pins reached for the channel"),
    30010: (_M, "Maximum number of reactions reached"),
    30015: (_M, "Maximum number of attachments in a message reached"),
    30033: (_M, "Maximum number of thread participants has been reached"),
    30046: (_M, "Maximum number of edits to messages older than 1 hour reached"),
    40001: (_P, "Unauthorized. Provide a valid token and try again"),
    40002: (_P, "You need to verify your account in order to perform this action"),
    40003: (_P, "You are opening direct messages too fast"),
    40004: (_P, "Send messages has been temporarily disabled"),
    40005: (_S, "Request entity too large"),
    40006: (_P, "This feature has been temporarily disabled server-side"),
    40058: (_L, "Cannot send a message in a forum channel"),
    40060: (_A, "Interaction has already been acknowledged"),
    40062: (_P, "Service resource is being rate limited"),
    40067: (_L, "A tag is required to create a forum post in this channel"),
    40094: (_A, "This interaction has hit the maximum number of follow up messages"),
    40333: (_P, "Cloudflare is blocking your request"),
    50001: (_L, "Missing access"),
    50003: (_L, "Cannot execute action on a DM channel"),
    50005: (_M, "Cannot edit a message authored by another user"),
    50006: (_M, "Cannot send an empty message"),
    50007: (_L, "Cannot send messages to this user"),
    50008: (_L, "Cannot send messages in a non-text channel"),
    50009: (_L, "Channel verification level is too high for you to gain access"),
    50013: (_L, "You lack permissions to perform that action"),
    50014: (_P, "Invalid authentication token provided"),
    50019: (_M, "A message can only be pinned to the channel it was sent in"),
    50021: (_M, "Cannot execute action on a system message"),
    50024: (_L, "Cannot execute action on this channel type"),
    50027: (_A, "Invalid webhook token provided"),
    50033: (_L, "Invalid recipient(s)"),
    50035: (_M, "Invalid form body"),
    50045: (_S, "File uploaded exceeds the maximum size"),
    50046: (_M, "Invalid file uploaded"),
    50055: (_L, "Invalid guild"),
    50068: (_M, "Invalid message type"),
    50080: (_M, "Cannot edit stickers within a message"),
    50083: (_L, "Tried to perform an operation on an archived thread"),
    50095: (_L, "This server is not available in your location"),
    50101: (_M, "This server needs more boosts to perform this action"),
    50110: (_M, "The provided file is invalid"),
    50123: (_M, "The provided file type is invalid"),
    50278: (_L, "Cannot send messages to this user due to having no mutual guilds"),
    60003: (_M, "Two factor is required for this operation"),
    110000: (_P, "Index not yet available. Try again later"),
    110001: (_P, "Application not yet available. Try again later"),
    130000: (_P, "API resource is currently overloaded. Try again a little later"),
    160002: (_M, "Cannot reply without permission to read message history"),
    160004: (_M, "A thread has already been created for this message"),
    160005: (_L, "Thread is locked"),
    160006: (_M, "Maximum number of active threads reached"),
    160007: (_M, "Maximum number of active announcement threads reached"),
    200000: (_M, "Message was blocked by automatic moderation"),
    200001: (_M, "Title was blocked by automatic moderation"),
    240000: (_M, "Message blocked by harmful links filter"),
    400001: (_S, "Access to file uploads has been limited for this guild"),
}
"""Each with Discord's words for it; those that no message, edit, thread, pin or look of ours can meet are left out."""


class Doubts:
    """How often each message has met codes that nobody has judged; the latest messages are remembered."""

    def __init__(self) -> None:
        self._met: Latest[str, int] = Latest(_REMEMBERED)

    def again(self, about: str) -> bool:
        """Note that it was met once more; whether that is enough."""
        self._met[about] = count = self._met.get(about, 0) + 1
        return count >= FEW

    def over(self, about: str) -> None:
        """It was taken, or is given up."""
        self._met.pop(about, None)


def meaning_of(status: int, code: int) -> Meaning | None:
    """What an answer means; None for a code of Discord's that nobody has judged. Weather unless Discord says more."""
    if status == _TOO_LARGE:
        return Meaning.SMALLER
    if code < _LEAST_CODE or not 400 <= status < 500:
        return Meaning.PASSING
    return CODES[code][0] if code in CODES else None


def as_ours(
    error: discord.HTTPException, doubts: Doubts, about: str | None
) -> DeliveryPostponed | DestinationGone | UploadTooLarge:
    """An answer of Discord's as one of our errors; `about` names the message that it was given to."""
    code = error.code if isinstance(error.code, int) else 0  # an edge's own JSON may have a text there
    said, meaning = f"{error.status}, code {code}", meaning_of(error.status, code)
    if meaning is None and about is not None and doubts.again(about):
        meaning = Meaning.MESSAGE
    if meaning is None or meaning is Meaning.PASSING:
        return DeliveryPostponed(said, retry_after=bounded(wait_of(error)))
    if meaning is Meaning.SMALLER:
        return UploadTooLarge(said)
    gone = DestinationGone if meaning is Meaning.PLACE else MessageGone
    return gone(said, code=code)


def bounded(seconds: float | None) -> float | None:
    """A wait as our own schedules take it."""
    return None if seconds is None else min(seconds, LONGEST_WAIT_SECONDS)
