"""Interrupts: Ctrl-C held back while compiled code runs."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

#: As many in a row are not held: what runs may never end.
INSISTING = 3


@contextlib.contextmanager
def interrupts_held() -> Iterator[None]:
    """Have Ctrl-C wait until the block has ended, unless it comes ``INSISTING`` times.

    An exception in the midst of compiling leaves JAX in a state in which it may end the process later, and one in a
    function that compiled code calls back comes out as another.
    """
    before = signal.getsignal(signal.SIGINT) if threading.current_thread() is threading.main_thread() else None
    if not callable(before):  # another thread, whose business signals are not, or they are ignored
        yield
        return
    held: list[int] = []

    def hold(number: int, frame: Any) -> None:
        held.append(number)
        if len(held) >= INSISTING:
            before(number, frame)

    signal.signal(signal.SIGINT, hold)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if held:
            signal.raise_signal(signal.SIGINT)
