"""Threads that hang on a message, and pins: what a bot may do beside posting. Everything raises Refusal.

Sources: discord-api-docs, resources/channel ("Start Thread from Message") and resources/message ("Pin Message").
The notes that Discord itself puts into a channel, such as "pinned a message", are left out.
"""

from __future__ import annotations

from typing import Any

from tests.wire import refusals, shapes
from tests.wire.bodies import Body
from tests.wire.messages import Messages
from tests.wire.things import Channel, Message, Permission
from tests.wire.world import World

MAX_NAME = 100
MAX_PINS = 250
ARCHIVE_MINUTES = (60, 1440, 4320, 10080)


class Threads:
    """The endpoints without HTTP."""

    def __init__(self, world: World, messages: Messages) -> None:
        self._world = world
        self._messages = messages

    def open(self, channel: Channel, message_id: int, body: Body) -> Channel:
        """POST /channels/{id}/messages/{id}/threads; the thread has the id of its message, which has one at most."""
        self._messages.see(channel, Permission.CREATE_PUBLIC_THREADS)
        if channel.is_thread:
            raise refusals.wrong_channel_type()
        self._messages.find(channel, message_id)
        name, minutes = body.payload["name"], body.payload.get("auto_archive_duration") or ARCHIVE_MINUTES[1]
        if not 1 <= len(name) <= MAX_NAME:
            raise refusals.invalid_form("name", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MAX_NAME} in length.")
        if minutes not in ARCHIVE_MINUTES:
            raise refusals.invalid_form("auto_archive_duration", "BASE_TYPE_CHOICES", "Not one of the durations.")
        if message_id in self._world.channels:
            raise refusals.thread_exists()
        thread = self._world.add_thread(channel, name, thread_id=message_id)
        thread.owner, thread.archive_minutes = self._world.bot, minutes
        return thread

    def pin(self, channel: Channel, message_id: int) -> Message:
        """PUT /channels/{id}/messages/pins/{id}; pinning what is pinned changes nothing."""
        self._messages.see(channel, Permission.PIN_MESSAGES)
        if channel.archived:
            raise refusals.thread_archived()
        message = self._messages.find(channel, message_id)
        pinned = [m for m in channel.messages.values() if m.pinned_at is not None and m.deleted_at is None]
        if message.pinned_at is None and len(pinned) >= MAX_PINS:
            raise refusals.too_many_pins()
        message.pinned_at = message.pinned_at or self._world.now()
        return message


def opened_json(world: World, thread: Channel) -> dict[str, Any]:
    """A thread as whoever opened it sees it, who thereby is a member of it."""
    member = {"id": str(thread.channel_id), "user_id": str(world.bot.user_id), "flags": 0}
    return shapes.channel_json(thread) | {"member": member | {"join_timestamp": shapes.moment(world.now())}}
