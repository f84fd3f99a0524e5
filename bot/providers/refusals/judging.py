"""Who sent a refusal, and what it means where no documented code says so. Pure; no vendor's shape is known here.

Between the bot and a provider stand edges: CDNs, firewalls, load balancers. Their pages carry statuses that look like
the provider's. Only the provider's own JSON says anything about a key, an address or a task; what an edge says is
taken for a passing trouble.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import AccountProblem, OutcomeUnknown, ProviderBusy, ProviderError, RequestRejected
from bot.models import FailureCode
from bot.providers.refusals.complaints import Complaint
from bot.providers.refusals.minimax import CODES, codes_in, read_failure
from bot.providers.refusals.phrases import speaks_of_balance, speaks_of_key

ACCOUNT_STATUSES = frozenset({401, 402, 403, 404})

# 408 and 499: somebody in between had heard enough. 409: a first request did arrive.
_MAY_HAVE_STARTED = frozenset({408, 409, 499})
_INPUT = frozenset({FailureCode.MODERATION, FailureCode.IMAGE_REJECTED})


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that refuses: `own` says whether it has the provider's documented shape, `effect` whether the request
    may have started something."""

    status: int
    body: object
    complaint: Complaint
    own: bool
    effect: bool
    retry_after: float | None
    detail: str

    @property
    def in_json(self) -> bool:
        """Whether it came as JSON, in whatever shape; a text is a page, and `null` is no page of any edge."""
        return self.body is None or isinstance(self.body, dict | list)

    @property
    def failure(self) -> FailureCode | None:
        """What its codes and words speak of; nothing where it is a page."""
        return (
            None if isinstance(self.body, str) and self.body.lstrip().startswith("<") else read_failure(self.complaint)
        )

    @property
    def about_input(self) -> FailureCode | None:
        """The failure, where it is one of the prompt's or the picture's."""
        return self.failure if self.failure in _INPUT else None

    def as_account(self) -> ProviderError:
        """The owner's business."""
        return AccountProblem(FailureCode.PROVIDER_ACCOUNT, self.detail, retry_after=self.retry_after)

    def as_busy(self) -> ProviderError:
        """Certainly not started; so is what an edge turns away itself."""
        return ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, self.detail, retry_after=self.retry_after)

    def as_open(self) -> ProviderError:
        """It may have been started, unless it was a request that starts nothing."""
        if not self.effect:
            return self.as_busy()
        return OutcomeUnknown(FailureCode.OUTCOME_UNKNOWN, self.detail, retry_after=self.retry_after)

    def as_rejected(self, failure: FailureCode) -> ProviderError:
        """The requester's business."""
        return RequestRejected(failure, self.detail)


def money_is_gone(refusal: Refusal) -> bool:
    """Whether the answer says that the account is without money: in JSON, since no edge speaks of that.

    Beside a 429 or an outage only plain words count, and there only the provider's own.
    """
    if not refusal.in_json:
        return False
    words = refusal.complaint.words
    if refusal.status == 429 or refusal.status >= 500:
        numbers = refusal.complaint.codes | codes_in(words)
        named = any(CODES.get(number) is FailureCode.PROVIDER_ACCOUNT for number in numbers)
        return refusal.own and (named or speaks_of_balance(words, plainly=True))
    return refusal.failure is FailureCode.PROVIDER_ACCOUNT


def judged(refusal: Refusal) -> ProviderError:
    """The exception for a refusal that no documented code explains, by its status, whose word it is, and its words."""
    status = refusal.status
    if money_is_gone(refusal):
        return refusal.as_account()
    if status in ACCOUNT_STATUSES:
        return _judged_account(refusal)
    if status in {425, 429}:
        return refusal.as_busy()
    if 300 <= status < 500 and status not in _MAY_HAVE_STARTED:
        if refusal.about_input is not None or refusal.in_json:
            return refusal.as_rejected(refusal.about_input or FailureCode.INVALID_REQUEST)
        return refusal.as_busy()
    if status < 300 and refusal.own and refusal.about_input is not None:
        return refusal.as_rejected(refusal.about_input)
    return refusal.as_open()


def _judged_account(refusal: Refusal) -> ProviderError:
    words = refusal.complaint.words
    moderated = refusal.status in {403, 404} and refusal.failure is FailureCode.MODERATION
    if moderated and not speaks_of_key(words, plainly=not refusal.own):
        return refusal.as_rejected(FailureCode.MODERATION)
    if refusal.own or (refusal.in_json and speaks_of_key(words, plainly=True)):
        return refusal.as_account()
    return refusal.as_busy()
