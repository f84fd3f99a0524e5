"""Lane: threads that run whole transactions, so that each costs the event loop one hop. It knows no table."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import StorageFailed

T = TypeVar("T")

Work = Callable[[Connection], T]
"""The statements of one transaction: runs in another thread, may raise, and may run nothing that awaits."""


class Lane:
    """A few threads, each with a connection of its own that stays open from one transaction to the next."""

    def __init__(self, connect: Callable[[], Connection], threads: int, name: str) -> None:
        self._connect = connect
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._own = threading.local()
        self._open: set[Connection] = set()
        self._closed = False

    async def run(self, work: Work[T]) -> T:
        """Run a transaction; committed at its end, rolled back on any exception. Raises StorageFailed.

        A caller that is cancelled does not wait for its end.
        """
        return await asyncio.wrap_future(self._submit(_Call(work)))

    async def run_whole(self, work: Work[T]) -> T:
        """The same, but a caller that is cancelled waits until it has ended, so that nobody works beside it.

        Then it is rolled back, or never begun; only one whose commit had begun already is written all the same.
        """
        call = _Call(work)
        running = self._submit(call)
        ended = asyncio.wrap_future(running)
        try:
            return await asyncio.shield(ended)
        except asyncio.CancelledError:
            call.unwanted = True
            running.cancel()
            while not ended.done():
                with contextlib.suppress(asyncio.CancelledError):  # asked again, which changes nothing
                    await asyncio.wait({ended})
            if not ended.cancelled():
                ended.exception()  # what came of it is nobody's business any more
            raise

    async def aside(self, statement: str) -> tuple[Any, ...]:
        """Run one statement between two transactions, outside of any; its first row. Raises StorageFailed."""
        try:
            return await asyncio.wrap_future(self._pool.submit(self._run_aside, statement))
        except RuntimeError as error:
            raise StorageFailed("the database is closed") from error

    def _run_aside(self, statement: str) -> tuple[Any, ...]:
        try:
            driver: Any = self._connection().connection.driver_connection
            row: tuple[Any, ...] = driver.execute(statement).fetchone()
        except (SQLAlchemyError, sqlite3.Error) as error:
            self._drop()
            raise StorageFailed(f"{type(error).__name__}: {error}") from error
        return row

    def _submit(self, call: _Call) -> Future[Any]:
        try:
            return self._pool.submit(self._transact, call)
        except RuntimeError as error:
            raise StorageFailed("the database is closed") from error

    def _transact(self, call: _Call) -> Any:
        if self._closed:
            raise StorageFailed("the database is closed")
        try:
            connection = self._connection()
            with connection.begin():
                result = call.work(connection)
                if call.unwanted:
                    raise StorageFailed("nobody waits for it any more")
                return result
        except SQLAlchemyError as error:
            # Whatever has befallen the connection, the next transaction has a new one.
            self._drop()
            raise StorageFailed(f"{type(error).__name__}: {getattr(error, 'orig', None)}") from error

    def _connection(self) -> Connection:
        connection: Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = self._connect()
            self._open.add(connection)
        return connection

    def _drop(self) -> None:
        connection: Connection | None = getattr(self._own, "connection", None)
        if connection is not None:
            self._own.connection = None
            self._open.discard(connection)
            with contextlib.suppress(SQLAlchemyError):
                connection.close()

    async def close(self, *, interrupt: bool = False) -> None:
        """Begin nothing more, wait for what is under way, and close the connections; `interrupt` cuts it short."""
        self._closed = True
        if interrupt:
            for connection in list(self._open):
                connection.connection.driver_connection.interrupt()  # type: ignore[union-attr]
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        self._pool.shutdown(wait=True)
        for connection in self._open:
            connection.close()
        self._open.clear()


class _Call:
    """One transaction that was asked for, and whether it is wanted still."""

    __slots__ = ("unwanted", "work")

    def __init__(self, work: Work[Any]) -> None:
        self.work = work
        self.unwanted = False
