"""AceData's error codes: what an error reply, or the error of a finished task, means in our terms.

Pure. Codes are those of the published spec (AceDataCloud/SDK and /Docs) and the FAQ; the words of the model's maker
are read in minimax.py.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.errors import AccountProblem, ProviderError
from bot.models import FailureCode
from bot.providers.reading.fields import clean_text
from bot.providers.refusals.complaints import Complaint, complaint_of, unpacked
from bot.providers.refusals.judging import Refusal, judged, money_is_gone
from bot.providers.refusals.minimax import read_failure
from bot.providers.refusals.phrases import speaks_of_key

# The same code comes with several statuses (token_mismatched: 400 and 401).
TOKEN_CODES = frozenset({"used_up", "no_token", "invalid_token", "token_expired", "token_mismatched", "disabled"})
ACCOUNT_CODES = TOKEN_CODES | {"no_api", "api_not_implemented"}
BUSY_CODES = frozenset({"too_many_requests", "rate_limited", "unavailable"})
_REJECTIONS = {
    "forbidden": FailureCode.MODERATION,
    "bad_request": FailureCode.INVALID_REQUEST,
    # An explicit refusal that names no task. Not billed (FAQ), and not repeated all the same.
    "api_error": FailureCode.PROVIDER_FAILED,
}
DOCUMENTED = ACCOUNT_CODES | BUSY_CODES | {*_REJECTIONS, "timeout"}


def parse_error(
    status: int, body: object, retry_after: float | None, *, effect: bool = True, prompts: Iterable[str] = ()
) -> ProviderError:
    """The exception for a refused request, by `error.code` where it is documented, else by status and words.

    `effect` is false for queries, which may be repeated whatever went wrong.
    """
    code, message = error_of(body)
    complaint = complaint_of(body, prompts)
    own = is_own(body) or (status < 300 and isinstance(body, dict))
    detail = clean_text(f"{status} {code} {message or complaint.words}")
    refusal = Refusal(status, body, complaint, own, effect, retry_after, detail)
    documented = own and code in DOCUMENTED
    if (documented and code in ACCOUNT_CODES) or money_is_gone(refusal):
        return refusal.as_account()
    if not effect:
        error = judged(refusal)
        return error if isinstance(error, AccountProblem) and not documented else refusal.as_busy()
    if own and status == 409:  # without a key of ours to clash with, it is one more way to refuse
        return refusal.as_rejected(refusal.about_input or FailureCode.INVALID_REQUEST)
    if not documented:
        return judged(refusal)
    if code in BUSY_CODES:
        return refusal.as_busy()
    return _refused(code, refusal) if code in _REJECTIONS else refusal.as_open()


def _refused(code: str, refusal: Refusal) -> ProviderError:
    """An explicit refusal; its words say more than the code, but for moderation that has a code of its own."""
    if code == "forbidden" and speaks_of_key(refusal.complaint.words):
        return refusal.as_account()
    failure = _REJECTIONS[code]
    telling = refusal.failure in {FailureCode.MODERATION, FailureCode.IMAGE_REJECTED}
    if telling and refusal.failure is not None and failure is not FailureCode.MODERATION:
        failure = refusal.failure
    return refusal.as_rejected(failure)


def failure_of(code: str, complaint: Complaint) -> FailureCode:
    """Why a task failed: the code where it says something, else the words."""
    if code in ACCOUNT_CODES:
        return FailureCode.PROVIDER_ACCOUNT
    read = read_failure(complaint)
    if code == "forbidden" and read is not FailureCode.PROVIDER_ACCOUNT:  # moderation (FAQ)
        return FailureCode.MODERATION
    if code in BUSY_CODES and read is not FailureCode.PROVIDER_ACCOUNT:
        return FailureCode.PROVIDER_UNAVAILABLE
    default = FailureCode.INVALID_REQUEST if code == "bad_request" else FailureCode.PROVIDER_FAILED
    return read or default


def is_own(body: object) -> bool:
    """Whether an error reply is AceData's: `{"error": {"code", "message"}, "trace_id"}`.

    Other gateways have an object of that form too, so one without a trace must at least have a code that is documented.
    """
    error = body.get("error") if isinstance(body, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    if not isinstance(body, dict) or not isinstance(code, str) or not code.strip():
        return False
    return code.strip() in DOCUMENTED or isinstance(body.get("trace_id"), str)


def error_of(body: object) -> tuple[str, str]:
    """The code, in lower case, and the message of an error reply; empty where there is none."""
    if not isinstance(body, dict):
        return "", clean_text(body)
    return code_and_message(body.get("error"))


def code_and_message(error: object) -> tuple[str, str]:
    """The same of the `error` value itself."""
    error = unpacked(error)
    if not isinstance(error, dict):
        return "", clean_text(error)
    return clean_text(error.get("code")).lower(), clean_text(error.get("message"))
