"""Every error the two providers document, ready to be played. Data only; how a fault works is in faults.

Texts in quotation marks on the providers' pages are copied; the few that are only described there are marked.
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.providers.faults import Ending, Fault, Outcome, Route

TRACE_ID = "2efa9340-b21b-4e26-9e14-4aac95f343ab"


def _failing(text: str, code: str = "api_error", state: str = "") -> Fault:
    return Fault(outcome=Outcome(Ending.FAILED, text=text, code=code, state=state))


def _apiframe(status: int, text: str, route: Route = Route.SUBMIT, **more: object) -> Fault:
    return Fault(route=route, status=status, body={"error": text, **more})


# Sources: openapi.json of apiframe-ai/apiframe-nodejs-sdk @9f9b464, its README, apiframe.ai/docs.
APIFRAME_ERRORS: Mapping[str, Fault] = {
    # The envelope is documented, the wording of single messages is Zod's.
    "validation": _apiframe(
        400, "Validation failed", details={"hailuoParams.duration": ["Invalid input: expected 6 or 10"]}
    ),
    "key_missing": _apiframe(401, "API key is required"),
    "key_invalid": _apiframe(401, "Invalid API key"),
    "insufficient_credits": _apiframe(402, "Insufficient credits", creditsRequired=5, creditsAvailable=2),
    "key_inactive": _apiframe(403, "API key is inactive"),
    # The README describes these two without quoting them.
    "scope_missing": _apiframe(403, "API key lacks the required scope"),
    "modality_disabled": _apiframe(403, "Video generation is disabled for this team"),
    "job_not_found": _apiframe(404, "Job not found", Route.FETCH),
    "job_id_invalid": _apiframe(400, "Invalid job id", Route.FETCH),
    "idempotency_conflict": _apiframe(409, "Idempotency key was used with a different request"),
    "rate_limited": Fault(status=429, body={"error": "Rate limit exceeded"}, headers={"Retry-After": "2"}),
    "rate_limited_fetch": Fault(
        route=Route.FETCH, status=429, body={"error": "Rate limit exceeded"}, headers={"Retry-After": "2"}
    ),
    "unavailable": _apiframe(503, "Service temporarily unavailable"),
    # Documented for POST alone; an outage of the database will not spare GET.
    "unavailable_fetch": _apiframe(503, "Service temporarily unavailable", Route.FETCH),
    "no_capacity": _apiframe(503, "No available capacity"),
    "upload_invalid": _apiframe(400, "Unsupported file type", Route.UPLOAD),
    "upload_failed": _apiframe(502, "Upstream CDN upload failed", Route.UPLOAD),
    "job_failed_moderation": _failing("Provider returned an error: content policy violation"),
    "job_failed_capacity": _failing("No available capacity"),
    "job_cancelled": _failing("", state="CANCELLED"),
}


def _acedata(status: int, code: str, message: str, route: Route = Route.SUBMIT) -> Fault:
    return Fault(route=route, status=status, body={"error": {"code": code, "message": message}, "trace_id": TRACE_ID})


_DISABLED = (
    "Your application has been disabled by Ace Data Cloud due to abnormal usage behavior, "
    "please contact our support to get more information."
)
_USED_UP = "Your balance is not sufficient for current request, please buy more in Ace Data Cloud."

# Sources: scripts/specs/d5af91f6-a7ec-4015-b0a5-d25051158470.json of AceDataCloud/SDK @0d3494c, openapi/hailuo.json and
# faq of AceDataCloud/Docs. 403 forbidden, 503 and 504 are documented without an example body.
ACEDATA_ERRORS: Mapping[str, Fault] = {
    "bad_request": _acedata(400, "bad_request", "model is invalid."),
    "no_token": _acedata(400, "no_token", "No token specified for the request."),
    "api_not_implemented": _acedata(400, "api_not_implemented", "The API is not implemented."),
    "token_mismatched_400": _acedata(400, "token_mismatched", "The specified token is not matched with API."),
    "disabled_400": _acedata(400, "disabled", _DISABLED),
    "invalid_token": _acedata(401, "invalid_token", "The specified token is invalid or wrong."),
    "token_expired": _acedata(401, "token_expired", "token expired."),
    "token_mismatched_401": _acedata(401, "token_mismatched", "token and api does not match."),
    "used_up": _acedata(403, "used_up", _USED_UP),
    "forbidden": _acedata(403, "forbidden", "The content violates the content policy."),
    "disabled_403": _acedata(403, "disabled", _DISABLED),
    "no_api": _acedata(404, "no_api", "API does not exist, please make sure url is correct."),
    "too_many_requests": _acedata(429, "too_many_requests", "You have exceeded the rate limit."),
    "too_many_requests_fetch": _acedata(429, "too_many_requests", "You have exceeded the rate limit.", Route.FETCH),
    "rate_limited": _acedata(429, "rate_limited", "Concurrency limit exceeded for this token."),
    # The one example that carries `success`.
    "api_error": Fault(
        status=500,
        body={"success": False, "error": {"code": "api_error", "message": "fetch failed"}, "trace_id": TRACE_ID},
    ),
    "api_error_fetch": _acedata(500, "api_error", "Internal server error.", Route.FETCH),
    "unavailable": _acedata(503, "unavailable", "The model is currently unavailable."),
    "timeout": _acedata(504, "timeout", "The request timed out."),
    "task_failed_no_channel": _failing("no channel available for minimax-t2v"),
    "task_failed_moderation": _failing("The content violates the content policy.", code="forbidden"),
    "task_state_failed": _failing("", state="failed"),
}
