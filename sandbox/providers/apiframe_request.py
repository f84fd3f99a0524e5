"""What Apiframe accepts in POST /v2/videos/generate for hailuo-02, and what it says of the rest. No HTTP.

Source: openapi.json of apiframe-ai/apiframe-nodejs-sdk @9f9b464, GenerateVideoRequest; every object there is closed.
The two rules between fields are docs-v2.apiframe.ai's (1080p) and the upstream model's (end_image).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.providers.pictures import is_web_url

Details = dict[str, list[str]]
MODEL = "hailuo-02"
PROMPT_MAX = 2000
RESOLUTIONS = ("768p", "1080p")
DURATIONS = (6, 10)
EVENTS = ("progress", "completed", "failed")
TOP = frozenset({"model", "prompt", "hailuoParams", "webhookUrl", "webhookEvents"})
PARAMS = frozenset({"image", "end_image", "duration", "resolution", "prompt_optimizer"})


def check_request(body: Any) -> Details:
    """Everything wrong with a request, by JSON path; empty when it is fine."""
    if not isinstance(body, dict):
        return {"": ["Invalid input: expected object"]}
    wrong: Details = {}
    if body.get("model") != MODEL:
        wrong["model"] = [f'Invalid discriminator value. Expected "{MODEL}"']
    prompt = body.get("prompt")
    if not isinstance(prompt, str):
        wrong["prompt"] = ["Required" if prompt is None else "Invalid input: expected string"]
    elif not 1 <= len(prompt) <= PROMPT_MAX:
        wrong["prompt"] = [f"String must contain between 1 and {PROMPT_MAX} character(s)"]
    _closed(body, TOP, "", wrong)
    _check_webhook(body, wrong)
    if "hailuoParams" in body:
        _check_params(body["hailuoParams"], wrong)
    return wrong


def _closed(given: Mapping[str, Any], allowed: frozenset[str], path: str, wrong: Details) -> None:
    unknown = sorted(set(given) - allowed)
    if unknown:
        wrong.setdefault(path, []).append("Unrecognized key(s) in object: " + ", ".join(f"'{key}'" for key in unknown))


def _check_webhook(body: Mapping[str, Any], wrong: Details) -> None:
    if "webhookUrl" in body and not is_web_url(body["webhookUrl"]):
        wrong["webhookUrl"] = ["Invalid url"]
    events = body.get("webhookEvents", ["completed"])
    if not isinstance(events, list) or not events or any(event not in EVENTS for event in events):
        wrong["webhookEvents"] = ["Expected a non-empty array of progress, completed, failed"]


def _check_params(params: Any, wrong: Details) -> None:
    if not isinstance(params, dict):
        wrong["hailuoParams"] = ["Invalid input: expected object"]
        return
    _closed(params, PARAMS, "hailuoParams", wrong)
    for name in ("image", "end_image"):
        if name in params and not is_web_url(params[name]):
            wrong[f"hailuoParams.{name}"] = ["Invalid url"]
    duration, resolution = params.get("duration", 6), params.get("resolution", "768p")
    if isinstance(duration, bool) or duration not in DURATIONS:
        wrong["hailuoParams.duration"] = ["Invalid input: expected 6 or 10"]
    elif duration == 10 and resolution == "1080p":
        wrong["hailuoParams.duration"] = ["1080p does not support 10 s"]
    if resolution not in RESOLUTIONS:
        wrong["hailuoParams.resolution"] = ["Invalid enum value. Expected '768p' | '1080p'"]
    if not isinstance(params.get("prompt_optimizer", True), bool):
        wrong["hailuoParams.prompt_optimizer"] = ["Invalid input: expected boolean"]
    if "end_image" in params and "image" not in params:
        wrong["hailuoParams.end_image"] = ["end_image requires image"]
