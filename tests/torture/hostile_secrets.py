"""Every secret of a hostile run, and whether one stands where it does not belong."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from tests.torture.hostile_stage import CANARIES, Stage
from tests.wire.ledger import dump

BLOCK = 1024 * 1024


@dataclass(slots=True)
class Findings:
    """How much was searched for how many secrets, and which were found where."""

    size: int = 0
    secrets: int = 0
    found: list[str] = field(default_factory=list)

    def __iadd__(self, other: Findings) -> Findings:
        self.size += other.size
        self.secrets += other.secrets
        self.found += other.found
        return self


def secrets_of(stage: Stage) -> dict[str, bytes]:
    """What nobody may read: the tokens and keys, the installation's secret, webhook tokens, signatures of links."""
    found = {name: value.encode() for name, value in CANARIES.items()}
    if stage.path("secret").is_file():
        found["the installation's secret"] = stage.path("secret").read_bytes()
    for number, request in enumerate([*stage.box.apiframe.requests, *stage.box.acedata.requests]):
        for address in _addresses(request.json):
            parts = urlsplit(address).path.split("/")
            if parts[1] == "webhooks":
                found[f"webhook token {number}"] = parts[-1].encode()
            elif parts[1] == "pictures":
                found[f"picture signature {number}"] = parts[-1].encode()
    return found


async def search(stage: Stage) -> Findings:
    """Look through the log, all messages and answers, the metrics, and every file of the data directory."""
    secrets, findings = secrets_of(stage), Findings()
    findings.secrets = len(secrets)
    world = dump(stage.wire.world, stage.wire.ledger, stage.wire.gateway, stage.wire.interactions)
    said = {key: world[key] for key in ("messages", "interactions")}
    places = {"messages": json.dumps(said, default=str).encode(), "/metrics": await _metrics(stage)}
    for place, data in places.items():
        findings.size += len(data)
        findings.found += [f"{name} in {place}" for name, value in secrets.items() if value in data]
    for path in [stage.log, *_files(stage.path(""))]:
        if path.name == "secret":
            continue
        with contextlib.suppress(FileNotFoundError):  # a clip that is thrown away meanwhile
            findings.size += path.stat().st_size
            findings.found += [f"{name} in {path.name}" for name, value in secrets.items() if holds(path, value)]
    return findings


def holds(path: Path, value: bytes) -> bool:
    """Whether a file holds these bytes; read in blocks that overlap."""
    rest = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            if value in rest + block:
                return True
            rest = block[-len(value) :]
    return False


async def _metrics(stage: Stage) -> bytes:
    if not stage.child.running:
        return b""
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{stage.web_port}/metrics") as answer,
        ):
            return await answer.read()
    except aiohttp.ClientError:
        return b""


def _files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()] if directory.is_dir() else []


def _addresses(value: object) -> list[str]:
    if isinstance(value, dict):
        return [address for part in value.values() for address in _addresses(part)]
    return [value] if isinstance(value, str) and value.startswith("http") and urlsplit(value).path else []
