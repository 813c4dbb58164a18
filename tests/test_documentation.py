"""What the documentation says is so: programs run, tables are derived, every declaration says its unit and meaning."""

import functools
import inspect
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import netframe as nf
from netframe.fields import parameters, states

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def run(arguments, folder):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg"}
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_programs_of_the_readme_run_one_after_the_other(tmp_path):
    program = "\n".join(re.findall(r"```python\n(.*?)```", README, re.DOTALL))
    (tmp_path / "program.py").write_text(program)
    out = run(["-W", "error", "program.py"], tmp_path)
    assert "(300, 10)" in out
    assert "(50, 20, 10)" in out
    assert (tmp_path / "voltage.png").stat().st_size > 10_000


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory):
    """What a tutorial prints, and the folder it ran in; each is run once."""

    @functools.cache
    def ran(name):
        folder = tmp_path_factory.mktemp(name)
        return run(["-W", "error", str(ROOT / "tutorials" / f"{name}.py")], folder), folder

    return ran


@pytest.mark.parametrize("name", ["01_notebook", pytest.param("10_dentate", marks=pytest.mark.slow)])
def test_tutorials_run(name, tutorial):
    """The first, and the one whose published numbers no other test has; .ci/run runs all of them."""
    out, folder = tutorial(name)
    written = re.findall(r"figure written: (\S+)", out)
    assert written
    for figure in written:
        assert (folder / figure).stat().st_size > 5_000


def test_the_numbers_of_the_readme_are_those_of_the_tutorial(tutorial):
    out, _ = tutorial("01_notebook")
    rows = re.findall(r"^\| (\d) \| (-\d+\.\d+) \| (-\d+\.\d+) \|$", README, re.MULTILINE)
    assert len(rows) == 5
    for cell, printed, right in rows:
        found = re.search(rf"^ +{cell} +(-\d+\.\d+) +(-\d+\.\d+) ", out, re.MULTILINE)
        assert abs(float(found[1]) - float(printed)) < 1e-4
        assert abs(float(found[2]) - float(right)) < 1e-4


def test_the_readme_has_its_two_commands():
    assert len(re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)) == 2


PUBLIC = [
    getattr(nf, name)
    for name in nf.__all__
    if inspect.isclass(getattr(nf, name)) or inspect.isfunction(getattr(nf, name))
]
DECLARED = [
    cls for cls in PUBLIC if inspect.isclass(cls) and hasattr(cls, "__attrs_attrs__") and hasattr(cls, "describe")
]


@pytest.mark.parametrize("item", PUBLIC, ids=lambda x: x.__name__)
def test_everything_public_is_documented(item):
    assert len(inspect.getdoc(item)) > 20


@pytest.mark.parametrize(
    "cls", [c for c in DECLARED if issubclass(c, nf.Population | nf.InputSource | nf.Projection | nf.Activation)]
)
def test_models_have_an_example(cls):
    assert ">>>" in cls.__doc__


@pytest.mark.parametrize("cls", DECLARED, ids=lambda x: x.__name__)
def test_every_parameter_and_state_says_its_unit_and_meaning(cls):
    infos = parameters(cls) | states(cls) if cls not in (nf.Network, nf.Solution) else {}
    for name, info in infos.items():
        assert info.unit, f"{cls.__name__}.{name}"
        assert len(info.doc) > 5, f"{cls.__name__}.{name}"
        assert f"{name} : " in cls.__doc__
        assert f"[{info.unit}]" in cls.__doc__


def test_help_repr_and_describe_show_the_table():
    import pydoc

    assert re.search(
        r"tau : 0\.05 \[s\]\s+\|?\s*membrane time constant", pydoc.render_doc(nf.LeakyRate, renderer=pydoc.plaintext)
    )
    e = nf.LeakyRate("E", size=3)
    assert repr(e) == e.describe()
    assert re.search(r"^tau +0\.05 +s +membrane time constant$", repr(e), re.MULTILINE)
    assert re.search(r"^v +state, starts at v_rest +mV +membrane voltage$", repr(e), re.MULTILINE)
    assert "<td style='text-align:left'>tau</td>" in e._repr_html_()
    assert "required [nA/(Hz mV)]" in nf.ReversalSynapse.__doc__


def test_the_project_describes_itself_once():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "version" in project["dynamic"]
    assert f"## {nf.__version__}" in (ROOT / "CHANGELOG.md").read_text()
    assert "[metadata]" not in (ROOT / "setup.cfg").read_text()
    assert not any("<" in requirement for requirement in project["dependencies"])


def test_the_readme_names_every_model():
    families = nf.Population | nf.InputSource | nf.Projection | nf.Activation | nf.Structure
    for cls in DECLARED:
        if issubclass(cls, families) and not inspect.isabstract(cls):
            assert f"`{cls.__name__}`" in README, cls.__name__


@pytest.mark.parametrize(
    "cls",
    [
        c
        for c in DECLARED
        if issubclass(c, nf.Population | nf.Projection) and not inspect.isabstract(c) and c.__module__.count(".") > 1
    ],
)
def test_models_cite_their_paper(cls):
    kernel = (nf.LeakyRate, nf.ReversalSynapse, nf.CurrentSynapse, nf.InstantSynapse)
    assert "Source:" in cls.__doc__ or cls in kernel
