"""A call in a thread that does not keep the process from ending, as those of an executor do."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")


def call_in_daemon(function: Callable[[], Result]) -> Future[Result]:
    """Call *function* in a daemon thread; return the future of its result or exception."""
    future = Future[Result]()

    def call() -> None:
        try:
            future.set_result(function())
        except BaseException as error:  # raised again by `Future.result`
            future.set_exception(error)

    Thread(target=call, daemon=True).start()
    return future
