"""AceData Cloud's Hailuo API."""

from bot.providers.acedata.account import probe
from bot.providers.acedata.callbacks import AceDataCallbacks
from bot.providers.acedata.client import CAPABILITIES, AceData
from bot.providers.vendor import Vendor

VENDOR = Vendor(
    capabilities=CAPABILITIES,
    key=lambda settings: settings.acedata_api_token,
    concurrency=lambda settings: settings.acedata_concurrency,
    connect=lambda settings, token, session: AceData(settings.acedata_api_url, token, session),
    verifier=lambda _token: AceDataCallbacks(),
    probe=probe,
)
