"""The acceptance scripts, where they are at hand, on every back end in place of the SciPy methods they ask for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import netframe as nf

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted(Path(os.environ.get("NETFRAME_ACCEPTANCE", ROOT.parent / "shared" / "acceptance")).glob("kernel_*.py"))

#: SciPy method -> integrator, as code; what is not named stays SciPy's.
BACK_ENDS = {
    "SciPy": {},
    "Dopri5": dict.fromkeys(["RK45", "DOP853"], "nf.RungeKuttaIntegrator('Dopri5', **options)"),
    "Tsit5": dict.fromkeys(["RK45", "DOP853"], "nf.RungeKuttaIntegrator('Tsit5', **options)"),
    "JAX": {
        "RK45": "nf.JaxIntegrator('Tsit5', **options)",
        "DOP853": "nf.JaxIntegrator('Dopri8', **options)",
        "BDF": "nf.JaxIntegrator('Kvaerno5', **options)",
        "LSODA": "nf.JaxIntegrator('Kvaerno5', **options)",
    },
    "CVODE": dict.fromkeys(["RK45", "DOP853"], "nf.SundialsIntegrator('Adams', **options)")
    | dict.fromkeys(["BDF", "LSODA"], "nf.SundialsIntegrator('BDF', **options)"),
}
MARKS = {"JAX": pytest.mark.jax, "CVODE": pytest.mark.sundials}

#: Runs a script after nf.ScipyIntegrator and the default of simulate make another integrator; prints which were made.
STAND_IN = """
import runpy, sys
import netframe as nf
import netframe.integrators.runge_kutta as runge_kutta
nf.JaxIntegrator, nf.SundialsIntegrator  # loaded before their own use of the default is replaced
original, made = nf.ScipyIntegrator, set()
makers = {makers}

def stand_in(method="RK45", **options):
    integrator = makers[method](options) if method in makers else original(method, **options)
    made.add(type(integrator).__name__ + " " + integrator.method)
    return integrator

nf.ScipyIntegrator = stand_in
runge_kutta.RungeKuttaIntegrator = stand_in
runpy.run_path(sys.argv[1], run_name="__main__")
print(sorted(made))
"""


@pytest.mark.skipif(not SCRIPTS, reason="the acceptance scripts are not at hand")
@pytest.mark.parametrize("name", [pytest.param(n, marks=MARKS.get(n, pytest.mark.slow)) for n in BACK_ENDS])
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_acceptance(script, name):
    makers = "".join(f"{method!r}: lambda options: {code}, " for method, code in BACK_ENDS[name].items())
    code = STAND_IN.replace("{makers}", "{" + makers + "}")
    environment = os.environ | {"PYTHONPATH": str(Path(nf.__file__).parent.parent)}
    run = subprocess.run(
        [sys.executable, "-c", code, str(script)], env=environment, capture_output=True, text=True, timeout=550
    )
    assert run.returncode == 0, run.stderr
    told, made = run.stdout.splitlines()[-2:]
    assert told == f"{script.stem}: ok"
    others = {"JAX": "JaxIntegrator", "CVODE": "SundialsIntegrator", "SciPy": "ScipyIntegrator"}
    assert others.get(name, f"RungeKuttaIntegrator {name}") in made
