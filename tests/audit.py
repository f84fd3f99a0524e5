"""`python -m tests.audit`: known weaknesses of what the lock file names."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

LOCK = "requirements-dev.lock"
PATIENCE_SECONDS = 180


def main() -> int:
    """The exit status: 1 when something known is found."""
    command = [sys.executable, "-m", "pip_audit", "-r", LOCK, "--require-hashes", "--disable-pip"]
    command += ["--progress-spinner", "off", "--format", "json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):
        print("pip-audit: skipped, the index cannot be asked from here")
        return 0
    asked = [package for package in found if "vulns" in package]
    known = [f"{p['name']} {p['version']}: {v['id']}" for p in asked for v in p["vulns"]]
    if not asked:
        print("pip-audit: skipped, the index does not answer for any package")
        return 0
    print(f"pip-audit: {len(asked)} of {len(found)} packages looked up, {len(known)} known weaknesses")
    print("\n".join(known), end="\n" if known else "")
    return 1 if known else 0


if __name__ == "__main__":
    sys.exit(main())
