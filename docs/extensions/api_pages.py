"""The pages of the API, one for each family of names, from ``netframe.__all__``."""

from __future__ import annotations

import inspect
import pydoc
from pathlib import Path
from typing import Any

#: File and title of each page, and the modules of the package whose names it holds.
PAGES = {
    "networks": ("Networks, runs and solutions", "network solution registry dictionaries jacobian sensitivity"),
    "declarations": ("Components of your own", "fields component values arrays testing"),
    "populations": ("Cells", "populations"),
    "inputs": ("Inputs", "inputs"),
    "projections": ("Synapses", "projections"),
    "activations": ("Activations", "activations"),
    "weights": ("Structures of weights", "connectivity"),
    "weight_rules": ("Rules of connection", "weight_rules"),
    "integrators": ("Integrators", "integrators"),
    "analysis": ("Analysis", "analysis"),
    "files": ("Specs and files", "specs files"),
    "plotting": ("Pictures", "plotting"),
    "errors": ("Errors", "errors"),
}
#: Names of the package that are no part of ``__all__`` and have a place in the API all the same.
MORE = {"testing": ["netframe.testing.check_component"]}
#: What is only a name for something else does not know its module.
HOMES = {"Param": "fields"}


def names_by_page() -> dict[str, list[str]]:
    """The dotted names on each page; a public name without a page is an error."""
    import netframe as nf

    homes = {module: page for page, (_, modules) in PAGES.items() for module in modules.split()}
    found: dict[str, list[str]] = {page: [] for page in PAGES}
    for name in dict.fromkeys(nf.__all__):
        value = getattr(nf, name)
        if inspect.ismodule(value):
            found[homes[name]] += [f"netframe.{name}.{inner}" for inner in public(value)]
            continue
        home = HOMES.get(name) or value.__module__.split(".")[1]
        if home not in homes:
            raise LookupError(f"give netframe.{home}, where '{name}' is from, a page in api_pages.PAGES")
        if home != "analysis":  # there with the others of its module
            found[homes[home]].append(f"netframe.{name}")
    for module, names in MORE.items():
        found[homes[module]] += names
    return found


def public(module: Any) -> list[str]:
    """The public names of a module: what it lists, or the functions and classes it defines."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    own = [name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__]
    return [name for name in own if not name.startswith("_")]


def page(title: str, names: list[str]) -> str:
    """A page: a list of what is on it, and the entry of each name."""
    lines = [f"# {title}", ""]
    for name in names:
        value = pydoc.locate(name)
        kind = "class" if inspect.isclass(value) else "function" if inspect.isfunction(value) else "data"
        lines += ["```{eval-rst}", f".. auto{kind}:: {name}"]
        lines += ["   :members:"] if kind == "class" else []
        lines += ["   :no-value:"] if kind == "data" else []
        lines += ["```", ""]
    return "\n".join(lines)


def write(app: Any) -> None:
    """Write all pages to ``api/``; what has not changed stays untouched."""
    folder = Path(app.srcdir) / "api"
    folder.mkdir(exist_ok=True)
    for name, names in names_by_page().items():
        text, path = page(PAGES[name][0], names), folder / f"{name}.md"
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
