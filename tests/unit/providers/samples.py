"""Documented samples of both providers' JSON, as literals; each names where it was published. No tests here."""

from __future__ import annotations

from typing import Any

JOB_ID = "b2c3d4e5-f6a7-8901-bcde-f23456789012"
TASK_ID = "baf1034c-684c-46be-ae6d-89ebb89b690d"
TRACE_ID = "2efa9340-b21b-4e26-9e14-4aac95f343ab"
CLIP = "https://cdn2.apiframe.ai/videos/clip.mp4"
AD_CLIP = "https://file.aigpai.com/czjl/qoueLWBokF3ud6tdVD6VJTZuXTnK5HaMO2qAOS46Ef8VSBFUA/tmp9e3u11c1.output.mp4"

# -- Apiframe: product page (quick start), openapi.json 2.0.0, docs /jobs/get ----------------------------------------

AF_QUICK_START: dict[str, Any] = {
    "prompt": "a cinematic sunrise over a futuristic cityscape, smooth camera push-in",
    "model": "hailuo-02",
    "hailuoParams": {
        "image": "https://example.com/input.jpg",
        "resolution": "768p",
        "end_image": "https://example.com/input.jpg",
        "prompt_optimizer": True,
    },
}
AF_ACCEPTED: dict[str, Any] = {"jobId": JOB_ID, "status": "QUEUED"}


def af_job(status: str, **changes: Any) -> dict[str, Any]:
    """A job with all keys of the schema `Job`."""
    return {
        "id": JOB_ID,
        "status": status,
        "model": "hailuo-02",
        "progress": 0,
        "result": None,
        "error": None,
        "creditCost": 5,
        "webhookStatus": None,
        "createdAt": "2026-11-20T10:00:00.000Z",
        "completedAt": None,
        "input": {},
        "expired": False,
    } | changes


AF_COMPLETED = af_job("COMPLETED", progress=100, result={"videoUrl": CLIP}, webhookStatus="delivered")
AF_COMPLETED_OLD = af_job("COMPLETED", progress=100, result=CLIP, webhookStatus="sent")
AF_FAILED: dict[str, Any] = {
    "id": JOB_ID,
    "status": "FAILED",
    "progress": 0,
    "result": None,
    "error": "Provider returned an error: content policy violation",
    "creditCost": 0,
}
AF_LIST: dict[str, Any] = {"jobs": [AF_COMPLETED], "nextCursor": None, "hasMore": False}
AF_UPLOAD: dict[str, Any] = {
    "id": JOB_ID,
    "url": "https://cdn2.apiframe.ai/uploads/frame.png",
    "kind": "image",
    "contentType": "image/png",
    "byteSize": 68,
    "expiresAt": "2026-11-20T12:00:00.000Z",
}
AF_ERRORS: list[tuple[int, dict[str, Any]]] = [
    (400, {"error": "Validation failed", "details": {"hailuoParams.resolution": ["Invalid enum value"]}}),
    (401, {"error": "API key is required"}),
    (401, {"error": "Invalid API key"}),
    (402, {"error": "Insufficient credits", "creditsRequired": 5, "creditsAvailable": 0}),
    (403, {"error": "API key is inactive"}),
    (404, {"error": "Job not found"}),
    (409, {"error": "Idempotency key was used with another body"}),
    (429, {"error": "Rate limit exceeded"}),
    (502, {"error": "Upstream CDN upload failed"}),
    (503, {"error": "Service temporarily unavailable"}),
]

# -- AceData: integration guide (held reply, task id, error), spec, Nexior and SDK tests -----------------------------

AD_ASYNC: dict[str, Any] = {"task_id": "05aff65c-5e84-442b-8e29-3a5d27130840"}
AD_ITEM: dict[str, Any] = {
    "id": "0pv8yhe4fdrge0cmckpv23pd2g",
    "model": "minimax-t2v",
    "prompt": "Internal heat",
    "video_url": AD_CLIP,
    "state": "succeeded",
}
AD_HELD: dict[str, Any] = {"success": True, "task_id": TASK_ID, "trace_id": TRACE_ID, "data": [AD_ITEM]}
AD_GUIDE_ERROR: dict[str, Any] = {
    "success": False,
    "error": {"code": "api_error", "message": "fetch failed"},
    "trace_id": "2cf86e86-22a4-46e1-ac2f-032c0f2a4e89",
}


def ad_error(code: str, message: str = "") -> dict[str, Any]:
    """An error reply as the spec shows it: without `success`."""
    return {"error": {"code": code, "message": message}, "trace_id": TRACE_ID}


def ad_task(response: Any, task_id: str = TASK_ID) -> dict[str, Any]:
    """A task as /hailuo/tasks gives it; the request holds a link that must never be taken for the result."""
    return {
        "_id": "66f0c0ffee",
        "id": task_id,
        "api_id": "api",
        "trace_id": TRACE_ID,
        "created_at": 1758000000.1,
        "request": {"action": "generate", "prompt": "Internal heat", "first_image_url": "https://example.com/a.png"},
        "response": response,
    }


def ad_task_without_response() -> dict[str, Any]:
    """A task whose `response` key is not there at all."""
    task = ad_task(None)
    del task["response"]
    return task


AD_ERRORS: list[tuple[int, str, str]] = [
    (400, "token_mismatched", "The specified token is not matched with API."),
    (400, "api_not_implemented", "The API is not implemented."),
    (400, "disabled", "Your application has been disabled by Ace Data Cloud due to abnormal usage behavior."),
    (400, "bad_request", "model is invalid."),
    (400, "no_token", "No token specified for the request."),
    (401, "invalid_token", "The specified token is invalid or wrong."),
    (401, "token_expired", "token expired."),
    (401, "token_mismatched", "token and api does not match."),
    (403, "used_up", "Your balance is not sufficient for current request."),
    (403, "forbidden", "The request was refused."),
    (403, "disabled", "Your application has been disabled."),
    (404, "no_api", "API does not exist, please make sure url is correct."),
    (429, "too_many_requests", "You have exceeded the rate limit."),
    (429, "rate_limited", "Concurrency limit exceeded for this token."),
    (500, "api_error", "Internal server error."),
    (503, "unavailable", "All listed models are unavailable."),
    (504, "timeout", "The request timed out."),
]
