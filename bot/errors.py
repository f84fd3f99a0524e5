"""One exception tree, split by what to do about it.

    RushesError
    ├── Refused                the person can change something and try again; nothing was spent
    │   ├── ImageRefused       ... and it is about one of the pictures
    │   └── StateUnreadable    ... once the bot runs that can read what it is about
    ├── ProviderError          a provider did not do what it was asked
    │   ├── RequestRejected    tell the user: asking again with the same words will not help
    │   ├── ProviderBusy       wait and retry: the task was certainly not started
    │   │   └── HeldBack       ... nor was it asked for: the provider has said how long it wants to be left alone
    │   ├── AccountProblem     tell the owner: key, balance or plan
    │   └── OutcomeUnknown     the task may or may not have been started
    ├── ClipError              the finished file could not be had this time
    │   ├── LinkExpired        ask again for minutes, each time with a fresh link
    │   ├── DownloadFailed     ask again for as long as the link may live
    │   └── ClipUnusable       what came is not a video that plays: ask once more
    │       ├── ClipBroken     ... but a page, nothing, or a part of one: ask again for minutes
    │       └── LinkRefused    the link leads where this bot does not go
    ├── MediaFailed            nothing could be made from a clip: go on without it, or with the clip as it is
    │   └── CannotFit          no way to bring a clip under a limit: post a link instead
    ├── DeliveryError          Discord did not take the message
    │   ├── DeliveryPostponed  try again later
    │   ├── DestinationGone    never try this channel again
    │   │   └── MessageGone    ... with this message: it is gone, or refused for good; the channel lives
    │   └── UploadTooLarge     post a link instead
    ├── StaleJob               somebody else moved the job on first
    │   └── JobGone            ... or has deleted it: there is nothing left to do
    ├── StorageFailed          the database did not take or give something: locked, full, gone
    └── ConfigurationError     the owner must change a setting before the bot can start

No text of these reaches a Discord user: cogs look a sentence up by `code`. Nothing here may hold a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class RushesError(Exception):
    """The root of everything Rushes raises on purpose."""


class Refused(RushesError):
    """A request that a person can put right; `facts` fill the sentence that `code` names."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class ImageRefused(Refused):
    """A picture that no provider would take."""


class StateUnreadable(Refused):
    """A row of something put together that this release cannot read: it is kept as it is; the fact "faults" is for the
    log."""


class ProviderError(RushesError):
    """A provider did not do what it was asked.

    `code` is a value of models.FailureCode; `detail` is the provider's own text, cut and for the log only; `found` is
    what a query had found out, by task id, before it was stopped.
    """

    def __init__(self, code: str, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.retry_after = retry_after
        self.found: Mapping[str, Any] = {}


class RequestRejected(ProviderError):
    """The provider will not make this clip: moderation, or input it does not accept."""


class ProviderBusy(ProviderError):
    """The provider certainly did not start the task; `retry_after` in seconds if it said so."""


class HeldBack(ProviderBusy):
    """Nothing was sent: the provider has asked to be left alone for another `retry_after` seconds."""


class AccountProblem(ProviderError):
    """The owner's key, balance or plan is at fault; no user can help it."""


class OutcomeUnknown(ProviderError):
    """The request may have reached the provider; its effect is not known."""


class ClipError(RushesError):
    """The finished file could not be had this time.

    `reason` is a value of models.LinkReason where people may be given the link in place of the clip; None where nobody
    should be sent there: an error page, a dead link, a private address.
    """

    def __init__(self, detail: str = "", *, reason: str | None = None) -> None:
        super().__init__(detail)
        self.reason = reason


class LinkExpired(ClipError):
    """The provider's link answers 401, 403, 404 or 410."""


class DownloadFailed(ClipError):
    """The network, the far server or our own disk failed; the same link may work later.

    `retry_after` in seconds if the server said so.
    """

    def __init__(self, detail: str = "", *, reason: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(detail, reason=reason)
        self.retry_after = retry_after


class ClipUnusable(ClipError):
    """The bytes are not an MP4 with a movie in it, or pass the byte cap."""


class ClipBroken(ClipUnusable):
    """A page, nothing at all, a part of a file, or one in a packing that cannot be undone: it may come right."""


class LinkRefused(ClipUnusable):
    """The link is no web address, carries a user name, or leads into a network that only we are in."""


class MediaFailed(RushesError):
    """FFmpeg is not there, refused the file, failed or took too long; the text is for the log."""


class CannotFit(MediaFailed):
    """A clip is too long for the limit in bytes, or no way of encoding it stayed below."""


class DeliveryError(RushesError):
    """Discord did not take the message."""


class DeliveryPostponed(DeliveryError):
    """Discord or the connection to it is unwell; `retry_after` in seconds if known."""

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class DestinationGone(DeliveryError):
    """The channel is deleted, or the bot may not speak there any more; `code` is Discord's, where it said one."""

    def __init__(self, detail: str = "", *, code: int = 0) -> None:
        super().__init__(detail)
        self.code = code


class MessageGone(DestinationGone):
    """One message was deleted, or Discord refuses it for good; others can still be posted in its channel."""


class UploadTooLarge(DeliveryError):
    """Discord refused the file for its size (HTTP 413 or code 40005)."""


class StaleJob(RushesError):
    """Compare-and-set lost: the stored job has moved on since it was read."""


class JobGone(StaleJob):
    """There is no such row any more: whoever asked for it was erased, or it was too old."""


class NotItsTurn(RushesError):
    """A step was due and could not begin; what was counted against it stays, and somebody else makes it due again."""


class StorageFailed(RushesError):
    """The database did not answer, or not with what was asked; nothing of that transaction was written."""


class ConfigurationError(RushesError):
    """A setting is missing or contradicts another; the message says which and what to do."""
