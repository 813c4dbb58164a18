"""Pictures as they are rendered: colours of pixels, what can be read on which ground, what overlaps, what is refused.

What pixels must be is computed from the data; ``test_images.py`` compares whole pictures with stored ones.
"""

import itertools
import tomllib
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import attrs
import numpy as np
import pytest
from matplotlib import colormaps, pyplot
from matplotlib.animation import FuncAnimation
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle
from matplotlib.text import Text
from numpy.testing import assert_allclose, assert_array_equal
from pictures import ALIKE, CELL, PICTURES, TIMES, TUNED, circuit
from scipy import sparse

import netframe as nf
from netframe import analysis, plotting
from netframe.plotting.arrows import bows, loop, loop_sides
from netframe.plotting.captions import folded
from netframe.plotting.drawing import limits
from netframe.plotting.layout import places

OKABE_ITO = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"}


def synapse(pre, post, weights, **options):
    return nf.CurrentSynapse(pre, post, weights=weights, g=1e-3, **options)


def batch_of(n, size, n_times=6):
    rates = np.linspace(5.0, 60.0, n)[:, None] * np.ones(3)
    ffe, e = nf.ConstantInput("FFE", rates=rates), nf.LeakyRate("E", size=size)
    net = nf.Network("n", [ffe, e, synapse(ffe, e, np.linspace(0.2, 1.0, 3 * size).reshape(size, 3))])
    return nf.simulate(net, 0.2, save_at=n_times)


@pytest.fixture(scope="module")
def few():
    return batch_of(2, 3)


@pytest.fixture(scope="module")
def crowd():
    return batch_of(14, 9)


SPECTRUM = analysis.power_spectrum(np.sin(2 * np.pi * np.outer(TIMES, [5.0, 20.0])) * [3.0, 1.0], t=TIMES)
RANDOM = np.random.default_rng(1).normal(size=(6, 8))


def pixels(figure):
    """The picture as it is rendered, rows from the bottom, colours from 0 to 1."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[::-1, :, :3] / 255.0


def colour_at(picture, ax, x, y):
    column, row = ax.transData.transform((x, y))
    return picture[int(row), int(column)]


def luminance(colour):
    return float(np.dot((0.299, 0.587, 0.114), to_rgb(colour)))


def words(figure):
    """The words that are drawn: matplotlib also keeps those of ticks beyond the limits, and of axes without any."""
    hidden = set()
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not (ax.axison and low <= tick.get_loc() <= high):
                    hidden |= {tick.label1, tick.label2}
    return [t for t in figure.findobj(Text) if t.get_text().strip() and t.get_visible() and t not in hidden]


def read_on(text, picture):
    """The commonest colour under and around a word: its ground."""
    box = text.get_window_extent()
    cut = picture[max(int(box.y0) - 1, 0) : int(box.y1) + 2, max(int(box.x0) - 1, 0) : int(box.x1) + 2].reshape(-1, 3)
    colours, counts = np.unique(cut.round(2), axis=0, return_counts=True)
    return colours[np.argmax(counts)]


@pytest.mark.parametrize("name", PICTURES)
class TestEvery:
    def test_draws_into_the_axes_given_with_units_and_a_title_and_changes_nothing_else(self, name, ax):
        current, before = pyplot.figure(), dict(matplotlib.rcParams)
        assert PICTURES[name].draw(ax=ax) is ax
        assert pyplot.get_fignums() == [current.number]
        assert pyplot.gcf() is current
        assert not current.axes
        assert dict(matplotlib.rcParams) == before
        picture = PICTURES[name]
        assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == (picture.x, picture.y, picture.title)
        assert [bar.get_ylabel() for bar in ax.figure.axes if bar is not ax] == [picture.bar] * bool(picture.bar)
        assert picture.title
        assert (picture.x and picture.y) or not ax.axison

    def test_makes_one_figure_shows_nothing_and_leaves_the_settings_as_they_were(self, name, monkeypatch):
        monkeypatch.setattr(pyplot, "show", lambda *_: pytest.fail("shown"))
        before = dict(matplotlib.rcParams)
        ax = PICTURES[name].draw()
        assert isinstance(ax, Axes)
        assert pyplot.get_fignums() == [ax.figure.number]
        assert ax.figure.get_layout_engine().__class__.__name__ == "ConstrainedLayoutEngine"
        assert dict(matplotlib.rcParams) == before

    def test_refuses_what_are_no_axes(self, name):
        with pytest.raises(nf.ParameterError, match="ax is of type Figure; it must be matplotlib Axes"):
            PICTURES[name].draw(ax=Figure())

    @pytest.mark.slow
    def test_words_can_be_read_on_light_and_dark(self, name):
        for settings, given in itertools.product(("default", "dark_background"), (False, True)):
            with pyplot.style.context(settings):
                ax = (
                    PICTURES[name].draw(ax=pyplot.subplots(layout="constrained")[1]) if given else PICTURES[name].draw()
                )
            picture = pixels(ax.figure)  # drawn later, when other settings hold
            assert (luminance(picture[2, 2]) < 0.5) == (settings == "dark_background")
            for text in words(ax.figure):
                contrast = abs(luminance(text.get_color()) - luminance(read_on(text, picture)))
                assert contrast > 0.5, (settings, given, text.get_text())

    @pytest.mark.slow
    def test_words_overlap_nothing_and_lie_inside(self, name):
        ax = PICTURES[name].draw()
        picture = pixels(ax.figure)
        inside = [(text.get_text(), text.get_window_extent()) for text in words(ax.figure)]
        for text, box in inside:
            assert min(box.x0, box.y0) >= -1, text
            assert box.x1 <= picture.shape[1] + 1, text
            assert box.y1 <= picture.shape[0] + 1, text
        for (one, a), (other, b) in itertools.combinations(inside, 2):
            across = min(a.x1, b.x1) - max(a.x0, b.x0)
            along = min(a.y1, b.y1) - max(a.y0, b.y0)
            assert min(across, along) <= 1.0, (one, other)

    @pytest.mark.slow
    def test_looks_alike_under_other_settings(self, name):
        plain = _small(pixels(PICTURES[name].draw().figure))
        with pyplot.style.context("ggplot"):
            other = _small(pixels(PICTURES[name].draw().figure))
        assert np.abs(plain - other).mean() < 0.01
        assert plain.std() > 0.01


def _small(picture):
    rows, columns = picture.shape[0] // 16, picture.shape[1] // 16
    return picture[: rows * 16, : columns * 16].reshape(rows, 16, columns, 16, 3).mean(axis=(1, 3))


class TestStyle:
    def test_is_in_the_package(self):
        file = Path(plotting.__file__).with_name("netframe.mplstyle")
        assert file.is_file()
        project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())
        assert "plotting/netframe.mplstyle" in project["tool"]["setuptools"]["package-data"]["netframe"]

    def test_lines_have_colours_that_colour_blind_readers_tell_apart(self):
        with plotting.style():
            cycle = {f"#{colour.lstrip('#')}" for colour in matplotlib.rcParams["axes.prop_cycle"].by_key()["color"]}
        assert cycle == OKABE_ITO == set(plotting.COLOURS)

    def test_ends_where_drawing_fails(self):
        before = dict(matplotlib.rcParams)
        with pytest.raises(KeyError), plotting.style():
            raise KeyError
        assert dict(matplotlib.rcParams) == before

    def test_black_lines_are_white_on_dark_axes(self):
        dark = Figure(facecolor="black").subplots()
        dark.set_facecolor("black")
        plotting.plot_traces(np.ones((2, 7)), t=[0.0, 1.0], unit="mV", ax=dark)
        assert min(luminance(line.get_color()) for line in dark.lines) > 0.2


class TestCaptions:
    @pytest.mark.parametrize("most", [5, 12, 30, 1000])
    def test_folding_loses_nothing_and_keeps_lines_short(self, most):
        text = "granule_cells_of_the_dentate.v (mV), member 3, t = 0.25 s"
        lines = folded(text, most).split("\n")
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert all(len(line) <= most or not set(line[:-1]) & set("_ ") for line in lines)
        assert all(not line.endswith("0.") for line in lines)

    @pytest.mark.slow
    def test_long_names_stay_inside_of_the_picture(self):
        name = "granule_cells_of_the_dorsal_dentate_gyrus_all_of_the_left_hemis"
        a, b = nf.LeakyRate(name, size=20), nf.LeakyRate(name[:40], size=20)
        wires = synapse(a, b, 1.0, name="mossy_fibres_of_the_dorsal_dentate_gyrus_all_of_the_left_hemi")
        net = nf.Network("a_network_with_a_name_that_does_not_end_where_one_would_expect_i", [a, b, wires])
        sol = nf.simulate(net, 0.1, save_at=3)
        draws = [
            lambda: sol.plot(f"{name}.v"),
            lambda: plotting.plot_traces(sol, f"{name}.v"),
            lambda: plotting.plot_weights(wires),
            lambda: plotting.plot_weight_histogram(wires),
            lambda: plotting.plot_network(net),
            lambda: plotting.plot_rates(sol, [f"{name[:40]}.rate"]),
        ]
        for draw in draws:
            figure = draw().figure
            picture = pixels(figure)
            for text in words(figure):
                box = text.get_window_extent()
                assert min(box.x0, box.y0) >= -1, text
                assert box.x1 <= picture.shape[1] + 1, text
                assert box.y1 <= picture.shape[0] + 1, text


class TestLimits:
    def test_are_the_least_and_greatest_of_what_is_finite(self):
        assert limits([1.0, np.nan, -3.0, np.inf]) == (-3.0, 1.0)

    @pytest.mark.parametrize("values", [[], [np.nan], [0.0, 0.0]])
    def test_of_nothing_are_zero_and_one(self, values):
        assert limits(values) == (0.0, 1.0)

    @pytest.mark.parametrize("value", [-65.0, 1e-9, 3e8])
    def test_rounding_is_not_drawn_as_if_it_were_a_signal(self, value):
        rest = value * (1.0 + 1e-13 * RANDOM)
        low, high = limits(rest)
        assert low < rest.min()
        assert high > rest.max()
        assert high - low > 1e-3 * abs(value)
        ax = plotting.plot_traces(rest, t=np.arange(6.0), unit="mV")
        assert np.ptp(ax.get_ylim()) > 1e-3 * abs(value)
        image = plotting.plot_heatmap(rest, t=np.arange(6.0), unit="mV").collections[0]
        assert np.ptp(image.norm(image.get_array())) < 1e-6

    def test_silence_has_the_colour_of_zero_in_every_member(self):
        rates = np.zeros((3, 9))
        ax = plotting.plot_heatmap(rates, t=np.arange(3.0), unit="Hz")
        assert ax.collections[0].get_clim() == (0.0, 1.0)
        ffe, e = nf.ConstantInput("FFE", rates=np.zeros((3, 3))), nf.LeakyRate("E", size=9)
        axes = nf.simulate(nf.Network("n", [ffe, e, synapse(ffe, e, 1.0)]), 0.1, save_at=3).plot("E.rate")
        assert {ax.collections[0].get_clim() for ax in axes} == {(0.0, 1.0)}


class TestWhatIsMissing:
    def test_title_says_where_a_failed_member_ends(self, ax):
        values = np.ones((5, 2, 9))
        values[3:, 1] = np.nan
        draws = (plotting.plot_traces, plotting.plot_heatmap)
        for draw in draws:
            options = {"t": np.arange(5.0) / 4.0, "unit": "mV"}
            assert draw(values, member=0, **options).get_title() == "member 0"
            failed = draw(values, member=1, **options)
            assert failed.get_title() == "member 1: ends at 0.5 s"
            assert failed.get_xlim() == (0.0, 1.0)
            assert draw(np.full((5, 2), np.nan), **options).get_title() == "no values"

    def test_title_of_a_small_picture_says_so_too(self, few):
        y = few.y.copy()
        y[3:, 0], y[:, 1] = np.nan, np.nan
        broken = attrs.evolve(few, y=y)
        assert [ax.get_title() for ax in broken.plot("E.v")] == ["member 0: ends at 0.08 s", "member 1: no values"]

    def test_rates(self, ax):
        assert plotting.plot_rates({"E": [np.nan, np.nan]}, ax=ax).get_title() == "no values"

    def test_grey_stands_for_no_value_and_no_colour_does(self):
        for draw in (
            lambda: plotting.plot_heatmap([[np.nan, 1.0], [np.nan, 2.0]], t=[0.0, 1.0], unit="mV"),
            lambda: plotting.plot_weights(sparse.csr_array([[0.0, 1.0], [0.0, 2.0]])),
            lambda: plotting.plot_weights(sparse.csr_array([[0.0, -1.0], [0.0, 2.0]])),
        ):
            with pyplot.style.context("dark_background"):
                ax = draw()
            x = 0.5 if ax.collections else 0.0
            assert_allclose(colour_at(pixels(ax.figure), ax, x, 0.0), 0.8, atol=0.01)

    def test_no_synapses(self, ax):
        assert plotting.plot_weights(sparse.csr_array((3, 5)), ax=ax).get_title() == "no synapses"
        assert not ax.figure.axes[1].get_yticks().size

    @pytest.mark.parametrize("shape", [(301, 5), (1000, 640), (5, 2000)])
    def test_every_synapse_of_many_cells_is_seen(self, shape, ax):
        rows, columns = (np.arange(0, n, 40) for n in shape)
        n = min(len(rows), len(columns))
        at = (rows[:n], columns[:n])
        values = np.where(np.arange(n) % 2, -1.0, 1.0) * np.linspace(1.0, 2.0, n)
        plotting.plot_weights(sparse.coo_array((values, at), shape=shape), ax=ax)
        (image,) = ax.images
        drawn = image.get_array()
        assert max(drawn.shape) <= 300
        assert_array_equal(np.sort(drawn.compressed()), np.sort(values))
        assert (ax.get_xlim(), ax.get_ylim()) == ((-0.5, shape[1] - 0.5), (shape[0] - 0.5, -0.5))
        left, right, low, high = image.get_extent()
        for (row, column), value in zip(zip(*at), values):
            i = int((row + 0.5) / (low - high) * drawn.shape[0])
            j = int((column + 0.5) / (right - left) * drawn.shape[1])
            assert value in drawn[max(i - 1, 0) : i + 2, max(j - 1, 0) : j + 2]


class TestPixels:
    def test_heat_map_has_the_colour_of_each_value(self):
        ax = plotting.plot_heatmap(RANDOM, t=np.arange(6.0), unit="mV")
        picture = pixels(ax.figure)
        shares = (RANDOM - RANDOM.min()) / np.ptp(RANDOM)
        for (k, cell), share in np.ndenumerate(shares):
            x = min(max(k, 0.2), 4.8)
            assert_allclose(colour_at(picture, ax, x, cell), colormaps["viridis"](share)[:3], atol=0.02)

    def test_traces_pass_through_their_values(self):
        values = np.array([[0.0, 5.0, -3.0], [4.0, 5.0, -2.0], [2.0, 5.0, -1.0]])
        ax = plotting.plot_traces(values, t=[0.0, 1.0, 2.0], unit="mV")
        picture = pixels(ax.figure)
        for k, colour in enumerate(("#0072B2", "#D55E00", "#009E73")):
            column, row = map(int, ax.transData.transform((0.5, values[:2, k].mean())))
            near = picture[row - 2 : row + 3, column - 2 : column + 3].reshape(-1, 3)
            assert np.abs(near - to_rgb(colour)).max(axis=1).min() < 0.25

    def test_areas_of_populations_are_as_their_numbers_of_cells(self):
        a, b = nf.LeakyRate("A", size=40), nf.LeakyRate("B", size=20)
        ax = plotting.plot_network(nf.Network("n", [a, b]))
        picture = pixels(ax.figure)
        fill = np.all(np.abs(picture - to_rgb("0.92")) < 0.01, axis=2)
        middle = int(np.mean([ax.transData.transform(circle.center)[0] for circle in ax.patches]))
        assert_allclose(fill[:, :middle].sum() / fill[:, middle:].sum(), 2.0, rtol=0.05)


class TestSolution:
    @pytest.mark.parametrize(("size", "lines"), [(1, True), (8, True), (9, False)])
    def test_few_cells_are_lines_and_many_a_heat_map(self, size, lines):
        sol = batch_of(1, size)
        ax = sol.plot("E.v")
        assert len(ax.lines) == (size if lines else 0)
        assert len(ax.collections) == (0 if lines else 1)
        assert ax.get_xlabel() == "time (s)"
        assert ax.get_title() == "n, member 0"

    def test_a_member(self, few, ax):
        assert few.plot("E.v", member=1, ax=ax) is ax
        assert_array_equal([line.get_ydata() for line in ax.lines], few["E.v"][:, 1].T)

    def test_no_batch(self, ax):
        sol = nf.simulate(nf.Network("n", [nf.LeakyRate("E", size=2)]), 0.1, save_at=4)
        assert sol.plot("E.v", ax=ax) is ax
        assert ax.get_title() == "n"

    def test_a_batch_is_small_pictures_on_one_scale(self, few):
        axes = few.plot("E.v")
        assert axes.shape == (2,)
        for k, ax in enumerate(axes):
            assert_array_equal([line.get_ydata() for line in ax.lines], few["E.v"][:, k].T)
            assert ax.get_title() == f"member {k}"
        assert axes[0].get_ylim() == axes[1].get_ylim()
        low, high = axes[0].get_ylim()
        assert low < few["E.v"].min() < few["E.v"].max() < high
        figure = axes[0].figure
        assert figure.get_suptitle() == "n, 2 members"
        assert axes[0].get_ylabel() == "E.v (mV)"
        assert [bar.get_ylabel() for bar in figure.axes if bar not in axes] == ["E cell"]

    def test_twelve_members_at_most_and_the_title_says_so(self, crowd):
        axes = crowd.plot("E.v")
        assert axes.shape == (12,)
        figure = axes[0].figure
        assert figure.get_suptitle() == "n, the first 12 of 14 members"
        assert len({ax.collections[0].get_clim() for ax in axes}) == 1
        assert axes[0].collections[0].get_clim() == (crowd["E.v"][:, :12].min(), crowd["E.v"][:, :12].max())
        assert [bar.get_ylabel() for bar in figure.axes if bar not in axes] == ["E.v (mV)"]
        figure.canvas.draw()

    def test_lowest_pictures_of_each_column_have_times(self):
        axes = batch_of(5, 2).plot("E.v")
        assert [bool(ax.get_xlabel()) for ax in axes] == [False, False, True, True, True]
        axes[0].figure.canvas.draw()
        assert any(label.get_visible() and label.get_text() for label in axes[2].get_xticklabels())

    def test_axes_of_yours(self, few, crowd):
        given = Figure(layout="constrained").subplots(1, 2)
        assert all(a is b for a, b in zip(few.plot("E.v", ax=given), given))
        given = Figure(layout="constrained").subplots(3, 4)
        assert crowd.plot("E.v", ax=given).shape == (3, 4)
        assert "the first 12 of 14 members" in given[0, 0].get_title()
        assert not pyplot.get_fignums()

    def test_two_batch_axes(self):
        rates = np.arange(12.0).reshape(2, 2, 3)
        ffe, e = nf.ConstantInput("FFE", rates=rates), nf.LeakyRate("E", size=2)
        sol = nf.simulate(nf.Network("n", [ffe, e, synapse(ffe, e, 1.0)]), 0.1, save_at=3)
        assert [ax.get_title() for ax in sol.plot("E.v")] == [f"member {i}, {j}" for i in (0, 1) for j in (0, 1)]

    def test_currents_of_single_synapses(self, ax):
        ffe, e = nf.ConstantInput("FFE", rates=np.ones(3)), nf.LeakyRate("E", size=2)
        net = nf.Network("n", [ffe, e, synapse(ffe, e, np.ones((2, 3)), resolution="synapse")])
        nf.simulate(net, 0.1, save_at=3).plot("FFE_to_E.i", ax=ax)
        assert len(ax.lines) == 6

    def test_refuses(self, few, ax):
        refused = {
            "ax has 1 axes for 2 members of the batch. Choose one with member=": lambda: few.plot("E.v", ax=ax),
            "ax has 3 axes for 2 members": lambda: few.plot("E.v", ax=Figure().subplots(3)),
            "member is 2 and this is a batch": lambda: few.plot("E.v", member=2),
            "needs two times or more, not 1": lambda: batch_of(2, 2, [0.1]).plot("E.v"),
            "solution is of type Network": lambda: plotting.plot_solution(few.network, "E.v"),
        }
        for message, call in refused.items():
            with pytest.raises(nf.ParameterError, match=message):
                call()
        with pytest.raises(nf.UnknownNameError, match=r"Did you mean 'E\.v'"):
            few.plot("E.w")
        assert not pyplot.get_fignums()


def arrows(ax):
    return {patch.get_label(): patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)}


def hue(patch):
    return matplotlib.colors.to_hex(patch.get_edgecolor()).upper()


class TestNetwork:
    def test_nodes_arrows_and_legend(self, ax):
        plotting.plot_network(circuit(), ax=ax)
        assert ax.get_title() == "circuit"
        assert [text.get_text() for text in ax.texts] == [
            "FFE\n7 channels",
            "E\n40 cells",
            "I\n10 cells",
            "OUT\n1 cell",
        ]
        assert sum(isinstance(patch, Rectangle) for patch in ax.patches) == 1
        assert sum(isinstance(patch, Circle) for patch in ax.patches) == 3
        assert set(arrows(ax)) == {"FFE_to_E", "E_to_I", "E_to_E", "I_to_E", "E_to_OUT", "I_to_I"}
        told = [text.get_text() for text in ax.get_legend().get_texts()]
        assert told == ["excitatory", "inhibitory", "both signs", "mean strength 0.001 nA/Hz"]

    def test_colours_are_signs_and_widths_are_strengths(self, ax):
        plotting.plot_network(circuit(), ax=ax)
        drawn = arrows(ax)
        assert {name for name, arrow in drawn.items() if hue(arrow) == "#D55E00"} == {"FFE_to_E", "E_to_I", "E_to_E"}
        assert {name for name, arrow in drawn.items() if hue(arrow) == "#0072B2"} == {"I_to_E", "I_to_I"}
        assert {name for name, arrow in drawn.items() if hue(arrow) == "#009E73"} == {"E_to_OUT"}
        widths = [drawn[name].get_linewidth() for name in ("I_to_E", "FFE_to_E", "E_to_I", "E_to_E")]
        # Currents of 1e-3 nA/Hz times the weight; 1e-5 nA/(Hz mV) at 10 mV from rest are a tenth of that.
        assert_allclose(np.diff(widths), 3.5 * np.diff([0.1, 0.5, 0.25, 0.1]))

    @pytest.mark.filterwarnings("ignore:.*they are conductances:UserWarning")
    def test_strengths_compare_in_one_unit_only_and_the_legend_tells_each(self, ax):
        e = nf.LeakyRate("E", size=2, v_rest=[-70.0, -66.0])
        wires = [
            nf.InstantSynapse(e, e, weights=[[0.0, 3.0], [1.0, 0.0]], g=[1e-3, 3e-3], name="current"),
            nf.ConductanceSynapse(e, e, weights=-2.0, g_max=1e-5, e_rev=[-88.0, 32.0], name="conductance"),
            nf.GapJunction(e, e, weights=0.5, g=1e-2, name="gap"),
            nf.NMDASynapse(e, e, weights=1.0, g=1e-4, e_rev=0.0, name="nmda"),
            nf.ReversalSynapse(e, e, weights=1.0, g=1e-5, e_rev=-68.0, name="shunt"),
        ]
        plotting.plot_network(nf.Network("n", [e, *wires]), ax=ax)
        told = {"current": 4e-3, "conductance": 2e-5 * 60.0, "gap": 5e-3, "nmda": 68e-4}
        drawn, scale = arrows(ax), arrows(ax)["shunt"].get_linewidth()
        for name, largest in (("current", 4e-3), ("conductance", 4e-3), ("gap", 5e-3), ("nmda", 68e-4)):
            assert_allclose(drawn[name].get_linewidth() / scale, 1.0 + 3.5 * told[name] / largest)
        lines = [drawn[name].get_linestyle() for name in ("current", "conductance", "gap", "nmda", "shunt")]
        assert lines[0] == lines[1]
        assert len(set(lines)) == 4
        words = [text.get_text() for text in ax.get_legend().get_texts()]
        assert words[-3:] == ["mean strength 0.004 nA/Hz", "mean strength 0.005 nA/mV", "mean strength 0.0068 nA"]

    @pytest.mark.parametrize(
        ("weights", "mean", "sign"),
        [
            (-2.0, 2.0, -1),
            (np.array([[0.0, 3.0], [1.0, 0.0]]), 2.0, 1),
            (sparse.csr_array([[0.0, -3.0], [0.0, 0.0]]), 3.0, -1),
            (np.zeros((2, 2)), 0.0, 1),
            (nf.Circulant([1.0, -0.5]), 0.75, 0),
            (np.array([np.eye(2), 3.0 * np.eye(2)]), 2.0, 1),
        ],
    )
    def test_strength_and_sign_of_weights(self, weights, mean, sign):
        from netframe.plotting.strength import sign_of, strength_of

        e = nf.LeakyRate("E", size=2)
        (bound,) = nf.Network("n", [e, synapse(e, e, weights)]).bound_projections
        assert strength_of(bound) == (pytest.approx(1e-3 * mean), "nA/Hz")
        assert sign_of(bound) == sign

    @pytest.mark.filterwarnings("ignore:.*they are conductances:UserWarning")
    @pytest.mark.parametrize(("e_rev", "weight", "sign"), [(0.0, 1.0, 1), (-80.0, 1.0, -1), (-80.0, -1.0, 1)])
    def test_a_reversal_potential_below_rest_inhibits(self, e_rev, weight, sign):
        from netframe.plotting.strength import sign_of

        e = nf.LeakyRate("E", size=2)
        net = nf.Network("n", [e, nf.ReversalSynapse(e, e, weights=weight, g=1e-5, e_rev=e_rev)])
        assert sign_of(net.bound_projections[0]) == sign

    def test_operators_are_judged_by_their_rows(self):
        from netframe.plotting.strength import sign_of, strength_of

        class Halves:
            shape, dtype = (2, 4), np.dtype(float)

            def matvec(self, x):
                return np.array([0.5, 0.5]) * x.sum()

        a, b = nf.LeakyRate("A", size=4), nf.LeakyRate("B", size=2)
        (bound,) = nf.Network("n", [a, b, synapse(a, b, nf.Operator(Halves()))]).bound_projections
        assert (strength_of(bound), sign_of(bound)) == ((pytest.approx(0.5e-3), "nA/Hz"), 1)

    def test_columns_are_steps_from_the_inputs(self):
        links = [("F", "A"), ("A", "B"), ("B", "C"), ("C", "A"), ("A", "A")]
        place = places(["F", "A", "B", "C", "alone"], {"F"}, links)
        assert [place[node][0] for node in ("F", "A", "B", "C", "alone")] == [0.0, 2.0, 4.0, 6.0, 2.0]

    @pytest.mark.parametrize("n", [1, 2, 3, 7, 20])
    def test_nodes_keep_their_distance(self, n):
        nodes = [f"P{k}" for k in range(n)]
        for inputs, links in ((set(), []), ({"P0"}, [("P0", node) for node in nodes[1:]])):
            spots = np.array(list(places(nodes, inputs, links).values()))
            apart = np.linalg.norm(spots[:, None] - spots, axis=-1)[~np.eye(n, dtype=bool)]
            assert n == 1 or apart.min() >= 1.5

    def test_arrows_of_one_pair_differ_and_none_crosses_a_third_node(self):
        links = [("A", "B"), ("B", "A"), ("A", "B"), ("A", "C"), ("C", "C"), ("C", "C")]
        place = {"A": (0.0, 0.0), "B": (2.0, 0.0), "C": (4.0, 0.0)}
        found = bows(links, place, dict.fromkeys(place, 0.3))
        sides = [found[0], -found[1], found[2]]
        assert len(set(sides)) == 3
        assert abs(found[3]) * 4.0 / 2.0 > 0.42  # an arc3 rises by half its bow
        assert found[4] != found[5]

    def test_loops_are_where_the_fewest_arrows_are(self):
        links = [("A", "B"), ("B", "A"), ("A", "A"), ("B", "B")]
        place = {"A": (0.0, 1.6), "B": (0.0, 0.0)}
        radius = dict.fromkeys(place, 0.3)
        assert loop_sides(links, bows(links, place, radius), place, radius) == {"A": (0, 1), "B": (0, -1)}

    @pytest.mark.parametrize("side", [(0, 1), (0, -1), (-1, 0), (1, 0)])
    def test_a_loop_leaves_its_node_on_its_side(self, side):
        points = np.array(loop((2.0, 3.0), 0.3, 0.6, side)) - (2.0, 3.0)
        along = points @ side
        assert (along > 0.0).all()
        assert_allclose(along[1:3], 0.9)
        assert_allclose(np.linalg.norm(points[[0, 3]], axis=1), 0.33, rtol=0.02)

    def test_nested_networks_without_projections(self, ax):
        net = nf.Network("outer", [nf.Network("CA1", [nf.LeakyRate("E", size=2)])])
        plotting.plot_network(net, ax=ax)
        assert [text.get_text() for text in ax.texts] == ["CA1.E\n2 cells"]
        assert ax.get_legend() is None

    def test_refuses(self):
        with pytest.raises(nf.ParameterError, match="network is of type LeakyRate; it must be a Network"):
            plotting.plot_network(nf.LeakyRate("E", size=2))
        with pytest.raises(nf.ParameterError, match="network 'n' has neither populations nor inputs"):
            plotting.plot_network(nf.Network("n", []))
        assert not pyplot.get_fignums()


class TestHistogram:
    def test_every_weight_is_counted_once(self, ax):
        plotting.plot_weight_histogram(RANDOM, ax=ax)
        assert sum(bar.get_height() for bar in ax.patches) == RANDOM.size
        for bar in ax.patches:
            left, right = bar.get_x(), bar.get_x() + bar.get_width()
            inside = np.sum((left <= RANDOM) & (right > RANDOM))
            assert bar.get_height() == inside
            assert left >= -1e-12 or right <= 1e-12
            negative = matplotlib.colors.to_hex(bar.get_facecolor()).upper() == "#0072B2"
            assert negative == (right <= 1e-12)

    @pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
    def test_zeros_are_left_out(self, ax, kind):
        plotting.plot_weight_histogram(kind(np.diag([1.0, 2.0, 0.0])), ax=ax)
        assert ax.get_title() == "2 of 9 pairs"

    def test_projection_and_member(self, ax):
        e = nf.LeakyRate("E", size=2)
        weights = np.array([np.eye(2), [[1.0, 2.0], [3.0, 4.0]]])
        plotting.plot_weight_histogram(synapse(e, e, weights), member=1, ax=ax)
        assert ax.get_title() == "E_to_E, member 1, 4 of 4 pairs"
        assert ax.get_xlabel() == "weight"

    @pytest.mark.parametrize("scale", [1e-12, 1.0, 1e9])
    def test_equal_weights(self, ax, scale):
        plotting.plot_weight_histogram(np.full((2, 3), -scale), bins=4, ax=ax)
        assert [bar.get_height() for bar in ax.patches] == [6]

    def test_number_of_bins(self, ax):
        plotting.plot_weight_histogram(RANDOM**2 + 1.0, bins=5, ax=ax)
        assert len(ax.patches) == 5

    def test_refuses(self):
        refused = {
            r"all weights of shape \(2, 2\) are zero": lambda: plotting.plot_weight_histogram(np.zeros((2, 2))),
            "bins is 0": lambda: plotting.plot_weight_histogram(RANDOM, bins=0),
            r"expected \(\.\.\., n_post, n_pre\)": lambda: plotting.plot_weight_histogram(np.ones(3)),
            "member is None": lambda: plotting.plot_weight_histogram(np.ones((2, 2, 2))),
        }
        for message, call in refused.items():
            with pytest.raises(nf.ParameterError, match=message):
                call()


class TestAnalysis:
    def test_tuning_curves(self, ax):
        plotting.plot_tuning_curves(TUNED, stimulus="angle", stimulus_unit="°", ax=ax)
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("angle (°)", "firing rate (Hz)")
        for line, curve in zip(ax.lines, TUNED.curves.T):
            assert_array_equal(line.get_xdata(), [0.0, 45.0, 90.0, 135.0])
            assert_array_equal(line.get_ydata(), curve)
        plotting.plot_tuning_curves(TUNED, unit="mV", ax=ax)
        assert ax.get_ylabel() == "response (mV)"

    def test_similarity(self, ax):
        plotting.plot_similarity(ALIKE, ax=ax)
        image = ax.images[0]
        assert image.get_clim() == (-1.0, 1.0)
        assert image.get_cmap().name == "RdBu_r"
        assert_array_equal(np.ma.getmaskarray(image.get_array()), np.isnan(ALIKE.matrix))
        positive = plotting.plot_similarity(analysis.cosine_similarity(np.eye(3) + 1.0), ax=Figure().subplots())
        assert positive.images[0].get_clim() == (0.0, 1.0)

    @pytest.mark.parametrize("draw", ["similarity", "film_on_a_grid"])
    def test_squares_fill_the_figure_and_their_bar_is_as_high(self, draw):
        def extents(given):
            ax = PICTURES[draw].draw(ax=given)
            picture = pixels(ax.figure)
            bar = next(other for other in ax.figure.axes if other is not given and hasattr(other, "_colorbar"))
            assert_allclose(bar.get_position().intervaly, ax.get_position().intervaly, atol=1e-6)
            assert 0.0 < bar.bbox.x0 - ax.bbox.x1 < 20.0
            assert_allclose(ax.bbox.width / ax.bbox.height, np.divide(*ax.images[0].get_array().shape[::-1]), rtol=1e-6)
            return np.flatnonzero((picture < 1.0).any(axis=(0, 2))) / picture.shape[1]

        alone = extents(None)
        assert alone[0] < 0.05
        assert alone[-1] > 0.95
        extents(pyplot.subplots(1, 2, layout="constrained")[1][0])
        extents(pyplot.subplots(1, 2)[1][0])

    def test_power_spectrum(self, ax):
        plotting.plot_power_spectrum(SPECTRUM, unit="nA/Hz", ax=ax)
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("frequency (Hz)", "power ((nA/Hz)²/Hz)")
        lines, marks = ax.lines[:2], ax.lines[2:]
        assert [mark.get_xdata()[0] for mark in marks] == [5.0, 20.0]
        assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
        for line, power in zip(lines, SPECTRUM.power.T):
            assert_array_equal(line.get_ydata(), power[1:])
        plain = plotting.plot_power_spectrum(SPECTRUM, unit="1", log=False, ax=Figure().subplots())
        assert (plain.get_yscale(), plain.get_ylabel()) == ("linear", "power (1/Hz)")

    def test_a_signal_without_power(self, ax):
        flat = analysis.power_spectrum(np.ones(100), t=TIMES[:100])
        plotting.plot_power_spectrum(flat, unit="mV", ax=ax)
        assert ax.get_title() == "power spectrum"
        ax.figure.canvas.draw()

    @pytest.mark.parametrize(("cells", "lines"), [(8, True), (9, False), (40, False)])
    def test_few_cells_are_lines_and_many_a_heat_map_in_the_order_of_their_peaks(self, cells, lines):
        best = np.random.default_rng(cells).permutation(cells) % 7  # several cells have the same
        responses = np.full((7, cells), 1.0)
        responses[best, np.arange(cells)] = np.linspace(5.0, 9.0, cells)
        responses[:, 3] = 1.0  # alike, so that it prefers nothing
        spectrum = analysis.PowerSpectrum(np.arange(8.0), np.concatenate([np.zeros((1, cells)), responses]))
        for ax in (
            plotting.plot_tuning_curves(analysis.tuning_curves(responses, np.arange(7.0))),
            plotting.plot_power_spectrum(spectrum, unit="mV"),
        ):
            assert (len(ax.lines) >= cells) == lines
            assert len(ax.collections) == (not lines)
            if lines:
                continue
            ax.figure.canvas.draw()
            tuning = ax.get_ylabel() == "cell, by preferred stimulus"
            ranks = [*best[:3], 99 if tuning else 0, *best[4:]]  # the peak of a flat spectrum is its first frequency
            order = sorted(range(cells), key=lambda k: (ranks[k], k))
            assert_array_equal(ax.collections[0].get_array(), responses.T[order])
            told = {int(tick.get_loc()): tick.label1.get_text() for tick in ax.yaxis.get_major_ticks()}
            assert len(told) > 2
            assert all(text == str(order[row]) for row, text in told.items() if 0 <= row < cells)
            picture = pixels(ax.figure)
            first = ax.collections[0].norm(responses.T[order[0]])
            for x, share in enumerate(first, start=0 if tuning else 1):
                assert_allclose(colour_at(picture, ax, x, 0.0), colormaps["viridis"](float(share))[:3], atol=0.02)

    def test_each_frequency_reaches_halfway_to_the_next_as_it_is_seen(self):
        power = np.tile(np.arange(1.0, 10.0)[:, None], (1, 9))
        spectrum = analysis.PowerSpectrum(2.0 * np.arange(10.0), np.vstack([np.zeros((1, 9)), power[:9]]))
        for log, first in ((True, [2.0 / 2.0**0.5, 8.0**0.5, 24.0**0.5]), (False, [1.0, 3.0, 5.0])):
            ax = plotting.plot_power_spectrum(spectrum, unit="mV", log=log)
            edges = ax.collections[0].get_coordinates()[0, :, 0]
            assert_allclose(edges[:3], first)
            assert len(edges) == 10

    def test_power_of_many_cells_has_six_decades_of_colours(self):
        power = np.outer(np.logspace(-9.0, 0.0, 10), np.ones(9))
        spectrum = analysis.PowerSpectrum(np.arange(10.0), power)
        for log, span in ((True, (1e-6, 1.0)), (False, (1e-8, 1.0))):
            ax = plotting.plot_power_spectrum(spectrum, unit="mV", log=log)
            assert ax.collections[0].get_clim() == pytest.approx(span)
            assert ax.get_xscale() == ("log" if log else "linear")
            pixels(ax.figure)
        silent = plotting.plot_power_spectrum(analysis.PowerSpectrum(np.arange(10.0), 0.0 * power), unit="mV")
        assert silent.get_xscale() == "linear"
        pixels(silent.figure)

    def test_refuses(self):
        refused = {
            "curves is of type ndarray; it must be a TuningCurves": lambda: plotting.plot_tuning_curves(RANDOM),
            "similarity is of type ndarray; it must be a Similarity": lambda: plotting.plot_similarity(RANDOM),
            "spectrum is of type Similarity": lambda: plotting.plot_power_spectrum(ALIKE, unit="1"),
            "member is 0 and there is no batch": lambda: plotting.plot_similarity(ALIKE, member=0),
        }
        for message, call in refused.items():
            with pytest.raises(nf.ParameterError, match=message):
                call()

    def test_phase_plane_and_branch_are_in_the_same_style(self):
        net = nf.Network("cell", [nf.FitzHughNagumo("N", size=1)])
        plane = analysis.phase_plane(net, "N.v[0]", "N.w[0]", (-2.5, 2.5), (-1.5, 2.0), points=21)
        branch = nf.continuation(net, "N.a", (0.5, 0.9))
        for draw in (plane.plot, branch.plot):
            with pyplot.style.context("dark_background"):
                ax = draw(pyplot.subplots(layout="constrained")[1])
            assert ax.get_title() == "cell"
            picture = pixels(ax.figure)
            for text in words(ax.figure):
                assert abs(luminance(text.get_color()) - luminance(read_on(text, picture))) > 0.5
            assert all(luminance(line.get_color()) > 0.2 for line in ax.lines)


@pytest.fixture(scope="module")
def folded_branch():
    """v = -70 + F + 0.25 S(v) with a sigmoid S, so that F follows from v and turns back twice."""
    e = nf.LeakyRate("E", size=1, activation=nf.Sigmoid(midpoint=-50.0, width=2.0, peak=60.0))
    f = nf.ConstantInput("F", rates=[0.0])
    onto = [nf.InstantSynapse(f, e, weights=1.0, g=0.01), nf.InstantSynapse(e, e, weights=0.25, g=0.01)]
    return nf.continuation(nf.Network("n", [f, e, *onto]), "F.rates", (0.0, 40.0))


class TestBranch:
    @staticmethod
    def rate(v):
        return v + 70.0 - 15.0 / (1.0 + np.exp(-(v + 50.0) / 2.0))

    def test_lines_are_smooth_through_the_points_and_not_beyond(self, folded_branch, ax):
        branch = folded_branch
        branch.plot(ax)
        drawn = [line.get_xydata() for line in ax.lines if line.get_linestyle() != "None" and len(line.get_xdata())]
        x, v = np.concatenate(drawn).T
        points, voltages = branch.values, branch["E.v"][:, 0]
        for value, voltage in zip(points, voltages):
            assert np.hypot(x - value, v - voltage).min() < 1e-7
        folds = [point.value for point in branch.special]
        turn = (np.diff(points)[:-1] * np.diff(points)[1:] < 0).sum()
        assert len(folds) == turn == 2
        assert x.max() <= max(*points, *folds) + 1e-9
        assert x.min() >= min(*points, *folds) - 1e-9

        def off(x, v):  # how far the middle of straight pieces is from the branch
            return np.abs(0.5 * (x[1:] + x[:-1]) - self.rate(0.5 * (v[1:] + v[:-1]))).max()

        assert max(off(*piece.T) for piece in drawn) < 0.2 * off(points, voltages)

    def test_stability_changes_at_the_special_points(self, folded_branch):
        for own in (folded_branch, nf.continuation(CELL, "N.a", (0.3, 0.9), max_step=0.3)):
            axes = own.plot(Figure().subplots())
            drawn = [line for line in axes.lines if line.get_linestyle() != "None" and len(line.get_xdata())]
            assert len(drawn) == 1 + len(own.special)
            for before, after, point in zip(drawn, drawn[1:], own.special, strict=False):
                assert_allclose(before.get_xydata()[-1], [point.value, point.y[0]], rtol=1e-12)
                assert_array_equal(before.get_xydata()[-1], after.get_xydata()[0])
                assert before.get_linestyle() != after.get_linestyle()

    def test_every_curve_of_a_straight_branch_and_one_of_one_point(self):
        f, e = nf.ConstantInput("F", rates=[0.0, 7.0]), nf.LeakyRate("E", size=2)
        net = nf.Network("n", [f, e, nf.InstantSynapse(f, e, weights=np.eye(2), g=0.01)])
        branch = nf.continuation(net, "F.rates[0]", (0.0, 10.0))
        first, second = branch.plot().lines
        assert_allclose(first.get_ydata(), first.get_xdata() - 70.0, rtol=1e-9)
        assert_allclose(second.get_ydata(), -63.0)
        (one, _) = nf.continuation(net, "F.rates[0]", (0.0, 10.0), max_points=1).plot().lines
        assert_array_equal(one.get_xydata(), [[0.0, -70.0]])


class TestWorkPrecision:
    NAMES = ("RungeKuttaIntegrator Dopri5", "FixedStepIntegrator exponential_euler", "JaxIntegrator Kvaerno5")

    def compared(self, n):
        made = [attrs.make_class(f"{self.NAMES[k % 3].replace(' ', '_')}_{k}", [])() for k in range(n)]
        measured = tuple(
            nf.integrators.comparison.Measurement(
                one, f"{e:g}", {"N.v": e * 3.0**-k}, 1e-3 * 1.4**k / e**0.1, 0.0, nf.Stats(), "success"
            )
            for k, one in enumerate(made)
            for e in (1e-3, 1e-5, 1e-7)
        )
        return nf.integrators.comparison.Comparison(CELL, 1.0, {"N.v": "mV"}, measured, {"N.v": 1e-12})

    @pytest.mark.parametrize("n", [2, 9])
    @pytest.mark.parametrize("given", [None, {}, {"layout": "constrained"}])
    def test_the_legend_covers_nothing_and_leaves_room(self, n, given):
        one = None if given is None else pyplot.subplots(1, 2, figsize=(9.0, 4.2), **given)[1][0]
        ax = self.compared(n).plot(ax=one)
        pixels(ax.figure)
        legend = ax.get_legend() or ax.figure.legends[0]
        box, room = legend.get_window_extent(), ax.figure.bbox
        assert len(legend.get_texts()) == n
        assert box.x0 >= 0.0
        assert box.y0 >= 0.0
        assert box.x1 <= room.x1
        drawn = np.concatenate([ax.transData.transform(line.get_xydata()) for line in ax.lines])
        inside = (drawn > box.min - 3.0).all(axis=1) & (drawn < box.max + 3.0).all(axis=1)
        assert not inside.any()
        assert not any(box.overlaps(text.get_window_extent()) for text in (ax.xaxis.label, ax.title))
        if given is None:  # as large as without a legend
            assert ax.bbox.width > 0.8 * room.width
            assert ax.bbox.height > 0.7 * 4.2 * ax.figure.dpi
        else:
            assert np.ptp(drawn[:, 1]) > 0.2 * ax.bbox.height


def frames_of(film):
    """Every frame drawn, as saving does it."""
    film._draw_was_started = True
    for frame in film.new_frame_seq():
        film._func(frame)
        yield frame


class TestFilm:
    values = np.arange(40.0).reshape(10, 4)
    times = np.array([0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 1.0])

    def test_cells_on_a_line(self, ax):
        film = plotting.animate_activity(self.values, t=self.times, unit="Hz", label="rate", frames=11, ax=ax)
        assert isinstance(film, FuncAnimation)
        # Ten frames, 1/9 s apart, each the saved time nearest to it.
        shown = [float(ax.lines[0].get_ydata()[0]) / 4.0 for _ in frames_of(film)]
        assert shown == [0.0, 8.0, 8.0, 8.0, 8.0, 9.0, 9.0, 9.0, 9.0, 9.0]
        assert ax.get_title() == "t = 1.00 s"
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("cell", "rate (Hz)")
        low, high = ax.get_ylim()
        assert low < 0.0 < 39.0 < high

    def test_cells_on_a_grid(self, few):
        film = plotting.animate_activity(few, "FFE.rate", member=1, shape=(1, 3))
        ax = film._fig.axes[0]
        for frame in frames_of(film):
            assert_array_equal(ax.images[0].get_array(), few["FFE.rate"][frame, 1].reshape(1, 3))
        assert ax.get_title() == "n, member 1, t = 0.200 s"
        assert film._fig.axes[1].get_ylabel() == "FFE.rate (Hz)"

    def test_cells_on_a_grid_are_called_by_their_labels(self, ax):
        names = ["CA1", "CA3", "DG"]
        sol = batch_of(2, 3).with_coordinates({"E.cell": {"region": names}})
        film = plotting.animate_activity(sol, "E.v", member=1, shape=(1, 3), ax=ax)
        assert ax.get_xlabel().replace("\n", " ") == "E cell, region in the squares, column of the grid"
        assert [(text.get_text(), *text.get_position()) for text in ax.texts] == [
            (name, k, 0) for k, name in enumerate(names)
        ]
        assert ax.get_title().startswith("n, member 1, t = ")  # the batch has no labels
        assert list(frames_of(film))
        picture = pixels(film._fig)
        for text in ax.texts:
            assert abs(luminance(text.get_color()) - luminance(read_on(text, picture))) > 0.5
            left, right = ax.transData.transform(np.add.outer([-0.5, 0.5], text.get_position()))[:, 0]
            assert left <= text.get_window_extent().x0 <= text.get_window_extent().x1 <= right

    def test_labels_that_no_square_has_room_for_are_not_promised(self, ax):
        sol = batch_of(2, 30).with_coordinates({"E.cell": {"region": [f"a long name {k}" for k in range(30)]}})
        film = plotting.animate_activity(sol, "E.v", member=1, shape=(2, 15), ax=ax)
        assert list(frames_of(film))
        assert ax.get_xlabel().replace("\n", " ") == "E cell, column of the grid"
        assert not ax.texts

    def test_can_be_saved(self, tmp_path, ax):
        film = plotting.animate_activity(self.values, t=self.times, unit="Hz", frames=3, ax=ax)
        film.save(tmp_path / "film.gif", writer="pillow")
        assert (tmp_path / "film.gif").stat().st_size > 1000

    def test_refuses(self):
        def draw(**options):
            return plotting.animate_activity(self.values, t=self.times, unit="Hz", **options)

        refused = {
            r"shape is \(3, 2\); it must be \(n_rows, n_columns\) of 4 cells": lambda: draw(shape=(3, 2)),
            "frames is 1": lambda: draw(frames=1),
            "frames is 2.5": lambda: draw(frames=2.5),
            "member is 0": lambda: draw(member=0),
            "a film needs two times or more": lambda: plotting.animate_activity([[1.0]], t=[0.0], unit="Hz"),
        }
        for message, call in refused.items():
            with pytest.raises(nf.ParameterError, match=message):
                call()
        assert not pyplot.get_fignums()


@pytest.mark.parametrize("cells", [12, 60])
def test_words_beside_squares_stay_in_the_figure_however_often_it_is_drawn(cells):
    values = np.linspace(0.0, 1.0, 2 * cells).reshape(2, cells)
    film = plotting.animate_activity(values, t=[0.0, 1.0], unit="Hz", label="rate", shape=(6, cells // 6))
    film._draw_was_started = True
    for ax in (plotting.plot_similarity(analysis.cosine_similarity(RANDOM)), film._fig.axes[0]):
        for _ in range(4):
            ax.figure.canvas.draw()
            boxes = [words.get_window_extent() for words in (ax.yaxis.label, ax.xaxis.label, ax.title)]
            assert min(min(box.x0, box.y0) for box in boxes) > 0.0
            assert max(box.y1 for box in boxes) < ax.figure.bbox.height


def test_the_name_of_a_network_is_at_the_left_and_small_networks_have_little_around_them():
    cells = [nf.WilsonCowan(name, size=1) for name in ("E", "I")]
    wires = [nf.InstantSynapse(pre, post, weights=1.0, g=1.0) for pre in cells for post in cells]
    ax = plotting.plot_network(nf.Network("EI", [*cells, *wires]))
    ax.figure.canvas.draw()
    title, whole = ax.title.get_window_extent(), ax.figure.bbox
    assert ax.get_title() == "EI"
    assert title.x1 < 0.1 * whole.width
    assert title.y1 < whole.height
    assert ax.get_legend().get_window_extent().y0 > 0.0
    assert ax.figure.get_size_inches()[1] < 3.3
