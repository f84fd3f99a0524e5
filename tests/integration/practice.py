"""What the doctor looks at in tests: an installation in which all is well until a test makes something of it wrong."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from aiohttp import web

from bot.doctor import variables
from bot.doctor.examination import Surroundings, examine
from bot.doctor.report import Finding, Level
from sandbox.drawing.render import PrebuiltRenderer
from sandbox.ports import free_port
from sandbox.servers import Sandbox
from tests.wire.server import Wire
from tests.wire.world import World

SECRETS = {
    "DISCORD_TOKEN": "canary-of-discord-5e1f",
    "APIFRAME_API_KEY": "canary-of-apiframe-77c2",
    "ACEDATA_API_TOKEN": "canary-of-acedata-0b9d",
}


@dataclass
class Patient:
    """One installation: its `.env`, the outside world, its data directory, and the machine."""

    wire: Wire
    box: Sandbox
    directory: Path
    variables: dict[str, str]
    machine: Surroundings
    open: AsyncExitStack = field(default_factory=AsyncExitStack)
    raw: bytes = b""

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def port(self) -> int:
        return int(self.variables["HTTP_PORT"])

    def differs(self, **changes: object) -> None:
        """Let something of the machine be otherwise."""
        self.machine = replace(self.machine, **changes)  # type: ignore[arg-type]

    async def serve(self, handler: object) -> None:
        """Another program on the port of the bot, which answers everything."""
        app = web.Application()
        app.router.add_route("*", "/{any:.*}", handler)  # type: ignore[arg-type]
        runner = web.AppRunner(app, access_log=None)
        self.open.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()

    async def examined(self) -> list[Finding]:
        """What the doctor finds."""
        file = self.directory / ".env"
        file.write_bytes("".join(f"{name}={value}\n" for name, value in self.variables.items()).encode() + self.raw)
        return await examine(variables.read(_env_file=file), self.machine)

    async def wrong(self) -> list[Finding]:
        """What of it is not well."""
        return [each for each in await self.examined() if each.level is not Level.OK]


@asynccontextmanager
async def a_patient(directory: Path, migrated: Path) -> AsyncIterator[Patient]:
    """One that is well, and whose bot does not run."""
    world = World.standard(token=SECRETS["DISCORD_TOKEN"])
    nothing = PrebuiltRenderer(directory / "none.mp4")
    box = Sandbox(renderer=nothing, key=SECRETS["APIFRAME_API_KEY"], token=SECRETS["ACEDATA_API_TOKEN"])
    (directory / "data").mkdir()
    shutil.copy(migrated, directory / "data" / "rushes.sqlite3")
    (directory / "data" / "secret").write_bytes(b"s" * 32)
    port = str(free_port())
    async with Wire(world) as wire, box, AsyncExitStack() as stack:
        told = SECRETS | {
            "DISCORD_API_URL": wire.api_url,
            "APIFRAME_API_URL": box.apiframe.url,
            "ACEDATA_API_URL": box.acedata.url,
            "DATA_DIR": str(directory / "data"),
            "HTTP_PORT": port,
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
        }
        # A check has much time here, so that a slow machine does not count as a fault of one.
        groups = directory / "cgroup", directory / "own"
        machine = Surroundings(draws=lambda _text: True, cgroups=groups[0], own_cgroup=groups[1], seconds=15.0)
        yield Patient(wire, box, directory, told, machine, stack)
