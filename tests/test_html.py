"""What objects show of themselves in a notebook: HTML that folds, runs nothing, and can be read on any ground."""

from html.parser import HTMLParser

import attrs
import numpy as np
import pytest
from pictures import bifurcation, circuit, comparison, solution, weights
from scipy import sparse
from strategies import AdaptingRate

import netframe as nf
from netframe import analysis
from netframe.tables import LONG, html_table, text_table

ALLOWED = {"details", "summary", "div", "table", "thead", "tbody", "tr", "th", "td"}


class Page(HTMLParser):
    """Tags that close in order, their attributes, and what stands in cells and titles."""

    def __init__(self, text):
        super().__init__()
        self.open, self.attributes, self.words = [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        assert tag in ALLOWED
        self.open.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def failed():
    """A member that ends early, with a message that looks like HTML."""
    sol = solution(3, 2)
    return attrs.evolve(sol, message="<script>alert(1)</script> & 'so on'")


def changed():
    net = circuit()
    return nf.diff(net, net.with_parameters({"E.tau": 0.1, "E_to_E.weights": 0.3}))


def excitable():
    e, i = nf.WilsonCowan("E", size=1), nf.WilsonCowan("I", size=1, slope=1.0, threshold=4.0)
    wires = [(e, e, 12.0), (i, e, -4.0), (e, i, 13.0), (i, i, -11.0)]
    return nf.Network("ei", [e, i, *(nf.InstantSynapse(a, b, weights=c, g=1.0) for a, b, c in wires)])


SHOWN = {
    "network": circuit,
    "nested network": lambda: nf.Network("outer", [circuit()]),
    "empty network": lambda: nf.Network("empty", []),
    "population": lambda: circuit()["E"],
    "population of one's own": lambda: AdaptingRate("A", size=2),
    "input": lambda: circuit()["FFE"],
    "projection": weights,
    "activation": lambda: circuit()["E"].activation,
    "solution": lambda: solution(3, 2),
    "solution that failed": failed,
    "trust": lambda: solution(3, 2).trust(),
    "differences": changed,
    "no differences": lambda: nf.diff(circuit(), circuit()),
    "recommendation": lambda: nf.recommend(circuit(), 1.0),
    "comparison": comparison,
    "fixed points": lambda: nf.fixed_points(excitable()),
    "branch": bifurcation,
    "settling": lambda: nf.settled(solution(3, 2), 0.1),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SHOWN)
def test_is_well_formed_runs_nothing_and_fixes_no_colour(name):
    thing = SHOWN[name]()
    text = thing._repr_html_()
    page = Page(text)
    assert "<script" not in text
    for attribute, value in page.attributes:
        assert (attribute, value) in {("open", None), ("style", "text-align:left")}
    assert not {"javascript", "color", "background", "http"} & set(text.lower().replace(":", " ").split())


@pytest.mark.slow
@pytest.mark.parametrize("name", SHOWN)
def test_says_what_the_terminal_says(name):
    thing = SHOWN[name]()
    told = thing.describe() if hasattr(thing, "describe") else repr(thing)
    told = " ".join(told.split())
    for words in Page(thing._repr_html_()).words:
        for line in words.split("\n"):
            heading = name == "differences" or (name, line) == ("trust", "Thresholds")
            assert " ".join(line.split()) in told or heading, line


class TestTable:
    def test_every_text_is_escaped(self):
        hostile = "</td><script>alert('x')</script><img src=x onerror='alert(1)'>"
        page = Page(html_table(hostile, [hostile], [[hostile]]))
        assert page.words == [hostile] * 3

    def test_folds_and_is_open_unless_it_is_long(self):
        rows = [["1"]] * LONG
        assert html_table("n", ["a"], rows).startswith("<details open><summary>n</summary>")
        assert html_table("n", ["a"], [*rows, ["1"]]).startswith("<details><summary>n</summary>")

    def test_without_rows_there_is_no_table(self):
        assert html_table("nothing\nat all", ["a"], []) == "<div>nothing</div><div>at all</div>"

    def test_has_the_cells_of_the_text(self):
        rows = [["a b", "1"], ["", "2"]]
        assert Page(html_table("n", ["one", "two"], rows)).words == ["n", "one", "two", "a b", "1", "2"]
        assert text_table(["one", "two"], rows) == "one  two\na b  1\n     2"


class TestCompletion:
    def test_paths_of_a_solution_and_of_a_network(self):
        sol = solution(3)
        assert sol._ipython_key_completions_() == list(sol.paths)
        assert all(np.asarray(sol[path]).size for path in sol._ipython_key_completions_())
        short = nf.simulate(circuit(), 0.1, save_at=2, record=["E.v", "E.rate"])
        assert short._ipython_key_completions_() == ["E.v", "E.rate"]
        net = nf.Network("outer", [circuit()])
        assert "circuit.E_to_E" in net._ipython_key_completions_()
        assert all(net[path].name for path in net._ipython_key_completions_())


@pytest.mark.slow
def test_sparse_weights_and_batches_show_themselves():
    pre, post = nf.LeakyRate("E", size=8), nf.LeakyRate("I", size=6, tau=np.linspace(0.1, 0.2, 3)[:, None])
    wire = nf.CurrentSynapse(pre, post, weights=sparse.random_array((6, 8), density=0.2, rng=1), g=1.0)
    net = nf.Network("n", [pre, post, wire])
    for thing in (net, wire, post, analysis.fixed_points(nf.Network("n", [pre]))):
        Page(thing._repr_html_())


def test_describe_is_what_is_printed_and_nothing_is_no_table():
    sol = solution(3, 2)
    for thing in (circuit(), sol, nf.settled(sol, 0.1), nf.fixed_points(excitable()), nf.recommend(circuit(), 1.0)):
        assert repr(thing) == thing.describe()
        assert "\n" in thing.describe()
    assert repr(nf.Network("empty", [])) == "Network 'empty': 0 states"
    assert nf.Network("empty", [])._repr_html_() == "<div>Network &#x27;empty&#x27;: 0 states</div>"
