"""The docstrings of the package, written to be read in a terminal, as reStructuredText.

``sphinx.ext.napoleon`` knows the sections, but would set indented equations as quotations, their lines run together.
"""

from __future__ import annotations

import re
from typing import Any

_HEADING = re.compile(r"^(?P<word>[A-Z][a-z]+)(?P<rest>[^.]*):$")
_ENTRY = re.compile(r"^    (?P<name>\w+) : (?P<what>.*)$")
TABLE = "Parameters and states"


def as_rst(lines: list[str]) -> list[str]:
    """The lines of a docstring: indented blocks as code, the example under its own line, the table as a list."""
    lines, table = _without_table(lines)
    found: list[str] = []
    in_block = False
    for before, line in zip(["", *lines], lines):
        indented = line.startswith("    ")
        if indented and not in_block:
            doctest = line.lstrip().startswith(">>>")
            heading = _HEADING.match(before)
            if heading and found:
                found[-1] = f"**{heading['word']}**{heading['rest']}:"
            if found and found[-1].strip():
                found.append("")
            found += [".. code-block:: pycon" if doctest else "::", ""]
        elif in_block and line.strip() and not indented and found[-1].strip():
            found.append("")
        in_block = indented or (in_block and not line.strip())
        found.append(line)
    return [*found, *table]


def _without_table(lines: list[str]) -> tuple[list[str], list[str]]:
    """The docstring without the table of parameters and states that its class has added, and that as a list."""
    if TABLE not in lines:
        return lines, []
    at = lines.index(TABLE)
    rows: list[str] = []
    for line in lines[at + 1 :]:
        entry = _ENTRY.match(line)
        if entry:
            rows += [f"``{entry['name']}``", f"    ``{entry['what']}``"]
        elif line.strip():
            rows[-1] += f", {line.strip()}"
    return lines[:at], ["", f"**{TABLE}**", "", *rows, ""]


def _process(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = as_rst(list(lines))


def _sign(app: Any, what: str, name: str, obj: Any, options: Any, signature: Any, returned: Any) -> Any:
    """A default that is made for each object is no ``NOTHING`` to the reader."""
    return (signature.replace("=NOTHING", "=..."), returned) if signature else None


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("autodoc-process-signature", _sign)
    app.connect("autodoc-process-docstring", _process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
