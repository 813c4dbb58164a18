"""Locks on open files, which end with the process that holds them, however it ends."""

from __future__ import annotations

from typing import BinaryIO


def locked(file: BinaryIO) -> bool | None:
    """Lock an open file for this process: whether that went, or ``None`` where files cannot be locked."""
    try:
        import fcntl
    except ImportError:
        return None
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
