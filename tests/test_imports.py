"""The shape of the house: imports go down the list of DESIGN only, and importing is quick and light."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import netframe

PACKAGE = Path(netframe.__file__).parent
#: A module may import what stands on a line above its own, and its own line.
LAYERS = [
    "errors tables memory calls extras paths later",
    "unit_names units progress",
    "arrays",
    "validators",
    "fields values",
    "component",
    "activations",
    "populations inputs connectivity weight_rules",
    "projections",
    "registry packing",
    "binding wiring rebuilding promises",
    "row_blocks start",
    "terms",
    "right_hand_side",
    "quantities",
    "network",
    "tracing",
    "differentiable local_partials chain_rule jacobian rehearsal provenance solution joined_members",
    "files",
    "integrators",
    "sensitivity",
    "specs",
    "plotting testing labels batch_members labelled_results trust",
    "analysis",
    "work_precision named_options",
    "dictionaries",
]
RANK = {name: rank for rank, line in enumerate(LAYERS) for name in line.split()}


def imported(path):
    """The top-level netframe modules a file imports outside functions and TYPE_CHECKING blocks."""
    nodes = list(ast.parse(path.read_text()).body)
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("netframe."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.ImportFrom) and node.module == "netframe":
            yield from (alias.name for alias in node.names)


MODULES = [p for p in PACKAGE.rglob("*.py") if p.parent != PACKAGE or p.stem not in ("__init__", "__main__")]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_down_only(path):
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert own in RANK, f"give '{own}' a place in LAYERS"
    for name in imported(path):
        assert RANK[name] <= RANK[own], f"{own} imports {name}, which stands below it"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_hold_one_idea(path):
    assert len(path.read_text().splitlines()) <= 350
    assert ast.get_docstring(ast.parse(path.read_text()))


def run(code, **environment):
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | environment
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=kept).stdout


def test_importing_loads_neither_matplotlib_nor_solvers_nor_extras():
    code = "import netframe, sys; print([m for m in ('matplotlib', 'scipy.integrate', 'scipy.sparse', 'jax', 'sksundae') if m in sys.modules])"
    assert run(code).strip() == "[]"


def test_importing_takes_a_quarter_of_a_second_at_most(tmp_path):
    cache = {"PYTHONPYCACHEPREFIX": str(tmp_path)}  # bytecode as an installed package has it, from the first run on
    code = "import time; t = time.perf_counter(); import netframe; print(time.perf_counter() - t)"
    assert min(float(run(code, **cache)) for _ in range(6)) <= 0.25


@pytest.mark.parametrize("name", ["recommend", "compare_integrators", "gradient", "JaxIntegrator", "from_dicts"])
def test_names_that_are_loaded_later_stay_what_they_are(name):
    code = f"import netframe; first = netframe.{name}; print(callable(first) and first is netframe.{name})"
    assert run(code).strip() == "True"


def test_python_m_netframe_tells_versions():
    out = subprocess.run([sys.executable, "-m", "netframe"], capture_output=True, text=True, check=True).stdout
    for word in ("netframe", netframe.__version__, "numpy", "scipy", "attrs", "matplotlib", "jax", "scikit-sundae"):
        assert word in out
