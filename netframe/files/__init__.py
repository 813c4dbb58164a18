"""Files: results and checkpoints, written whole or not at all, and read back only where every number is as written."""

from __future__ import annotations

from netframe.files.atomic import replacing
from netframe.files.container import read, write
from netframe.files.results import load, save

__all__ = ["load", "read", "replacing", "save", "write"]
