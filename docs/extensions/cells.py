"""The cells of a script in the percent format: split, run with what each prints, and written as Markdown."""

from __future__ import annotations

import contextlib
import io
import re
import sys
from pathlib import Path
from typing import Any

_FIGURE = re.compile(r"^figure written: (\S+)\n?", re.MULTILINE)


def split(text: str) -> list[dict[str, Any]]:
    """The cells of a script: ``kind``, "markdown" or "code", ``source``, and the ``line`` it starts at, from 0."""
    found: list[dict[str, Any]] = []
    for number, line in enumerate(text.splitlines()):
        if line.startswith("# %%"):
            found.append({"kind": "markdown" if "[markdown]" in line else "code", "source": "", "line": number + 1})
        elif found:
            found[-1]["source"] += _text(line) if found[-1]["kind"] == "markdown" else f"{line}\n"
        elif line.strip():
            raise ValueError(f"line {number + 1} stands before the first cell: {line!r}")
    return [cell for cell in found if cell["source"].strip()]


def _text(line: str) -> str:
    """A line of Markdown without the mark of its comment."""
    return line.removeprefix("#").removeprefix(" ") + "\n"


def run(path: Path) -> list[dict[str, Any]]:
    """The cells of a script with the ``output`` of each, from running them one after the other as the main program."""
    namespace = sys.modules["__main__"].__dict__
    namespace["__file__"] = str(path)
    sys.path.insert(0, str(path.parent))
    cells = split(path.read_text())
    for cell in cells:
        if cell["kind"] == "code":
            printed = io.StringIO()
            code = compile("\n" * cell["line"] + cell["source"], str(path), "exec")
            with contextlib.redirect_stdout(printed):
                exec(code, namespace)
            cell["output"] = printed.getvalue()
    return cells


def markdown(cells: list[dict[str, Any]], folder: str) -> str:
    """A page of cells; figures that a cell says it has written, into ``folder``, stand below its output."""
    parts = []
    for cell in cells:
        if cell["kind"] == "markdown":
            parts.append(cell["source"].strip())
            continue
        parts.append(_fenced("python", cell["source"].strip("\n")))
        output = cell.get("output", "")
        figures = _FIGURE.findall(output)
        told = _FIGURE.sub("", output).strip("\n")
        parts += [_fenced("text", told)] if told.strip() else []
        parts += [f"![{Path(figure).stem.replace('_', ' ')}]({folder}/{figure})" for figure in figures]
    return "\n\n".join(parts) + "\n"


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"
