"""`python -m bot backup` beside a bot that runs, and `python -m bot restore` into another data directory."""

from __future__ import annotations

import json
import signal

from tests.integration.test_drain_and_pause import typed
from tests.integration.test_process import SECRETS, House, clip, house, picture

__all__ = ["clip", "house"]  # fixtures


async def test_a_bot_moves_house_and_logs_in_json(house: House) -> None:
    bot = await house.start(LOG_FORMAT="json")
    await house.ready(bot)
    await house.video("a lake", "acedata")
    await house.video("rendering on", "apiframe", image=picture())
    await house.wire.until(lambda: house.statuses() == {"delivered": 1, "rendering": 1})

    target = house.data.parent / "backup"
    code, backed_up = await typed(house, "backup", str(target))
    said = f"The backup is in {target}, and was checked: 2 jobs (1 delivered, 1 rendering)"
    assert (code, backed_up.startswith(said)) == (0, True), backed_up
    code, told = await typed(house, "restore", str(target))
    assert (code, "another Rushes is running" in told) == (1, True), told
    assert (await bot.end(signal.SIGTERM))[0] == 0
    check_log(house, bot.said)

    secret = (house.data / "secret").read_bytes()
    house.data = house.data.with_name("elsewhere")
    code, told = await typed(house, "restore", str(target))
    assert (code, "does not run any more" in told) == (0, True), told
    assert (house.data / "secret").read_bytes() == secret
    bot = await house.start("second")
    await house.connected(2)
    house.gate.opened.set()
    await house.wire.until(lambda: house.statuses() == {"delivered": 2})
    assert (len(house.clips()), sorted(house.credits_charged().values())) == (2, [1, 1])
    assert "Traceback" not in bot.said
    assert house.leaks() == []
    assert not [value for value in SECRETS.values() if value in backed_up + told]
    assert not [path for path in target.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]


def check_log(house: House, said: str) -> None:
    """Every line is an object, and those about a job have its id."""
    lines = [json.loads(line) for line in said.splitlines()]
    (job_id,) = house.rows("SELECT job_id FROM jobs WHERE status = 'delivered'")[0]
    about = [line["message"] for line in lines if line.get("job_id") == job_id]
    assert f"job {job_id}: delivering -> delivered" in about
    assert lines[-1]["message"] == "stopping"
