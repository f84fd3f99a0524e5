"""`python -m benchmarks.engine.children.bot`: `python -m bot` that says when its imports are over, and can be profiled.

The bot itself is not changed. PROFILE names a file that cProfile's figures are written to when the process ends.
"""

from __future__ import annotations

import cProfile
import os
import sys
import time

import bot.__main__
import bot.app
import bot.client.connection
from benchmarks.engine import IMPORTED
from benchmarks.engine.children.parent import end_with_parent


def main() -> int:
    """The bot's exit status."""
    end_with_parent()
    print(f"{IMPORTED}{time.time()}", flush=True)
    path = os.environ.get("PROFILE")
    if path is None:
        return bot.__main__.main([])
    profile = cProfile.Profile()
    try:
        return profile.runcall(bot.__main__.main, [])
    finally:
        profile.dump_stats(path)


if __name__ == "__main__":
    sys.exit(main())
