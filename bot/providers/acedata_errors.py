"""AceData's error codes: what an error reply, or the error of a finished task, means in our terms.

Pure. Codes are those of the published spec (AceDataCloud/SDK and /Docs) and the FAQ; the words of the model's maker
are read in minimax.py.
"""

from __future__ import annotations

from bot.errors import AccountProblem, OutcomeUnknown, ProviderBusy, ProviderError, RequestRejected
from bot.models import FailureCode
from bot.providers.fields import clean_text
from bot.providers.minimax import read_failure

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


def parse_error(status: int, body: object, retry_after: float | None, *, effect: bool = True) -> ProviderError:
    """The exception for a refused request, by `error.code` where it is documented, else by the status.

    `effect` is false for queries, which may be repeated whatever went wrong.
    """
    code, message = error_of(body)
    detail = clean_text(f"{status} {code} {message}")
    undocumented = code not in ACCOUNT_CODES | BUSY_CODES | {*_REJECTIONS, "timeout"}
    if code in ACCOUNT_CODES or (undocumented and status in {401, 402, 403, 404}):
        return AccountProblem(FailureCode.PROVIDER_ACCOUNT, detail, retry_after=retry_after)
    if code in BUSY_CODES or (undocumented and status == 429) or not effect:
        return ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, detail, retry_after=retry_after)
    if code in _REJECTIONS or (undocumented and 400 <= status < 500 and status != 408):
        failure = _REJECTIONS.get(code, FailureCode.INVALID_REQUEST)
        if failure is FailureCode.INVALID_REQUEST:
            failure = _input_failure(message)
        return RequestRejected(failure, detail)
    return OutcomeUnknown(FailureCode.OUTCOME_UNKNOWN, detail, retry_after=retry_after)


def failure_of(code: str, message: str) -> FailureCode:
    """Why a task failed: the code where it says something, else the words."""
    if code in ACCOUNT_CODES:
        return FailureCode.PROVIDER_ACCOUNT
    if code == "forbidden":  # moderation (FAQ)
        return FailureCode.MODERATION
    if code in BUSY_CODES:
        return FailureCode.PROVIDER_UNAVAILABLE
    default = FailureCode.INVALID_REQUEST if code == "bad_request" else FailureCode.PROVIDER_FAILED
    return read_failure(message) or default


def _input_failure(message: str) -> FailureCode:
    read = read_failure(message)
    return read if read in {FailureCode.MODERATION, FailureCode.IMAGE_REJECTED} else FailureCode.INVALID_REQUEST


def error_of(body: object) -> tuple[str, str]:
    """The code, in lower case, and the message of an error reply; empty where there is none."""
    if not isinstance(body, dict):
        return "", clean_text(body)
    return code_and_message(body.get("error"))


def code_and_message(error: object) -> tuple[str, str]:
    """The same of the `error` value itself."""
    if not isinstance(error, dict):
        return "", clean_text(error)
    return clean_text(error.get("code")).lower(), clean_text(error.get("message"))
