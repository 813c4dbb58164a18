"""Environments for the peers that netframe is compared with, one each: ``python benchmarks/peers.py``.

They live under ``build/peers``, so that no peer's dependencies or licence touch the package. Removing the folder of one
and calling this again builds it anew. Brian2 and ANNarchy compile C++ and need a compiler when they run.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

ENVIRONMENTS = Path(__file__).resolve().parent.parent / "build" / "peers"
#: Contestant -> what pip installs for it. All need SciPy to build the sparse rows.
REQUIREMENTS = {
    "brainpy": ["brainpy>=2.7", "jax[cpu]", "scipy"],
    "pyrates": ["pyrates>=1.0", "jax[cpu]", "diffrax", "scipy"],
    "brian2": ["brian2>=2.9", "numpy<2", "scipy"],  # 2.9 asks for what NumPy 2 has taken away
    "annarchy": ["ANNarchy>=5.0", "scipy"],
}
#: Versions of Python that all of them support, best first.
PYTHONS = ("python3.12", "python3.11", "python3.13")


def interpreter(contestant: str) -> Path:
    """The Python that runs a contestant: a peer's own, or the one that runs this."""
    if contestant not in REQUIREMENTS:
        return Path(sys.executable)
    folder = "Scripts" if sys.platform == "win32" else "bin"
    return ENVIRONMENTS / contestant / folder / "python"


def activated(contestant: str) -> dict[str, str]:
    """What activating a peer's environment would set, so that compilers find its Python."""
    if contestant not in REQUIREMENTS:
        return {}
    own = interpreter(contestant).parent
    return {"VIRTUAL_ENV": str(own.parent), "PATH": f"{own}{os.pathsep}{os.environ.get('PATH', '')}"}


def base_python() -> str:
    """The first suitable Python on the path that starts, or this one."""
    for name in PYTHONS:
        found = shutil.which(name)
        if found and subprocess.run([found, "-c", "import venv"], capture_output=True, check=False).returncode == 0:
            return found
    return sys.executable


def set_up(peer: str, python: str) -> bool:
    """Whether the peer's environment could be made."""
    print(f"{peer}: {', '.join(REQUIREMENTS[peer])} with {python}", flush=True)
    own = str(interpreter(peer))
    commands = [[own, "-m", "pip", "install", "--quiet", "--upgrade", *REQUIREMENTS[peer]]]
    if not interpreter(peer).exists():  # another Python in an environment that exists would leave it with two
        commands.insert(0, [python, "-m", "venv", str(ENVIRONMENTS / peer)])
    return all(subprocess.run(command, check=False).returncode == 0 for command in commands)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=REQUIREMENTS, metavar="NAME", help=f"one of {', '.join(REQUIREMENTS)}")
    parser.add_argument("--python", help=f"Python that makes the environments; else one of {', '.join(PYTHONS)}")
    options = parser.parse_args()
    chosen = [options.only] if options.only else list(REQUIREMENTS)
    failed = [peer for peer in chosen if not set_up(peer, options.python or base_python())]
    if failed:
        raise SystemExit(f"could not set up {', '.join(failed)}")


if __name__ == "__main__":
    main()
