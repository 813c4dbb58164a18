"""The tutorials as pages: each script is run, and its text, code, printed output and figures are put together."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cells

#: What runs a script, in a process whose main module holds nothing else.
_RUN = "import cells, json, pathlib, sys; print(json.dumps(cells.run(pathlib.Path(sys.argv[1]))))"


def made(path: Path, folder: Path) -> tuple[str, str]:
    """Run one tutorial in ``folder/<its name>`` and return its name and its page; a failure is raised with its text."""
    home = folder / path.stem
    home.mkdir(parents=True, exist_ok=True)
    limits = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
    found = [str(Path(__file__).parent), str(path.parent.parent), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    paths = {"PYTHONPATH": os.pathsep.join(filter(None, found))}
    command = [sys.executable, "-W", "error", "-c", _RUN, str(path.resolve())]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, env=os.environ | limits | paths)
    if done.returncode:
        raise RuntimeError(f"{path.name} failed\n{done.stderr}")
    return path.stem, cells.markdown(json.loads(done.stdout), path.stem)


def write(app: Any) -> None:
    """Run all tutorials, as many at a time as there are cores, and write their pages to ``tutorials/``."""
    folder = Path(app.srcdir) / "tutorials"
    scripts = sorted((Path(app.srcdir).parent / "tutorials").glob("[0-9]*.py"))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, text in pool.map(lambda path: made(path, folder), scripts):
            path = folder / f"{name}.md"
            if not path.exists() or path.read_text() != text:
                path.write_text(text)


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
