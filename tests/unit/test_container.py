"""Dockerfile and compose.yaml, read as text: what the container may do, and what is in it."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]


def instructions() -> list[tuple[str, str]]:
    """(instruction, its arguments) in order; comments gone, continued lines joined."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    split = [line.split(maxsplit=1) for line in joined.splitlines() if line.strip()]
    return [(word, rest) for word, rest in split]


def final_stage() -> list[tuple[str, str]]:
    found = instructions()
    last = max(number for number, (word, _) in enumerate(found) if word == "FROM")
    return found[last:]


def arguments(word: str) -> list[str]:
    return [rest for name, rest in final_stage() if name == word]


def compose() -> list[tuple[str, str]]:
    """Every line of compose.yaml as (where, value): `services.rushes.cap_drop` and `ALL` for an item of a list."""
    path: list[tuple[int, str]] = []
    found = []
    for line in (ROOT / "compose.yaml").read_text().splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        depth = len(line) - len(line.lstrip())
        path = [(at, name) for at, name in path if at < depth]
        if text.startswith("- "):
            found.append((".".join(name for _, name in path), text.removeprefix("- ").strip('"')))
            continue
        name, _, value = text.partition(":")
        path.append((depth, name))
        found.append((".".join(name for _, name in path), value.strip().strip('"')))
    return found


def settings(where: str) -> list[str]:
    return [value for place, value in compose() if place == f"services.rushes.{where}" and value]


def test_the_image_runs_as_a_numbered_user_who_is_not_root() -> None:
    (user,) = arguments("USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    after = [word for word, _ in final_stage()]
    assert "RUN" not in after[after.index("USER") :]
    assert settings("user") == []


def test_only_what_the_lock_file_names_is_installed_and_by_its_hash() -> None:
    (install,) = [rest for word, rest in instructions() if word == "RUN" and "pip install" in rest]
    assert "--require-hashes" in install
    assert "--only-binary :all:" in install
    assert install.endswith("-r /tmp/requirements.lock")
    assert "pip install" not in " ".join(rest for _, rest in final_stage())


def test_the_image_holds_the_application_and_nothing_else() -> None:
    assert arguments("COPY") == ["--from=builder /opt/venv /opt/venv", "bot ./bot", "cogs ./cogs"]
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert sorted(kept) == ["bot", "cogs", "requirements.lock"]
    assert "*" in (ROOT / ".dockerignore").read_text().splitlines()


def test_the_lock_file_has_every_distribution_that_the_code_imports() -> None:
    locked = {
        normal(name) for name in re.findall(r"^([\w.-]+)\S*==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    }
    by_module = packages_distributions()
    for module in imported():
        assert {normal(name) for name in by_module[module]} & locked, f"{module} is not in requirements.lock"


def normal(name: str) -> str:
    """The name of a distribution as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def imported() -> set[str]:
    """Top-level modules from elsewhere that bot and cogs import."""
    found = set()
    for path in [*ROOT.glob("bot/**/*.py"), *ROOT.glob("cogs/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
    return found - sys.stdlib_module_names - {"bot", "cogs"}


def test_data_is_the_only_volume() -> None:
    assert arguments("VOLUME") == ["/data"]
    assert settings("volumes") == ["data:/data"]
    assert [place for place, _ in compose() if place.startswith("volumes.")] == ["volumes.data"]


def test_data_belongs_to_the_user_and_the_application_keeps_everything_there() -> None:
    (user,) = arguments("USER")
    owner, group = user.split(":")
    assert f"install --directory --owner {owner} --group {group} --mode 0700 /data" in arguments("RUN")
    assert "DATA_DIR=/data" in " ".join(arguments("ENV")).split()
    assert settings("environment.DATA_DIR") == ["/data"]


def test_the_root_file_system_is_read_only_but_for_tmp() -> None:
    assert settings("read_only") == ["true"]
    assert [value.split(":")[0] for value in settings("tmpfs")] == ["/tmp"]
    assert "PYTHONDONTWRITEBYTECODE=1" in " ".join(arguments("ENV")).split()


def test_the_container_has_no_capabilities_and_bounds() -> None:
    assert settings("cap_drop") == ["ALL"]
    assert settings("cap_add") == settings("privileged") == settings("network_mode") == []
    assert settings("security_opt") == ["no-new-privileges:true"]
    assert int(settings("pids_limit")[0]) <= 256
    assert re.fullmatch(r"\d+[mg]", settings("mem_limit")[0])


def test_the_port_is_published_to_this_machine_alone() -> None:
    assert settings("ports") == ["127.0.0.1:8080:8080"]
    assert "HTTP_HOST=0.0.0.0" in " ".join(arguments("ENV")).split()


def test_it_is_stopped_by_a_signal_that_reaches_python_and_has_time_to_end() -> None:
    assert arguments("STOPSIGNAL") == ["SIGTERM"]
    assert [json.loads(rest) for rest in arguments("CMD")] == [["python", "-m", "bot"]]
    assert arguments("ENTRYPOINT") == settings("command") == settings("entrypoint") == []
    (grace,) = settings("stop_grace_period")
    assert int(grace.removesuffix("s")) > 10


def health_checks() -> Iterator[str]:
    (check,) = arguments("HEALTHCHECK")
    command = json.loads(check[check.index("[") :])
    assert command[:2] == ["python", "-c"]
    yield command[2]
    *words, script = settings("healthcheck.test")
    assert words == ["CMD", "python", "-c"]
    yield script


def test_both_health_checks_ask_healthz_and_are_python() -> None:
    for script in health_checks():
        ast.parse(script)
        assert "/healthz" in script


def test_no_secret_is_written_into_either_file() -> None:
    text = (ROOT / "Dockerfile").read_text() + (ROOT / "compose.yaml").read_text()
    assert not re.search(r"TOKEN|API_KEY", text)
    assert settings("env_file") == [".env"]
