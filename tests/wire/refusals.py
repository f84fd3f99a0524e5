"""Discord's errors as they go over the wire: status, code, message. Which one applies is decided elsewhere.

Codes: discord-api-docs, topics/opcodes-and-status-codes.
"""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """An answer that is not the good one."""

    def __init__(self, status: int, code: int, message: str, **more: Any) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.code = code
        self.body = {"message": message, "code": code, **more}


def unauthorized() -> Refusal:
    """The bot token is wrong or missing."""
    return Refusal(401, 0, "401: Unauthorized")


def no_such_route(status: int = 404) -> Refusal:
    """A path, or with 405 a method, that this stand-in or Discord does not have."""
    return Refusal(status, 0, f"{status}: {'Not Found' if status == 404 else 'Method Not Allowed'}")


def unknown_channel() -> Refusal:
    """No such channel, or it was deleted."""
    return Refusal(404, 10003, "Unknown Channel")


def unknown_guild() -> Refusal:
    """No such guild."""
    return Refusal(404, 10004, "Unknown Guild")


def unknown_message() -> Refusal:
    """No such message in this channel, or not one that may be seen."""
    return Refusal(404, 10008, "Unknown Message")


def unknown_member() -> Refusal:
    """Somebody who is not in this guild."""
    return Refusal(404, 10007, "Unknown Member")


def unknown_user() -> Refusal:
    """No such user."""
    return Refusal(404, 10013, "Unknown User")


def unknown_webhook() -> Refusal:
    """No such interaction token, or the interaction has not been answered yet."""
    return Refusal(404, 10015, "Unknown Webhook")


def unknown_interaction() -> Refusal:
    """The three seconds are over, or there was no such interaction."""
    return Refusal(404, 10062, "Unknown interaction")


def too_many_pins() -> Refusal:
    """A channel holds so many pins and no more."""
    return Refusal(400, 30003, "Maximum number of pins reached for the channel (250)")


def too_large() -> Refusal:
    """A file above the limit of its channel."""
    return Refusal(413, 40005, "Request entity too large")


def already_acknowledged() -> Refusal:
    """A second first answer."""
    return Refusal(400, 40060, "Interaction has already been acknowledged.")


def missing_access() -> Refusal:
    """The channel cannot be seen."""
    return Refusal(403, 50001, "Missing Access")


def not_the_author() -> Refusal:
    """Only its author may edit a message."""
    return Refusal(403, 50005, "Cannot edit a message authored by another user")


def empty_message() -> Refusal:
    """Neither text, embed, file nor component."""
    return Refusal(400, 50006, "Cannot send an empty message")


def closed_to_messages() -> Refusal:
    """A user who takes no private messages."""
    return Refusal(403, 50007, "Cannot send messages to this user")


def missing_permissions() -> Refusal:
    """The channel is seen, but this may not be done there."""
    return Refusal(403, 50013, "Missing Permissions")


def wrong_channel_type() -> Refusal:
    """Something that channels of this kind do not have."""
    return Refusal(400, 50024, "Cannot execute action on this channel type")


def token_expired() -> Refusal:
    """An interaction's fifteen minutes are over."""
    return Refusal(401, 50027, "Invalid Webhook Token")


def no_mutual_guilds() -> Refusal:
    """A private message to somebody with whom the bot is in no guild, or in none any more."""
    return Refusal(403, 50278, "Cannot send messages to this user due to having no mutual guilds")


def invalid_form(where: str, code: str, message: str) -> Refusal:
    """A field that is not what it must be; `where` is its path with dots."""
    errors: dict[str, Any] = {"_errors": [{"code": code, "message": message}]}
    for part in reversed(where.split(".")):
        errors = {part: errors}
    return Refusal(400, 50035, "Invalid Form Body", errors=errors)


def thread_archived() -> Refusal:
    """Something was to be changed in an archived thread (400: undiscord #399)."""
    return Refusal(400, 50083, "Thread is archived")


def invalid_json() -> Refusal:
    """A body that cannot be read."""
    return Refusal(400, 50109, "The request body contains invalid JSON.")


def history_closed() -> Refusal:
    """A reply where the history may not be read (403: Voxel-Fox-Ltd/Flower #63)."""
    return Refusal(403, 160002, "Cannot reply without permission to read message history")


def thread_exists() -> Refusal:
    """A second thread on one message."""
    return Refusal(400, 160004, "A thread has already been created for this message")


def thread_locked() -> Refusal:
    """A post into a locked thread that is not archived."""
    return Refusal(403, 160005, "This thread is locked")
