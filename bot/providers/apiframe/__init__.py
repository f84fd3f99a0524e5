"""Apiframe v2, model hailuo-02."""

from bot.providers.apiframe.account import probe
from bot.providers.apiframe.callbacks import ApiframeCallbacks
from bot.providers.apiframe.client import CAPABILITIES, Apiframe
from bot.providers.vendor import Vendor

VENDOR = Vendor(
    capabilities=CAPABILITIES,
    key=lambda settings: settings.apiframe_api_key,
    concurrency=lambda settings: settings.apiframe_concurrency,
    connect=lambda settings, key, session: Apiframe(settings.apiframe_api_url, key, session),
    verifier=ApiframeCallbacks,
    probe=probe,
)
