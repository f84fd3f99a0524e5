"""Answers of what stands between the bot and a provider: CDNs, firewalls, load balancers, gateways. No tests here.

`PAGES` come as text; `OBJECTS` as JSON that has neither provider's shape.
"""

from __future__ import annotations

from typing import Any

_CLOUDFLARE = (
    "<!DOCTYPE html><html><head><title>{0} | api.example.com | Cloudflare</title></head><body>"
    "<h1>Error</h1><span>Ray ID: 9a1b2c3d4e5f</span><h2>{0}</h2><p>Please enable cookies. Sorry, you have been blocked."
    " This website is using a security service to protect itself from online attacks. The action you just performed "
    "triggered the security solution: submitting a certain word or phrase, or malformed data.</p></body></html>"
)
PAGES: dict[str, str] = {
    "Cloudflare 1010": "error code: 1010",
    "Cloudflare 1015": "error code: 1015",
    "Cloudflare's page of 1020": _CLOUDFLARE.format("Access denied"),
    "Cloudflare's challenge": "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>",
    "nginx 403": "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1>"
    "</center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
    "nginx 404": "<html><head><title>404 Not Found</title></head><body><center>nginx/1.24.0</center></body></html>",
    "a router": "404 page not found\n",
    "a default backend": "default backend - 404",
    "envoy": "upstream connect error or disconnect/reset before headers. reset reason: connection failure",
    "Express": "<!DOCTYPE html><html><body><pre>Cannot POST /v2/videos/generate</pre></body></html>",
    "Akamai": "<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY>Reference #18.6f</BODY></HTML>",
    "a page about keys": "<html><body>Invalid API key. Insufficient credits. Content policy violation.</body></html>",
    "a text about money": "Payment required: insufficient balance",
    "nothing": "",
    "JSON that is a text": '"Forbidden"',
    "JSON that is null": "null",
    "JSON that is cut": '{"error": "Inva',
}
OBJECTS: dict[str, Any] = {
    "AWS": {"message": "Forbidden"},
    "AWS, no token": {"message": "Missing Authentication Token"},
    "Kong": {"message": "no Route matched with those values"},
    "Kong, a rate": {"message": "API rate limit exceeded"},
    "Cloudflare's API": {"success": False, "errors": [{"code": 10000, "message": "Authentication error"}]},
    "Cloudflare's problem": {
        "type": "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/",
        "title": "Error 1010: Access denied",
        "status": 403,
        "detail": "The site owner has blocked access based on your browser's signature.",
        "error_code": 1010,
        "error_name": "browser_signature_banned",
        "cloudflare_error": True,
        "retryable": False,
    },
    "Google": {"error": {"code": 403, "message": "The request is blocked.", "status": "PERMISSION_DENIED"}},
    "Vercel": {"error": {"code": "FORBIDDEN", "message": "The request was denied."}},
    "a firewall": {"status": "blocked", "support_id": "123", "event": "waf"},
    "an empty object": {},
    "a list": [],
}
