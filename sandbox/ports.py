"""Choosing a port for a server that must have the same address after a restart."""

from __future__ import annotations

import random
import socket


def free_port() -> int:
    """A port that nobody listens on at the moment, outside of those that the system gives to outgoing connections.

    One of these could be taken between its choice and its use.
    """
    while True:
        with socket.socket() as probe:
            port = random.randint(10_000, 32_000)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
