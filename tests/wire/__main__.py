"""`python -m tests.wire`: the simulated Discord in a process of its own, until a signal. Prints where it listens."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys

from tests.wire.server import Wire
from tests.wire.things import Limits
from tests.wire.world import World


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.wire", description="A Discord for tests, on the loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default="wire", help="the bot token that is accepted")
    parser.add_argument("--shards", type=int, default=1)
    parser.add_argument("--heartbeat-seconds", type=float, default=41.25)
    parser.add_argument("--nonce-seconds", type=float, default=Limits().nonce_seconds)
    parser.add_argument("--token-seconds", type=float, default=Limits().token_seconds)
    return parser.parse_args()


async def serve(options: argparse.Namespace) -> None:
    """Run until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    limits = Limits(nonce_seconds=options.nonce_seconds, token_seconds=options.token_seconds)
    world = World.standard(token=options.token, limits=limits)
    wire = Wire(world, heartbeat_seconds=options.heartbeat_seconds, shards=options.shards)
    await wire.start(port=options.port)
    try:
        where = {"port": int(world.base_url.rpartition(":")[2]), "api_url": wire.api_url}
        sys.stdout.write(json.dumps(where) + "\n")
        sys.stdout.flush()
        await stop.wait()
    finally:
        await wire.close()


if __name__ == "__main__":
    asyncio.run(serve(parse_arguments()))
