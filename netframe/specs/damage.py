"""What is wrong with a text that is no TOML or JSON: the line, and what is often meant by it."""

from __future__ import annotations

import re

#: What people write into a line that cannot be read, and what to write: in both formats, and in TOML.
_OF_NUMBERS = {
    r"(?<![\w.\"'])[-+]?\.\d": "A number begins with a digit: write 0.05 for .05",
    r"\d\.(?![\d])": "A number ends with a digit: write 5.0 for 5.",
}
_OFTEN = _OF_NUMBERS | {
    r"\b(True|False)\b": "Truth is written true or false",
    r"\b(None|null)\b": "Nothing is written {none = true}",
    r"[=\[,]\s*\(": "Arrays are written in brackets: [1.0, 2.0]",
    r"^\s*\w[\w.]*\s*=\s*[A-Za-z_]\w*\s*$": "A text stands in quotation marks",
}


def damage(text: str, error: ValueError, kind: str) -> tuple[str, str]:
    """What a parser did not understand, with the line it is in, and what may be meant."""
    number = getattr(error, "lineno", None) or _line(str(error))
    lines = text.splitlines()
    if number is None or not 0 < number <= len(lines):
        return f"it is damaged, or no {kind}: {error}", ""
    line = lines[number - 1].strip()
    shown = line if len(line) <= 80 else f"{line[:77]}..."
    often = _OFTEN if kind == "TOML" else _OF_NUMBERS
    meant = next((remedy for pattern, remedy in often.items() if re.search(pattern, line)), "")
    return f"it is damaged, or no {kind}: {error}: {shown}", meant


def _line(told: str) -> int | None:
    found = re.search(r"\(at line (\d+)", told)
    return int(found[1]) if found else None
