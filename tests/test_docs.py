"""The pages of the documentation: every block of Python runs, and prints what the block of text below it says."""

import contextlib
import io
import re
import sys
from pathlib import Path

import pytest

import netframe as nf

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [path for path in sorted(DOCS.rglob("*.md")) if path.relative_to(DOCS).parts[0] not in ("api", "tutorials")]
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
        for target in re.findall(r"\]\(([^)#:]+\.md)\)", page.read_text()):
            place = (page.parent / target).resolve()
            if place.parent.name == "tutorials":
                place = ROOT / "tutorials" / f"{place.stem}.py"
            assert place.exists() or place.parent.name == "api", f"{page.name}: {target}"


def test_the_developers_page_names_every_module():
    text = (DOCS / "one_call_of_simulate.md").read_text()
    parts = [p for p in Path(nf.__file__).parent.iterdir() if not p.name.startswith("_") and p.suffix in ("", ".py")]
    for part in parts:
        assert part.stem == "work_precision" or re.search(rf"`{part.stem}[/`.]|\b{part.stem}\b", text), part.stem


@pytest.fixture
def extensions(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS / "extensions"))


def test_every_public_name_has_a_place_in_the_reference(extensions):
    import api_pages

    found = [name for names in api_pages.names_by_page().values() for name in names]
    assert len(found) == len(set(found))
    for name in nf.__all__:
        inside = f"netframe.{name}" in found or f"netframe.analysis.{name}" in found
        assert inside or any(known.startswith(f"netframe.{name}.") for known in found), name
    index = (DOCS / "index.md").read_text()
    assert all(f"api/{page}" in index for page in api_pages.PAGES)
    assert "autoclass:: netframe.Network" in api_pages.page("Networks", ["netframe.Network"])


def test_docstrings_become_restructured_text(extensions):
    import docstrings

    given = "A cell.\n\n    tau dv/dt = -v\n\nExample:\n    >>> 1\n    1\n\nParameters and states\n\n    tau : 0.1 [s]\n        a time\n    v : state [mV]\n        a voltage"
    assert docstrings.as_rst(given.splitlines()) == [
        "A cell.", "", "::", "", "    tau dv/dt = -v", "", "**Example**:", "", ".. code-block:: pycon", "",
        "    >>> 1", "    1", "", "", "**Parameters and states**", "",
        "``tau``", "    ``0.1 [s]``, a time", "``v``", "    ``state [mV]``, a voltage", "",
    ]  # fmt: skip


SCRIPT = """# %% [markdown]
# # A title
#
# Some *text*.

# %%
import sys
print("one")
print("figure written: figures/a_b.png")
print("two")

# %%
x = sys.modules["__main__"].x = 1
"""


def test_cells_of_a_script_are_split_run_and_written(extensions, tmp_path, monkeypatch):
    import cells

    monkeypatch.setitem(sys.modules, "__main__", type(sys)("__main__"))
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    monkeypatch.setattr(sys, "path", list(sys.path))
    made = cells.run(path)
    assert [cell["kind"] for cell in made] == ["markdown", "code", "code"]
    assert made[1]["output"] == "one\nfigure written: figures/a_b.png\ntwo\n"
    page = cells.markdown(made, "01")
    assert page.startswith("# A title\n\nSome *text*.\n\n```python\nimport sys\n")
    assert "```text\none\ntwo\n```\n\n![a b](01/figures/a_b.png)\n" in page
    assert page.endswith('```python\nx = sys.modules["__main__"].x = 1\n```\n')
    with pytest.raises(ValueError, match="line 1 stands before"):
        cells.split("import os\n# %%\n")


def test_every_line_of_a_tutorial_is_in_a_cell(extensions):
    import cells

    for path in sorted((ROOT / "tutorials").glob("[0-9]*.py")):
        made = cells.split(path.read_text())
        assert made[0]["source"].startswith("# ")
        kept = [line for cell in made for line in cell["source"].splitlines() if line.strip()]
        lines = [line for line in path.read_text().splitlines() if line.strip(" #") and not line.startswith("# %%")]
        assert len(kept) == len(lines)
