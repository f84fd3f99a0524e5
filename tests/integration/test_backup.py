"""Backups of a database that is written to meanwhile, of files that come and go, and damaged ones."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from bot import data_dir
from bot.errors import ConfigurationError
from bot.library.copies.manifest import DATABASE, MANIFEST, read_manifest
from bot.library.copies.restoring import restore, verify
from bot.library.copies.taking import Installation, take
from bot.storage.sqlite.upgrading import upgrade
from tests.integration.first_release import FirstRelease, assembly_id_of, choice, job_id_of, storm

NOW = 1_800_000_000.0


class Home:
    """An installation with rows and files, as a bot leaves them."""

    def __init__(self, directory: Path) -> None:
        self.data = data_dir.prepare(directory / "data", ("images", "clips", "stills"))
        self.database = self.data / DATABASE
        self.here = Installation(self.database, self.data)
        data_dir.secret(self.data / "secret")
        self.past = FirstRelease(self.database, NOW, 1, 500, 7)

    def save(self) -> None:
        """Write the rows, of the schema of today."""
        self.past.save()
        with create_engine(f"sqlite:///{self.database}").begin() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            upgrade(connection, "0002")
        self.write("PRAGMA journal_mode=WAL")

    def picture(self, name: str, number: int = 0) -> dict[str, str]:
        """A picture of a job on disk; the column that names it."""
        file = f"{job_id_of(name)}-first.png"
        (self.data / "images" / file).write_bytes(f"picture {name} {number}".encode())
        return {"first_frame": json.dumps({"name": file, "content_type": "image/png", "width": 512, "height": 512})}

    def clip(self, name: str) -> str:
        (self.data / "clips" / f"{job_id_of(name)}.mp4").write_bytes(f"clip {name}".encode())
        return f"clips/{job_id_of(name)}.mp4"

    def write(self, statement: str) -> None:
        with closing(sqlite3.connect(self.database, isolation_level=None)) as connection:
            connection.execute(statement)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A job under way, one whose clip is kept, one that a reel is made of, and one that is over."""
    home = Home(tmp_path)
    home.past.job("queued", "queued", **home.picture("queued"))
    home.past.job("delivering", "delivering", task_id="t")
    home.past.job("parked", "parked")
    home.past.job("chosen", "delivered", "settle")
    home.past.job("over", "delivered", "settle", **home.picture("over"))
    home.past.assembly("reel", "reel", choice("choosing", [job_id_of("chosen")]))
    (home.data / "images" / f"{assembly_id_of('idea')}-first.png").write_bytes(b"a picture for all takes")
    drawn = {"name": f"{assembly_id_of('idea')}-first.png", "content_type": "image/png", "width": 512, "height": 512}
    home.past.assembly("idea", "brainstorm", storm("idea", "drafting", [], picture=drawn))
    for name in ("delivering", "parked", "chosen", "over"):
        home.clip(name)
    home.save()
    home.write(
        "INSERT INTO assemblies SELECT 'torn', version, kind, 1, user_id, guild_id, channel_id, locale, '{', NULL,"
        " NULL, NULL, 0, created_at, NULL FROM assemblies LIMIT 1"
    )
    return home


def files(directory: Path) -> dict[str, bytes]:
    return {str(p.relative_to(directory)): p.read_bytes() for p in directory.rglob("*") if p.is_file()}


def test_a_backup_has_what_jobs_need_and_goes_back_byte_for_byte(home: Home, tmp_path: Path) -> None:
    manifest = take(home.here, tmp_path / "b", NOW)
    clips = {f"clips/{job_id_of(name)}.mp4" for name in ("delivering", "parked", "chosen")}
    images = {f"images/{job_id_of('queued')}-first.png", f"images/{assembly_id_of('idea')}-first.png"}
    assert set(manifest.files) == {DATABASE, "secret"} | clips | images
    assert set(files(tmp_path / "b")) == {*manifest.files, MANIFEST}
    assert (manifest.jobs, manifest.missing) == ({"delivered": 2, "delivering": 1, "parked": 1, "queued": 1}, ())
    assert manifest.ledger == {"hold": 5, "settle": 2}

    there = tmp_path / "there"
    there.mkdir()
    assert restore(tmp_path / "b", there / DATABASE, there) == manifest
    assert files(there) == {name: data for name, data in files(tmp_path / "b").items() if name != MANIFEST}
    with pytest.raises(ConfigurationError, match="there is a database already"):
        restore(tmp_path / "b", there / DATABASE, there)
    whole = take(home.here, tmp_path / "all", NOW, everything=True)
    assert {f"clips/{job_id_of('over')}.mp4", f"images/{job_id_of('over')}-first.png"} < set(whole.files)


class Writer(threading.Thread):
    """Writes without a pause: an entry of the ledger and its sum in each transaction, and a page of ballast."""

    def __init__(self, home: Home) -> None:
        super().__init__()
        self._home = home
        self.stopping = threading.Event()
        self.written = 0
        home.write("CREATE TABLE ballast (n INTEGER PRIMARY KEY, filler BLOB)")
        home.write(f"INSERT INTO ballast VALUES {', '.join(f'({n}, zeroblob(4000))' for n in range(4000))}")

    def run(self) -> None:
        with closing(sqlite3.connect(self._home.database, isolation_level=None, timeout=5)) as connection:
            while not self.stopping.is_set():
                number = self.written + 1
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(f"UPDATE ballast SET filler = zeroblob(3999) WHERE n = {number % 4000}")
                connection.execute(f"INSERT INTO ledger VALUES ('{number}', 'hold', 1, 7, 'd', 1, 1)")
                connection.execute(f"INSERT INTO spend VALUES ('{number}', 'd', 1, 0)")
                connection.execute("COMMIT")
                self.written = number


def test_a_database_that_is_written_to_all_the_time_is_copied_as_of_one_moment(home: Home, tmp_path: Path) -> None:
    """A copy that mixed two moments would have an entry without its sum."""
    writer, moments = Writer(home), []
    writer.start()
    try:
        for number in range(5):
            before = writer.written
            take(home.here, tmp_path / str(number), NOW)
            moments.append((before, writer.written))
    finally:
        writer.stopping.set()
        writer.join()
    query = "SELECT (SELECT count(*) FROM ledger WHERE day = 'd'), (SELECT count(*) FROM spend WHERE day = 'd')"
    for number, (before, after) in enumerate(moments):
        with closing(sqlite3.connect(tmp_path / str(number) / DATABASE)) as copy:
            held, counted = copy.execute(query).fetchone()
        assert held == counted
        # Of when it began: it did not have to begin anew for what was written meanwhile.
        assert before <= held <= before + 1 + 0.75 * (after - before)
    assert moments[-1][1] > moments[0][0], "something was written meanwhile"


def test_a_picture_that_goes_while_files_are_copied_is_not_missed(home: Home, tmp_path: Path) -> None:
    """Its job ends after the database was copied: so the database is copied anew, and says so."""
    clip = home.data / home.clip("delivering")
    clip.unlink()
    os.mkfifo(clip)  # whoever copies it waits here
    picture = home.data / "images" / f"{job_id_of('queued')}-first.png"

    def end() -> None:
        with clip.open("wb") as file:
            home.write(f"UPDATE jobs SET status = 'failed' WHERE job_id = '{job_id_of('queued')}'")
            picture.unlink()
            file.write(b"a clip")

    ending = threading.Thread(target=end)
    ending.start()
    manifest = take(home.here, tmp_path / "b", NOW)
    ending.join()
    assert (manifest.jobs["failed"], manifest.missing) == (1, ())
    assert f"images/{picture.name}" not in manifest.files
    assert (tmp_path / "b" / f"clips/{clip.name}").read_bytes() == b"a clip"


def test_a_picture_that_was_lost_before_is_named(home: Home, tmp_path: Path) -> None:
    lost = f"images/{job_id_of('queued')}-first.png"
    (home.data / lost).unlink()
    assert take(home.here, tmp_path / "b", NOW).missing == (lost,)


def test_a_backup_goes_into_a_directory_of_its_own_or_leaves_nothing(home: Home, tmp_path: Path) -> None:
    full, empty = tmp_path / "full", tmp_path / "empty"
    full.mkdir()
    (full / "precious").write_text("letters")
    with pytest.raises(ConfigurationError, match="is not empty"):
        take(home.here, full, NOW)
    empty.mkdir()
    take(home.here, empty, NOW)
    with pytest.raises(ConfigurationError, match="is not empty"):
        take(home.here, empty, NOW)
    damage(home.database)
    with pytest.raises(ConfigurationError, match=r"not sound|cannot be copied|cannot be read"):
        take(home.here, tmp_path / "of ruins", NOW)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "empty", "full"]


def damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096 * 6)


def rewrite(backup: Path, **changes: object) -> None:
    path = backup / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "a file is gone": (lambda b: (b / "secret").unlink(), "not whole"),
    "a file is another": (lambda b: (b / "secret").write_bytes(b"another"), "secret is not the file"),
    "the database is damaged": (lambda b: damage(b / DATABASE), "rushes.sqlite3 is not the file"),
    "no manifest": (lambda b: (b / MANIFEST).unlink(), "is no backup"),
    "a torn manifest": (lambda b: (b / MANIFEST).write_text("{"), "is not what this Rushes writes"),
    "a later format": (lambda b: rewrite(b, format=2), r"is not what this Rushes writes \(at format\)"),
    "a manifest of something else": (lambda b: rewrite(b, jobs={"queued": 9}), "not the one that its manifest"),
    "no database": (lambda b: rewrite(b, files={}), "has no rushes.sqlite3"),
}


@pytest.mark.parametrize("how", WRONG)
def test_a_backup_that_is_not_whole_is_not_put_back(home: Home, tmp_path: Path, how: str) -> None:
    spoil, words = WRONG[how]
    take(home.here, tmp_path / "b", NOW)
    spoil(tmp_path / "b")
    with pytest.raises(ConfigurationError, match=words):
        restore(tmp_path / "b", tmp_path / "there" / DATABASE, tmp_path / "there")
    assert not (tmp_path / "there").exists()


def test_a_backup_of_a_newer_version_is_not_put_back(home: Home, tmp_path: Path) -> None:
    home.write("UPDATE alembic_version SET version_num = '9999'")
    take(home.here, tmp_path / "b", NOW)
    with pytest.raises(ConfigurationError, match="newer Rushes"):
        restore(tmp_path / "b", tmp_path / "there" / DATABASE, tmp_path / "there")


@pytest.mark.parametrize("left", ["-wal", "-journal"])
def test_the_log_of_another_database_keeps_a_backup_from_being_put_beside_it(
    home: Home, tmp_path: Path, left: str
) -> None:
    take(home.here, tmp_path / "b", NOW)
    there = data_dir.prepare(tmp_path / "there", ())
    (there / f"{DATABASE}{left}").write_bytes(b"of another one")
    with pytest.raises(ConfigurationError, match="there is a database already"):
        restore(tmp_path / "b", there / DATABASE, there)


def test_a_database_of_an_earlier_version_is_copied_with_all_its_files(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.past.job("over", "delivered", "settle", **home.picture("over"))
    clip = home.clip("over")
    home.past.save()
    manifest = take(home.here, tmp_path / "b", NOW)
    assert (manifest.db_schema, clip in manifest.files, manifest.jobs) == ("0002", True, {"delivered": 1})
    there = data_dir.prepare(tmp_path / "there", ())
    assert restore(tmp_path / "b", there / DATABASE, there) == verify(tmp_path / "b") == read_manifest(tmp_path / "b")
