"""Ending a query by a signal or a clock: DuckDB looks at neither while it works, so that a thread has to tell it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import weakref
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import duckdb

ENDING: Final = (signal.SIGINT, signal.SIGTERM)
AGAIN_SECONDS: Final = 0.1
_open: weakref.WeakSet[duckdb.DuckDBPyConnection] = weakref.WeakSet()


def interruptible(connection: duckdb.DuckDBPyConnection) -> None:
    """Let signals end the queries of a connection, as long as it is open, within :func:`ended_by_signals`."""
    _open.add(connection)


def is_interruption(error: BaseException | None) -> bool:
    """Tell whether an error says that a query was interrupted, as DuckDB and those that read its results say it."""
    return type(error).__name__ == "InterruptException" or (
        isinstance(error, RuntimeError) and "interrupted" in str(error).lower()
    )


@contextlib.contextmanager
def ended_by_signals() -> Iterator[list[int]]:
    """Let SIGINT and SIGTERM end the block at once, a running query too; gives the list of those that came.

    Python notes a signal and waits for the call at hand to return, which a query does when it is done. The interpreter
    writes to a pipe when it notes one; the thread that reads it interrupts the queries until Python has taken notice,
    and the block is left by KeyboardInterrupt or by what the query raised. Outside the main thread nothing is changed,
    nor is a signal that is ignored, or handled by somebody else.
    """
    arrived: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield arrived
        return
    noticed = threading.Event()
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = {one: signal.getsignal(one) for one in ENDING}

    def end(number: int, _: FrameType | None) -> None:
        arrived.append(number)
        noticed.set()
        raise KeyboardInterrupt

    for one, handler in before.items():
        if handler in {signal.SIG_DFL, signal.default_int_handler}:
            signal.signal(one, end)
    earlier = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    watcher = threading.Thread(target=_interrupt_queries, args=(reader, noticed, end), daemon=True)
    watcher.start()
    try:
        yield arrived
    finally:
        signal.set_wakeup_fd(earlier)
        for one, handler in before.items():
            signal.signal(one, handler)
        noticed.set()
        os.close(writer)
        watcher.join()
        os.close(reader)


def _interrupt_queries(reader: int, noticed: threading.Event, end: object) -> None:
    """Interrupt every query when an ending signal comes, until it is noticed; ends when the pipe is closed."""
    while signals := os.read(reader, 64):
        for one in ENDING:
            if one.value not in signals or signal.getsignal(one) is signal.SIG_IGN:
                continue
            _interrupt_open()
            while signal.getsignal(one) is end and not noticed.wait(AGAIN_SECONDS):
                _interrupt_open()


def _interrupt_open() -> None:
    for connection in list(_open):
        with contextlib.suppress(Exception):  # one that is closed meanwhile has nothing to interrupt
            connection.interrupt()


@contextlib.contextmanager
def time_limit(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[threading.Event]:
    """Interrupt what runs on a connection after so many seconds; gives the event that is then set.

    What is interrupted raises duckdb.InterruptException.
    """
    passed, done = threading.Event(), threading.Event()

    def watch() -> None:
        if done.wait(seconds):
            return
        passed.set()
        while not done.wait(AGAIN_SECONDS):
            with contextlib.suppress(Exception):
                connection.interrupt()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield passed
    finally:
        done.set()
        watcher.join()
