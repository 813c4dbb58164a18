"""Every picture there is, of small things with names and without chance; and the images they are compared with.

``python tests/pictures.py`` draws the images in ``tests/images`` anew. Look at each before it is committed.
"""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import NullLocator
from scipy import sparse

import netframe as nf
from netframe import analysis, plotting
from netframe.integrators.comparison import Comparison, Measurement
from netframe.solution import Stats

IMAGES = Path(__file__).parent / "images"

SIGNED = np.sin(np.arange(48.0) ** 2).reshape(6, 8)
TIMES = np.arange(400) * 2e-3
CELL = nf.Network("cell", [nf.FitzHughNagumo("N", size=1)])


def circuit() -> nf.Network:
    """An input, excitation and inhibition between unequal populations, and one projection of both signs."""
    ffe = nf.ConstantInput("FFE", rates=np.linspace(1.0, 30.0, 7))
    e, i, out = nf.LeakyRate("E", size=40), nf.LeakyRate("I", size=10), nf.LeakyRate("OUT", size=1)

    def to(pre: Any, post: Any, weights: Any) -> nf.CurrentSynapse:
        return nf.CurrentSynapse(pre, post, weights=weights, g=1e-3)

    return nf.Network(
        "circuit",
        [
            *(ffe, e, i, out),
            *(to(ffe, e, 0.5), to(e, i, 0.25), to(e, e, 0.1), to(i, i, -0.1)),
            nf.ReversalSynapse(i, e, weights=1.0, g=1e-5, e_rev=-80.0),
            to(e, out, np.where(np.arange(40) % 2, 1.0, -1.0)[None]),
        ],
    )


@functools.cache
def solution(size: int, *batch: int) -> nf.Solution:
    """Three channels onto some cells, as many patterns as asked for."""
    rates = np.linspace(5.0, 60.0, 3 * int(np.prod(batch))).reshape(*batch, 3)
    ffe = nf.ConstantInput("FFE", rates=rates)
    e = nf.LeakyRate("E", size=size, activation=nf.ThresholdLinear(threshold=-69.0))
    weights = np.linspace(0.1, 1.0, 3 * size).reshape(size, 3) ** 2
    net = nf.Network("feedforward", [ffe, e, nf.CurrentSynapse(ffe, e, weights=weights, g=1e-3)])
    return nf.simulate(net, 0.2, save_at=9)


def weights() -> nf.CurrentSynapse:
    """A projection with sparse weights of both signs."""
    pre, post = nf.LeakyRate("E", size=8), nf.LeakyRate("I", size=6)
    return nf.CurrentSynapse(pre, post, weights=sparse.csr_array(np.where(SIGNED > -0.3, SIGNED, 0.0)), g=1e-3)


def comparison() -> Comparison:
    """Two integrators, of which nothing is measured."""
    measurements = tuple(
        Measurement(integrator, f"{10.0**-k:g}", {"N.v": 10.0**-k / price}, price * k, 0.0, Stats(), "success")
        for integrator, price in ((nf.RungeKuttaIntegrator(), 1e-3), (nf.ScipyIntegrator("LSODA"), 2e-3))
        for k in (3, 5, 7)
    )
    return Comparison(CELL, 1.0, {"N.v": "mV"}, measurements, {"N.v": 1e-12})


@attrs.frozen
class Picture:
    """How a picture is drawn, and the words it has: the labels of both axes, the title, the label of the bar."""

    draw: Callable[..., Any]
    x: str
    y: str
    title: str
    bar: str = ""


def of_film(shape: Any) -> Callable[..., Any]:
    """The axes of a film that shows its last frame."""

    def draw(**options: Any) -> Any:
        film = plotting.animate_activity(solution(6), "E.v", shape=shape, **options)
        frames = list(film.new_frame_seq())
        film._draw_was_started = True
        film._func(frames[-1])
        return film._fig.axes[0]

    return draw


@functools.cache
def bifurcation() -> analysis.Branch:
    """The branch of steady states on which a cell begins to oscillate."""
    return nf.continuation(CELL, "N.a", (0.3, 0.9))


def spectrum() -> Any:
    """Two cells, slow and quick."""
    waves = np.sin(2.0 * np.pi * np.outer(TIMES, [5.0, 20.0])) * [3.0, 1.0] + 0.1 * np.sin(TIMES[:, None] * 1e5) ** 3
    return analysis.power_spectrum(waves, t=TIMES)


TUNED = analysis.tuning_curves(np.arange(12.0).reshape(4, 3) % 7.0, [0.0, 45.0, 90.0, 135.0])
ALIKE = analysis.correlation_similarity(np.array([[1.0, 2.0, 3.0], [3.0, 1.0, 1.5], [2.0, 1.0, 4.0], [1.0, 1.0, 1.0]]))
BENDS = nf.ThresholdLinear(threshold=np.linspace(-60.0, -40.0, 9))
PATTERNS = nf.ConstantInput("FFE", rates=SIGNED**2)

PICTURES = {
    "traces": Picture(lambda **o: solution(3).plot("E.v", **o), "time (s)", "E.v (mV)", "feedforward", "E cell"),
    "many_traces": Picture(
        lambda **o: plotting.plot_traces(solution(20), "E.rate", **o),
        "time (s)",
        "E.rate (Hz)",
        "feedforward",
        "E cell",
    ),
    "one_member": Picture(
        lambda **o: solution(3, 2).plot("E.v", member=1, **o),
        *("time (s)", "E.v (mV)", "feedforward, member 1", "E cell"),
    ),
    "heatmap": Picture(lambda **o: solution(9).plot("E.v", **o), "time (s)", "E cell", "feedforward", "E.v (mV)"),
    "rates": Picture(
        lambda **o: plotting.plot_rates(solution(5), **o), "cell", "firing rate (Hz)", "feedforward, t = 0.2 s"
    ),
    "network": Picture(lambda **o: plotting.plot_network(circuit(), **o), "", "", "circuit"),
    "weights": Picture(lambda **o: plotting.plot_weights(weights(), **o), "E cell", "I cell", "E_to_I", "weight"),
    "weight_histogram": Picture(
        lambda **o: plotting.plot_weight_histogram(weights(), **o),
        *("weight", "number of synapses", "E_to_I, 25 of 48 pairs"),
    ),
    "patterns": Picture(
        lambda **o: plotting.plot_patterns(PATTERNS, **o), "FFE channel", "input pattern", "FFE", "firing rate (Hz)"
    ),
    "activation": Picture(
        lambda **o: plotting.plot_activation(BENDS, **o),
        *("voltage (mV)", "firing rate (Hz)", "ThresholdLinear", "cell"),
    ),
    "tuning_curves": Picture(
        lambda **o: plotting.plot_tuning_curves(TUNED, stimulus="angle", stimulus_unit="°", **o),
        *("angle (°)", "firing rate (Hz)", "tuning curves", "cell"),
    ),
    "similarity": Picture(
        lambda **o: plotting.plot_similarity(ALIKE, **o), "pattern", "pattern", "similarity of patterns", "similarity"
    ),
    "power_spectrum": Picture(
        lambda **o: plotting.plot_power_spectrum(spectrum(), unit="mV", **o),
        *("frequency (Hz)", "power (mV²/Hz)", "power spectrum", "cell"),
    ),
    "phase_plane": Picture(
        lambda **o: analysis.phase_plane(CELL, "N.v", "N.w", (-2.5, 2.5), (-1.5, 2.0), points=31).plot(**o),
        *("N.v", "N.w", "cell"),
    ),
    "bifurcation": Picture(lambda **o: bifurcation().plot(**o), "N.a", "N.v", "cell"),
    "work_precision": Picture(
        lambda **o: comparison().plot(**o), "largest error in N.v (mV)", "time of a run (s)", "cell, 1 s"
    ),
    "film": Picture(of_film(None), "E cell", "E.v (mV)", "feedforward, t = 0.200 s"),
    "film_on_a_grid": Picture(
        of_film((2, 3)), "E cell, column of the grid", "row of the grid", "feedforward, t = 0.200 s", "E.v (mV)"
    ),
}


def small_multiples(size: int) -> Callable[..., Any]:
    """Four members of a batch beside each other, in place of the axes given."""

    def draw(ax: Any) -> Any:
        figure = ax.figure
        ax.remove()
        return solution(size, 4).plot("E.v", ax=figure.subplots(2, 2))

    return draw


#: What is compared with an image of that name.
DRAWN = {name: picture.draw for name, picture in PICTURES.items()} | {
    "batch_of_traces": small_multiples(3),
    "batch_of_heat_maps": small_multiples(9),
}


def without_words(draw: Callable[..., Any]) -> np.ndarray:
    """The pixels of a small picture without ticks, in which nothing depends on fonts."""
    figure = Figure(figsize=(2.4, 1.8), dpi=75)
    FigureCanvasAgg(figure)
    draw(ax=figure.add_axes((0.11, 0.13, 0.77, 0.77)))
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(NullLocator())
            axis.set_minor_locator(NullLocator())
            axis.offsetText.set_visible(False)
        if axes.get_legend():
            axes.get_legend().remove()
    for text in figure.findobj(Text):
        text.set_visible(False)
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """The root of the mean squared difference of two pictures, in levels of brightness from 0 to 255.

    Each pixel is compared with the nearest in colour of the nine around its place in the other picture, both ways:
    versions of matplotlib round edges to one pixel or the next.
    """

    def nearest(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        shifted = [np.roll(b, (down, across), axis=(0, 1)) for down in (-1, 0, 1) for across in (-1, 0, 1)]
        return np.min([np.mean((a - other) ** 2, axis=2) for other in shifted], axis=0)

    a, b = one.astype(float), other.astype(float)
    return float(np.sqrt(max(np.mean(nearest(a, b)), np.mean(nearest(b, a)))))


def stored(name: str) -> np.ndarray:
    """The image of that name in ``tests/images``."""
    from PIL import Image

    return np.asarray(Image.open(IMAGES / f"{name}.png").convert("RGB"))


def draw_anew() -> None:
    """Replace all stored images."""
    from PIL import Image

    IMAGES.mkdir(exist_ok=True)
    for old in IMAGES.glob("*.png"):
        old.unlink()
    for name, draw in DRAWN.items():
        image = Image.fromarray(without_words(draw))
        image.save(IMAGES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    matplotlib.use("Agg")
    draw_anew()
