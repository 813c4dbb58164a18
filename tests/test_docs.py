"""The pages of the documentation: every block of Python runs, and prints what the block of text below it says."""

import ast
import contextlib
import inspect
import io
import re
import sys
from pathlib import Path

import pytest

import netframe as nf

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))  # what the build makes, of tutorials and for each name, is not Markdown
_FENCE = re.compile(r"^```(?P<language>\S*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page):
    """Every block of Python of a page, with its line and what it is said to print, or None."""
    text = page.read_text()
    fences = list(_FENCE.finditer(text))
    for fence, after in zip(fences, [*fences[1:], None]):
        if fence["language"] == "python":
            follows = after and after["language"] == "text" and not text[fence.end() : after.start()].strip()
            yield text[: fence.start()].count("\n") + 1, fence["text"], after["text"] if follows else None


def bare(text):
    return [line.rstrip() for line in text.strip().splitlines()]


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    import matplotlib
    import matplotlib.pyplot as plt

    monkeypatch.chdir(tmp_path)
    matplotlib.use("Agg")
    yield tmp_path
    plt.close("all")


@pytest.mark.slow
@pytest.mark.parametrize("page", [p for p in PAGES if any(blocks(p))], ids=lambda p: str(p.relative_to(DOCS)))
def test_blocks_of_a_page_run_one_after_the_other(page, elsewhere, monkeypatch):
    main = type(sys)("__main__")  # where a page's classes and functions live, so that they can be pickled
    monkeypatch.setitem(sys.modules, "__main__", main)
    for line, source, expected in blocks(page):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile("\n" * line + source, str(page), "exec"), main.__dict__)
        if expected is not None:
            assert bare(printed.getvalue()) == bare(expected), f"{page.name}, line {line}"


def test_every_page_is_in_the_table_of_contents():
    index = (DOCS / "index.md").read_text()
    for page in PAGES:
        name = str(page.relative_to(DOCS).with_suffix(""))
        assert name == "index" or re.search(rf"^{name}$", index, re.MULTILINE), name


def test_links_between_pages_exist():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+\.(?:md|rst))\)", page.read_text()):
            place = (page.parent / target).resolve()
            if place.suffix == ".rst":
                name = "GALLERY_HEADER.rst" if place.stem == "index" else f"{place.stem}.py"
                place = ROOT / place.parent.name / name
            assert place.exists(), f"{page.name}: {target}"


def test_the_developers_page_names_every_module():
    text = (DOCS / "one_call_of_simulate.md").read_text()
    parts = [p for p in Path(nf.__file__).parent.iterdir() if not p.name.startswith("_") and p.suffix in ("", ".py")]
    for part in parts:
        assert part.stem == "work_precision" or re.search(rf"`{part.stem}[/`.]|\b{part.stem}\b", text), part.stem


def public_names():
    """What the reference has to tell of: of a module in ``__all__`` its own names; nothing twice."""
    for name in nf.__all__:
        value = getattr(nf, name)
        if inspect.ismodule(value):
            yield from (f"{name}.{inner}" for inner in value.__all__)
        elif name not in nf.analysis.__all__:
            yield name
    yield "testing.check_component"


def test_every_public_name_has_one_place_in_the_reference():
    told = "\n".join(path.read_text() for path in (DOCS / "api").glob("*.md"))
    names = re.findall(r"^(?:   |\.\. py:data:: netframe\.|\.\. autoexception:: )([\w.]+)$", told, re.MULTILINE)
    assert sorted(names) == sorted(public_names())


@pytest.fixture
def extensions(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS / "extensions"))


def test_docstrings_become_restructured_text(extensions):
    import docstrings

    given = "A cell.\n\n    tau dv/dt = -v\n\nExample:\n    >>> 1\n    1\n\nParameters and states\n\n    tau : 0.1 [s]\n        a time\n    v : state [mV]\n        a voltage"
    assert docstrings.as_rst(given.splitlines()) == [
        "A cell.", "", "::", "", "    tau dv/dt = -v", "", "**Example**:", "", ".. code-block:: pycon", "",
        "    >>> 1", "    1", "", "", "**Parameters and states**", "",
        "``tau``", "    ``0.1 [s]``, a time", "``v``", "    ``state [mV]``, a voltage", "",
    ]  # fmt: skip


@pytest.mark.parametrize("path", sorted((ROOT / "tutorials").glob("[0-9]*.py")), ids=lambda p: p.stem)
def test_tutorials_are_cells_that_begin_with_their_text(path):
    """What sphinx-gallery and editors both take apart: a title, then cells; no figure is left half done in one."""
    text = path.read_text()
    title, line, blank = ast.get_docstring(ast.parse(text)).splitlines()[:3]
    assert line == "=" * len(title)
    assert not blank
    first, *cells = re.split(r"^# %%.*\n", text, flags=re.MULTILINE)
    assert len(ast.parse(first).body) == 1, "nothing but the docstring stands before the first cell"
    for cell in cells:
        assert ("plt.subplots(" in cell) == bool(re.search(r"^(save\(figure|figure\.savefig\()", cell, re.MULTILINE))
