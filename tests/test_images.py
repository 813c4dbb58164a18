"""Pictures against stored images, which ``python tests/pictures.py`` draws anew.

Versions 3.10.0 and 3.11.2 of matplotlib differ by 0.2 at most, as ``difference`` measures it; the smallest of the
mistakes below, a bifurcation diagram with its axes exchanged, by 4.
"""

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pytest
from matplotlib.axes import Axes
from pictures import DRAWN, IMAGES, difference, stored, without_words

from netframe.plotting import animation, diagram, drawing

TOLERANCE = 2.0


@pytest.mark.parametrize("name", DRAWN)
def test_looks_as_it_did(name):
    assert difference(without_words(DRAWN[name]), stored(name)) < TOLERANCE


def test_images_are_those_of_the_pictures_and_small():
    assert {file.stem for file in IMAGES.iterdir()} == set(DRAWN)
    assert sum(file.stat().st_size for file in IMAGES.iterdir()) < 200_000


def flipped_colours(monkeypatch):
    right = drawing.colours
    for module in (drawing, animation):
        monkeypatch.setattr(module, "colours", lambda name: right({"viridis": "viridis_r"}.get(name, "RdBu")))


def transposed_matrices(monkeypatch):
    right = Axes.imshow
    monkeypatch.setattr(Axes, "imshow", lambda self, matrix, **look: right(self, np.ma.asarray(matrix).T, **look))


def exchanged_axes(monkeypatch):
    right = Axes.plot
    monkeypatch.setattr(Axes, "plot", lambda self, x, y, *look, **options: right(self, y, x, *look, **options))


def exchanged_colours(monkeypatch):
    right = Axes.plot
    other = {"#0072B2": "#D55E00", "#D55E00": "#0072B2"}

    def plot(self, *values, color, **look):
        return right(self, *values, color=other.get(color, color), **look)

    monkeypatch.setattr(Axes, "plot", plot)


def exchanged_signs(monkeypatch):
    right = diagram.sign_of
    monkeypatch.setattr(diagram, "sign_of", lambda bound: -right(bound))


def equal_strengths(monkeypatch):
    monkeypatch.setattr(diagram, "strength_of", lambda bound: (1.0, "1"))


MISTAKES = {
    flipped_colours: "heatmap weights similarity patterns film_on_a_grid batch_of_heat_maps",
    transposed_matrices: "weights patterns film_on_a_grid",
    exchanged_axes: "traces many_traces activation tuning_curves power_spectrum phase_plane bifurcation work_precision "
    "batch_of_traces",
    exchanged_colours: "traces rates tuning_curves power_spectrum phase_plane bifurcation work_precision film",
    exchanged_signs: "network",
    equal_strengths: "network",
}


@pytest.mark.parametrize(
    ("mistake", "name"),
    [
        pytest.param(mistake, name, id=f"{mistake.__name__}-{name}", marks=[pytest.mark.slow] * bool(k))
        for mistake, names in MISTAKES.items()
        for k, name in enumerate(names.split())
    ],
)
def test_a_mistake_is_seen(mistake, name, monkeypatch):
    mistake(monkeypatch)
    assert difference(without_words(DRAWN[name]), stored(name)) > 2.0 * TOLERANCE
