"""The doctor where one thing is wrong: it names that, says what to do, and finds nothing else."""

from __future__ import annotations

import inspect

import pytest

from bot.doctor.report import as_text
from sandbox.providers.faults import Fault as ProviderFault
from sandbox.providers.faults import Garbage, Route
from tests.integration import complaints as made
from tests.integration.complaints import ERROR, PORTAL, WARNING, Complaint
from tests.integration.practice import SECRETS, Patient
from tests.wire import edges
from tests.wire.faults import Fault
from tests.wire.things import Permission

GUEST = "81384788765712384"
ME, GATEWAY = "/users/@me", "/gateway/bot"
ME_SLOW = Fault(path=ME, delay=30)
EMPTY = "the bot is in no server"
ALLOW = "Server Settings, Roles"

SETTINGS = {
    "a token is missing": Complaint(
        made.without("DISCORD_TOKEN"), "settings", ERROR, "DISCORD_TOKEN is missing", f"Open {PORTAL}"
    ),
    "both keys are missing": Complaint(
        made.without("APIFRAME_API_KEY", "ACEDATA_API_TOKEN"), "settings", ERROR, "set APIFRAME_API_KEY or", ".env"
    ),
    "no number": Complaint(
        made.says(APIFRAME_CONCURRENCY="many"),
        "settings",
        ERROR,
        "APIFRAME_CONCURRENCY: must be a whole number",
        ".env",
    ),
    "too small": Complaint(
        made.says(JOB_TIMEOUT_SECONDS="0"),
        "settings",
        ERROR,
        "JOB_TIMEOUT_SECONDS: must be more than 0",
        ".env.example",
    ),
    "a contradiction": Complaint(
        made.says(POLL_MIN_SECONDS="30"), "settings", ERROR, "POLL_MIN_SECONDS must not be larger than", ".env"
    ),
    "no address": Complaint(made.says(PUBLIC_URL="bot.example"), "settings", ERROR, "PUBLIC_URL: must be", ".env"),
    "a slip": Complaint(
        made.says(QUOTA_DAILY_CREDIT="3"),
        *("settings", WARNING, "QUOTA_DAILY_CREDIT is no setting: did you mean QUOTA_DAILY_CREDITS?"),
        "Write QUOTA_DAILY_CREDITS",
    ),
}

DISCORD = {
    "another token": Complaint(made.says(DISCORD_TOKEN="of-another"), "token", ERROR, "does not accept", "Reset Token"),
    "a token in two parts": Complaint(made.says(DISCORD_TOKEN="'of another'"), "token", ERROR, "spaces", "Reset Token"),
    "no Discord": Complaint(made.says(DISCORD_API_URL=made.DEAD), "token", ERROR, "cannot be reached", "_API_URL"),
    "a page of an edge": Complaint(
        made.discord(edges.aimed(edges.ANSWERS["403, a page"], path=ME)),
        "token",
        ERROR,
        "is not Discord (403)",
        "proxy",
    ),
    "turned away": Complaint(
        made.discord(edges.turned_away(7, path=ME)), "token", ERROR, "turns this address away", "wait"
    ),
    "silence": Complaint(made.hasty(made.discord(ME_SLOW)), "token", ERROR, "no answer within 2 s", "connection"),
    "public": Complaint(made.portal(bot_public=True), "application", WARNING, "anybody can add", "Public Bot off"),
    "code grant": Complaint(
        made.portal(bot_require_code_grant=True), "application", ERROR, "Requires OAuth2 Code Grant is on", "turn"
    ),
    "user install": Complaint(
        made.portal(integration_types_config={"0": {}, "1": {}}),
        "application",
        WARNING,
        "for themselves",
        "User Install",
    ),
    "install link": Complaint(
        made.portal(install_params={"scopes": ["bot"], "permissions": "8"}),
        *("application", WARNING, "an install link", "Install Link to None"),
    ),
    "endpoint": Complaint(
        made.portal(interactions_endpoint_url="https://old.example/"), "application", ERROR, "Endpoint URL", "empty"
    ),
    "intents": Complaint(made.portal(flags=1 << 19), "application", WARNING, "(Message Content)", "turn them off"),
    "no starts": Complaint(lambda p: made.starts_left(p, 0), "gateway", ERROR, "0 session starts", "2.0 hours"),
    "few starts": Complaint(lambda p: made.starts_left(p, 12), "gateway", WARNING, "only 12 session", "so often"),
    "no gateway": Complaint(made.dead_gateway, "gateway", ERROR, "cannot be dialled (Connect", "gateway.discord.gg"),
    "no websocket": Complaint(
        lambda p: setattr(p.wire.gateway, "closed_for", 9), "gateway", ERROR, "take a websocket (403)", "websocket"
    ),
    "gateway refused": Complaint(
        made.discord(Fault(path=GATEWAY, status=503, body="<html>", times=None)), "gateway", ERROR, "(503)", "proxy"
    ),
}

RIGHTS = {
    "no server": Complaint(made.no_server, "rights", ERROR, EMPTY, "permissions=2252109051448320"),
    "no files in a channel": Complaint(
        made.lounge(Permission.ATTACH_FILES), "rights", WARNING, "The Cutting Room: no Attach Files in #lounge", ALLOW
    ),
    "a hidden channel": Complaint(
        made.lounge(Permission.VIEW_CHANNEL), "rights", WARNING, "no View Channels in #lounge", "Edit Channel"
    ),
    "nothing anywhere": Complaint(
        made.everywhere(Permission.SEND_MESSAGES), "rights", ERROR, "no Send Messages in any channel", ALLOW
    ),
    "a timeout": Complaint(made.silenced, "rights", ERROR, "The Cutting Room: the bot is in a timeout", "Remove"),
    "an absent server": Complaint(made.allowed(GUEST), "rights", WARNING, f"not in the server {GUEST}", "Add it"),
    "a server too many": Complaint(made.stranger, "rights", WARNING, "Somewhere is not in GUILDS_ALLOWED", "leaves it"),
    "a list that fails": Complaint(
        made.discord(Fault(path="/channels", status=403, code=50001, times=None)),
        "rights",
        ERROR,
        "code 50001",
        "again",
    ),
}

PROVIDERS = {
    "another key": Complaint(
        made.says(APIFRAME_API_KEY="of-another"), "apiframe", ERROR, "Invalid API key", "APIFRAME_API_KEY"
    ),
    "no credits": Complaint(lambda p: made.credits_left(p, 4), "apiframe", ERROR, "4 credits are left", "Add credits"),
    "few credits": Complaint(lambda p: made.credits_left(p, 27), "apiframe", WARNING, "27 credits are left: 5", "Add"),
    "no provider": Complaint(
        made.says(APIFRAME_API_URL=made.DEAD), "apiframe", ERROR, "no connection", "APIFRAME_API_URL"
    ),
    "rubbish": Complaint(
        made.provider("apiframe", ProviderFault(route=Route.ANY, garbage=Garbage.HTML)),
        *("apiframe", ERROR, "unreadable reply", "APIFRAME_API_URL"),
    ),
    "another token": Complaint(
        made.says(ACEDATA_API_TOKEN="of-another"), "acedata", ERROR, "invalid_token", "ACEDATA_API_TOKEN"
    ),
    "a silent one": Complaint(
        made.hasty(made.provider("acedata", ProviderFault(route=Route.FETCH, delay=30))),
        *("acedata", ERROR, "no answer within 2 s", "Try again"),
    ),
}

MACHINE = {
    "no FFmpeg": Complaint(made.says(FFMPEG_PATH="/nowhere/ffmpeg"), "ffmpeg", ERROR, "does not run", "FFMPEG_PATH"),
    "a broken FFmpeg": Complaint(made.broken_program, "ffmpeg", ERROR, "does not run", "Install ffmpeg"),
    "no Chinese": Complaint(made.draws_none_of("水"), "fonts", WARNING, "draws Chinese:", "fonts-noto-cjk"),
    "no directory": Complaint(made.a_file, "disk", ERROR, "is not a directory", "DATA_DIR"),
    "a full disk": Complaint(made.has_free(20), "disk", ERROR, "20 MiB are free", "Make room"),
    "a disk that fills": Complaint(made.has_free(500), "disk", WARNING, "500 MiB are free", "Make room"),
    "little memory": Complaint(made.cramped, "memory", WARNING, "the limit is 256 MiB", "512 MiB"),
    "ahead": Complaint(made.shifted(90), "clock", ERROR, "s ahead of 127.0.0.1", "set-ntp"),
    "behind": Complaint(made.shifted(-12), "clock", WARNING, "s behind 127.0.0.1", "set-ntp"),
    "a newer database": Complaint(
        made.written("UPDATE alembic_version SET version_num = '9999'"), "database", ERROR, "newer Rushes", "Update"
    ),
    "no place for one": Complaint(
        made.says(DATABASE_URL="sqlite:////nowhere/r.sqlite3"), "database", ERROR, "no directory /nowhere", "Make it"
    ),
    "a damaged database": Complaint(made.overwritten, "database", ERROR, "is damaged", "backup"),
    "no database": Complaint(made.no_database, "database", ERROR, "not a database", "backup"),
}

REACH = {
    "nobody": Complaint(made.says(PUBLIC_URL=made.DEAD), "public address", ERROR, "cannot be reached", "reverse proxy"),
    "somebody else": Complaint(made.elsewhere, "public address", ERROR, "answers 404", "/webhooks/"),
    "another program": Complaint(made.other_program, "public address", ERROR, "something else than", "HTTP_PORT"),
    "another one first": Complaint(made.other_program_first, "public address", ERROR, "another program", "HTTP_PORT"),
    "a redirect": Complaint(made.redirecting, "public address", ERROR, "elsewhere (301)", "Set PUBLIC_URL"),
    "any port": Complaint(made.says(HTTP_PORT="0"), "public address", ERROR, "HTTP_PORT is 0", "Set HTTP_PORT"),
    "no such host": Complaint(made.says(HTTP_HOST="192.0.2.7"), "public address", ERROR, "cannot listen", "HTTP_HOST"),
}

GROUPS = {
    "settings": SETTINGS,
    "Discord": DISCORD,
    "rights": RIGHTS,
    "providers": PROVIDERS,
    "machine": MACHINE,
    "reach": REACH,
}
ALL = {f"{group}: {name}": one for group, ones in GROUPS.items() for name, one in ones.items()}


@pytest.mark.parametrize("complaint", ALL.values(), ids=ALL.keys())
async def test_one_thing_that_is_wrong_is_named_alone_with_what_to_do(complaint: Complaint, patient: Patient) -> None:
    made_wrong = complaint.make(patient)
    if inspect.isawaitable(made_wrong):
        await made_wrong
    found = await patient.wrong()
    shown = as_text(found, "")
    assert [(each.name, each.level) for each in found] == [(complaint.name, complaint.level)], shown
    assert complaint.found in found[0].found, shown
    assert complaint.advice in found[0].advice, shown
    assert [value for value in SECRETS.values() if value in shown] == []
