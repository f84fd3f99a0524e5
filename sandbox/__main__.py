"""`python -m sandbox`: both stand-ins, until a signal. Options and what is printed; nothing else."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from sandbox.drawing.render import FRAME_RATE, SHORT_SIDE
from sandbox.servers import Sandbox


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Stand-ins for Apiframe and AceData.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--apiframe-port", type=int, default=9101)
    parser.add_argument("--acedata-port", type=int, default=9102)
    parser.add_argument("--render-seconds", type=float, default=3.0)
    parser.add_argument("--frame-rate", type=int, default=FRAME_RATE, help="of clips, at most")
    parser.add_argument("--short-side", type=int, default=SHORT_SIDE, help="of clips in pixels, at most; even")
    parser.add_argument("--key", default="afk_sandbox", help="Apiframe's API key")
    parser.add_argument("--token", default="sandbox", help="AceData's token")
    return parser.parse_args()


def introduce(box: Sandbox) -> str:
    """Where both are, what opens them, and one line to try each."""
    apiframe, acedata = box.apiframe, box.acedata
    return f"""Apiframe  {apiframe.url}  X-API-Key: {apiframe.key}
AceData   {acedata.url}  Authorization: Bearer {acedata.token}

Try:  curl -s {apiframe.url}/v2/videos/generate -H 'X-API-Key: {apiframe.key}' -H 'Content-Type: application/json' \
-d '{{"model":"hailuo-02","prompt":"golden sunset over the ocean"}}'
      curl -s {apiframe.url}/v2/jobs -H 'X-API-Key: {apiframe.key}'
Both: GET /sandbox/ledger, GET|POST|DELETE /sandbox/faults. Ctrl+C stops."""


async def serve(options: argparse.Namespace) -> None:
    """Run until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    box = Sandbox(
        render_seconds=options.render_seconds,
        host=options.host,
        apiframe_port=options.apiframe_port,
        acedata_port=options.acedata_port,
        key=options.key,
        token=options.token,
        frame_rate=options.frame_rate,
        short_side=options.short_side,
    )
    async with box:
        print(introduce(box), flush=True)
        await stop.wait()


def main() -> int:
    """The exit status: 0 after a signal, 1 if a port is taken."""
    try:
        asyncio.run(serve(parse_arguments()))
    except OSError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
