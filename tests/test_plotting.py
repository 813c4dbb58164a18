"""The figures: what is drawn, what it is called, and what is refused."""

import subprocess
import sys

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pytest
from matplotlib import pyplot
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

import netframe as nf
from netframe import plotting

PATTERNS = np.arange(10.0).reshape(2, 5) * 4.0
WEIGHTS = np.linspace(0.1, 1.0, 15).reshape(3, 5)


def network(resolution="lumped", rates=PATTERNS, weights=WEIGHTS):
    """Five channels onto three cells, two patterns."""
    ffe = nf.ConstantInput("FFE", rates=rates)
    e = nf.LeakyRate("E", size=3, activation=nf.ClippedLinear(threshold=-69.0, ceiling=-60.0))
    synapse = nf.ReversalSynapse(ffe, e, weights=weights, g=2e-5, resolution=resolution)
    return nf.Network("feedforward", [ffe, e, synapse])


@pytest.fixture(scope="module")
def batch():
    return nf.simulate(network(), 0.2, save_at=[0.0, 0.01, 0.05, 0.2])


@pytest.fixture(scope="module")
def single():
    return nf.simulate(network(rates=PATTERNS[1]), 0.2)


def texts(ax):
    return ax.get_xlabel(), ax.get_ylabel(), ax.get_title()


def bar_of(ax):
    """The axes of the only colour bar beside ``ax``."""
    (bar,) = (other for other in ax.figure.axes if other is not ax)
    return bar


def test_import_loads_no_matplotlib():
    code = "import netframe, sys; sys.exit(any(name.split('.')[0] == 'matplotlib' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class TestActivation:
    def test_curve(self, ax):
        relu = nf.ClippedLinear()
        plotting.plot_activation(relu, ax=ax)
        assert texts(ax) == ("voltage (mV)", "firing rate (Hz)", "ClippedLinear")
        assert ax.get_xlim() == (-80.0, 0.0)
        (line,) = ax.lines
        assert_array_equal(line.get_ydata(), relu(line.get_xdata()))
        assert ax.figure.axes == [ax]

    def test_given_voltages_and_a_line_for_each_cell(self, ax):
        threshold, v = np.array([-60.0, -50.0, -45.0]), np.array([-61.0, -55.0, -44.0, -20.0])
        plotting.plot_activation(nf.ThresholdLinear(threshold=threshold), v, ax=ax)
        assert len(ax.lines) == 3
        for line, own in zip(ax.lines, threshold):
            assert_array_equal(line.get_xdata(), v)
            assert_allclose(line.get_ydata(), 2.5 * np.maximum(v - own, 0.0))
        assert bar_of(ax).get_ylabel() == "cell"

    @pytest.mark.parametrize(
        ("activation", "span"),
        [
            (nf.Sigmoid(midpoint=-40.0, width=4.0), (-72.0, -8.0)),
            (nf.ThresholdLinear(threshold=-50.0), (-80.0, -20.0)),
            (nf.ClippedLinear(threshold=-1.0, ceiling=1.0), (-4.0, 4.0)),
            (nf.ThresholdPower(threshold=np.array([-60.0, -20.0])), (-120.0, 40.0)),
            (nf.Identity(), (-80.0, 0.0)),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_default_span_holds_the_bends(self, ax, activation, span):
        assert plotting.plot_activation(activation, ax=ax).get_xlim() == span

    def test_a_constant_activation_is_a_flat_line(self, ax):
        @nf.component
        class Tonic(nf.Activation):
            def __call__(self, v):
                return 7.0

        plotting.plot_activation(Tonic(), [-70.0, -60.0], ax=ax)
        assert_array_equal(ax.lines[0].get_ydata(), [7.0, 7.0])

    def test_refuses(self):
        with pytest.raises(nf.ParameterError, match="activation is of type LeakyRate; it must be an Activation"):
            plotting.plot_activation(nf.LeakyRate("E", size=2))
        with pytest.raises(nf.ParameterError, match=r"Sigmoid has batch axes \{'peak': \(4,\)\}"):
            plotting.plot_activation(nf.Sigmoid(peak=np.ones((4, 3))))
        with pytest.raises(nf.ParameterError, match=r"v has shape \(0,\), so there is nothing to draw"):
            plotting.plot_activation(nf.Sigmoid(), [])
        assert not pyplot.get_fignums()


class TestPatterns:
    @pytest.mark.parametrize("named", [False, True])
    def test_picture(self, ax, named):
        plotting.plot_patterns(nf.ConstantInput("FFE", rates=PATTERNS) if named else PATTERNS, ax=ax)
        assert texts(ax) == (("FFE channel", "input pattern", "FFE") if named else ("channel", "input pattern", ""))
        assert_array_equal(ax.images[0].get_array(), PATTERNS)
        assert bar_of(ax).get_ylabel() == "firing rate (Hz)"
        assert ax.get_ylim() == (1.5, -0.5)

    def test_one_pattern(self, ax):
        plotting.plot_patterns(nf.ConstantInput("FFE", rates=PATTERNS[1]), ax=ax)
        assert_array_equal(ax.images[0].get_array(), PATTERNS[1:])
        assert [tick for tick in ax.get_yticks() if -0.5 < tick < 0.5] == [0.0]

    def test_refuses(self):
        with pytest.raises(
            nf.ParameterError, match=r"rates has shape \(2, 3, 4\); expected \(n_patterns, n_channels\)"
        ):
            plotting.plot_patterns(np.ones((2, 3, 4)))
        with pytest.raises(nf.ParameterError, match="rates is ragged"):
            plotting.plot_patterns([[1.0], [1.0, 2.0]])
        with pytest.raises(nf.ParameterError, match=r"rates is .* real numbers"):
            plotting.plot_patterns("FFE")


class TestWeights:
    def test_projection_names_the_axes(self, ax):
        plotting.plot_weights(network()["FFE_to_E"], ax=ax)
        assert texts(ax) == ("FFE channel", "E cell", "FFE_to_E")
        assert_array_equal(ax.images[0].get_array(), WEIGHTS)
        assert ax.images[0].get_cmap().name == "viridis"
        assert bar_of(ax).get_ylabel() == "weight"
        assert ax.get_ylim() == (2.5, -0.5)

    def test_a_number_stands_for_all_weights(self, ax):
        plotting.plot_weights(network(weights=0.5)["FFE_to_E"], ax=ax)
        assert_array_equal(ax.images[0].get_array(), np.full((3, 5), 0.5))

    def test_unit_of_the_projection_is_shown(self, ax):
        @nf.component
        class Conductance(nf.Projection):
            weights: nf.Param = nf.parameter(unit="uS", axes=("post", "pre"), doc="conductances")
            lumpable = True

            def current(self, t, s, inputs):
                return inputs.drive

        ends = nf.ConstantInput("FFE", rates=PATTERNS), nf.LeakyRate("E", size=3)
        plotting.plot_weights(Conductance(*ends, weights=WEIGHTS), ax=ax)
        assert bar_of(ax).get_ylabel() == "weight (uS)"

    @pytest.mark.parametrize("kind", [sparse.csr_array, sparse.coo_matrix, sparse.csc_array])
    def test_absent_and_zero_entries_of_sparse_weights_stay_blank(self, ax, kind):
        stored = sparse.coo_array(([1.0, 2.0, 0.0], ([0, 2, 1], [4, 0, 3])), shape=(3, 5))
        plotting.plot_weights(kind(stored), ax=ax)
        drawn = ax.images[0].get_array()
        assert_array_equal(np.argwhere(~np.ma.getmaskarray(drawn)), [[0, 4], [2, 0]])
        assert_array_equal(drawn.compressed(), [1.0, 2.0])

    def test_zeros_of_dense_weights_are_drawn(self, ax):
        plotting.plot_weights(np.eye(3, 5), ax=ax)
        assert not np.ma.getmaskarray(ax.images[0].get_array()).any()

    @pytest.mark.parametrize("dense", [True, False])
    def test_colours_of_both_signs_are_centred_at_zero(self, ax, dense):
        weights = np.array([[1.0, -3.0, 0.0], [0.0, 2.0, 0.5]])
        plotting.plot_weights(weights if dense else sparse.csr_array(weights), ax=ax)
        assert ax.images[0].get_clim() == (-3.0, 3.0)
        assert ax.images[0].get_cmap().name == "RdBu_r"

    def test_all_negative_weights_are_not_centred(self, ax):
        assert plotting.plot_weights(-WEIGHTS, ax=ax).images[0].get_clim() == (-1.0, -0.1)

    def test_no_synapses_at_all(self, ax):
        plotting.plot_weights(sparse.csr_array((3, 5)), ax=ax)
        assert np.ma.getmaskarray(ax.images[0].get_array()).all()
        ax.figure.canvas.draw()

    def test_member_of_a_batch(self, ax):
        weights = np.arange(30.0).reshape(2, 3, 5)
        plotting.plot_weights(weights, member=1, ax=ax)
        assert_array_equal(ax.images[0].get_array(), weights[1])
        assert ax.get_title() == "member 1"

    def test_refuses(self, monkeypatch):
        with pytest.raises(nf.ParameterError, match=r"weights has shape \(5,\); expected \(\.\.\., n_post, n_pre\)"):
            plotting.plot_weights(np.ones(5))
        with pytest.raises(nf.ParameterError, match=r"member is None and this is a batch of shape \(2,\)"):
            plotting.plot_weights(np.ones((2, 3, 5)))
        with pytest.raises(nf.ParameterError, match="of dtype complex128; real numbers"):
            plotting.plot_weights(sparse.csr_array(np.eye(2, dtype=complex)))
        monkeypatch.setattr("netframe.memory.available", lambda: 1000)
        monkeypatch.setattr("netframe.memory.NEGLIGIBLE", 0)
        with pytest.raises(nf.MemoryBudgetError, match="Plot some rows or columns"):
            plotting.plot_weights(sparse.csr_array((10**4, 10**4)))
        assert not pyplot.get_fignums()


class TestRates:
    def test_mapping(self, ax):
        rates = {"E": np.array([1.0, 5.0, 2.0]), "FFE": [3.0, 0.0, 1.0, 4.0, 9.0]}
        plotting.plot_rates(rates, ax=ax)
        assert texts(ax) == ("cell", "firing rate (Hz)", "")
        assert [text.get_text() for text in ax.get_legend().get_texts()] == ["E", "FFE"]
        for line, values in zip(ax.lines, rates.values()):
            assert_array_equal(line.get_xdata(), np.arange(len(values)))
            assert_array_equal(line.get_ydata(), values)
            assert line.get_marker() != "None"

    def test_silence_is_in_view(self, ax):
        low, high = plotting.plot_rates({"E": [40.0, 42.0]}, ax=ax).get_ylim()
        assert low <= 0.0 < 42.0 <= high

    def test_many_populations_differ_in_colour_or_marker(self, ax):
        plotting.plot_rates({f"P{k}": np.ones(2) for k in range(20)}, ax=ax)
        assert len({(line.get_color(), line.get_marker()) for line in ax.lines}) == 20

    def test_solution_at_the_nearest_saved_time(self, ax, batch):
        plotting.plot_rates(batch, ["E.rate", "FFE.rate"], time=0.04, member=1, ax=ax)
        assert_array_equal(ax.lines[0].get_ydata(), batch["E.rate"][2, 1])
        assert_array_equal(ax.lines[1].get_ydata(), PATTERNS[1])
        assert [line.get_label() for line in ax.lines] == ["E", "FFE"]
        assert ax.get_title() == "feedforward, member 1, t = 0.05 s"

    def test_solution_at_its_end_with_every_rate(self, ax, batch):
        plotting.plot_rates(batch, member=0, ax=ax)
        assert {line.get_label() for line in ax.lines} == {"E", "FFE"}
        by_label = {line.get_label(): line.get_ydata() for line in ax.lines}
        assert_array_equal(by_label["E"], batch["E.rate"][-1, 0])
        assert ax.get_title() == "feedforward, member 0, t = 0.2 s"

    def test_one_path_and_other_quantities_in_hertz(self, ax, single):
        plotting.plot_rates(single, "FFE_to_E.signal", ax=ax)
        assert [line.get_label() for line in ax.lines] == ["FFE_to_E.signal"]
        assert_array_equal(ax.lines[0].get_ydata(), PATTERNS[1])

    def test_refuses(self, batch, single):
        refused = {
            "'E.v' is in mV, and only Hz is drawn": lambda: plotting.plot_rates(single, ["E.rate", "E.v"]),
            "time is 0.3; times from 0 to 0.2 s were saved": lambda: plotting.plot_rates(single, time=0.3),
            r"member is None and this is a batch of shape \(2,\)": lambda: plotting.plot_rates(batch),
            "member is 0 and there is no batch. Leave it out": lambda: plotting.plot_rates(single, member=0),
            r"rates has the shapes \{'E': \(2, 3\)\}": lambda: plotting.plot_rates({"E": np.ones((2, 3))}),
            "there are no rates to draw": lambda: plotting.plot_rates({}),
            "rates is of type ndarray; it must be a mapping": lambda: plotting.plot_rates(np.ones(3)),
            "and then alone": lambda: plotting.plot_rates({"E": np.ones(3)}, time=0.1),
            r"rates\['E'\] is .* real numbers": lambda: plotting.plot_rates({"E": "high"}),
        }
        for message, call in refused.items():
            with pytest.raises(nf.ParameterError, match=message):
                call()
        with pytest.raises(nf.UnknownNameError, match=r"Did you mean 'E\.rate'"):
            plotting.plot_rates(single, ["E.rat"])
        assert not pyplot.get_fignums()


class TestHeatmap:
    def test_solution(self, ax, single):
        plotting.plot_heatmap(single, "E.v", ax=ax)
        assert texts(ax) == ("time (s)", "E cell", "feedforward")
        assert bar_of(ax).get_ylabel() == "E.v (mV)"
        assert_array_equal(ax.collections[0].get_array(), single["E.v"].T)
        assert ax.get_xlim() == (single.t[0], single.t[-1])
        assert ax.get_ylim() == (2.5, -0.5)

    def test_uneven_times_have_edges_halfway_between(self, ax):
        values = np.arange(12.0).reshape(4, 3)
        plotting.plot_heatmap(values, t=[0.0, 0.1, 0.5, 2.0], unit="nA", label="current", ax=ax)
        mesh = ax.collections[0]
        assert_allclose(mesh.get_coordinates()[0, :, 0], [0.0, 0.05, 0.3, 1.25, 2.0])
        assert_allclose(mesh.get_coordinates()[:, 0, 1], [-0.5, 0.5, 1.5, 2.5])
        assert_array_equal(mesh.get_array(), values.T)
        assert texts(ax) == ("time (s)", "cell", "")
        assert bar_of(ax).get_ylabel() == "current (nA)"

    @pytest.mark.parametrize(("unit", "label"), [("mV", "value (mV)"), ("1", "value")])
    def test_label_of_an_array(self, ax, unit, label):
        plotting.plot_heatmap(np.ones((2, 3)), t=[0.0, 1.0], unit=unit, ax=ax)
        assert bar_of(ax).get_ylabel() == label

    def test_label_of_a_solution_can_be_replaced(self, ax, single):
        plotting.plot_heatmap(single, "E.v", label="voltage", ax=ax)
        assert bar_of(ax).get_ylabel() == "voltage (mV)"

    @pytest.mark.parametrize("member", [1, (1,), -1, np.int64(1)])
    def test_member_of_a_batch(self, ax, batch, member):
        plotting.plot_heatmap(batch, "E.v", member=member, ax=ax)
        assert_array_equal(ax.collections[0].get_array(), batch["E.v"][:, 1].T)
        assert ax.get_title() == f"feedforward, member {-1 if member == -1 else 1}"

    def test_member_along_two_axes_of_an_array(self, ax):
        values = np.arange(48.0).reshape(2, 4, 2, 3)
        plotting.plot_heatmap(values, t=[0.0, 1.0], unit="mV", member=(3, 0), ax=ax)
        assert_array_equal(ax.collections[0].get_array(), values[:, 3, 0].T)
        assert ax.get_title() == "member 3, 0"

    @pytest.mark.parametrize(
        ("path", "cells", "unit", "size"),
        [
            ("FFE.rate", "FFE channel", "Hz", 5),
            ("FFE_to_E.signal", "FFE channel", "Hz", 5),
            ("FFE_to_E.current", "E cell", "nA", 3),
            ("FFE_to_E.i", "FFE_to_E synapse (row by row)", "nA", 15),
            ("FFE_to_E.drive", "FFE_to_E synapse (row by row)", "Hz", 15),
        ],
    )
    @pytest.mark.parametrize("stored", ["dense", "sparse"])
    def test_what_rows_are_called(self, ax, path, cells, unit, size, stored):
        weights = WEIGHTS if stored == "dense" else sparse.csr_array(WEIGHTS)
        solution = nf.simulate(network("synapse", weights=weights), 0.02, save_at=3)
        plotting.plot_heatmap(solution, path, member=1, ax=ax)
        assert ax.get_ylabel() == cells
        assert bar_of(ax).get_ylabel() == f"{path} ({unit})"
        assert_array_equal(ax.collections[0].get_array(), solution[path][:, 1].reshape(3, size).T)

    def test_lumped_currents_belong_to_the_target(self, ax, single):
        assert plotting.plot_heatmap(single, "FFE_to_E.i", ax=ax).get_ylabel() == "E cell"

    def test_gaps_stay_blank(self, ax):
        plotting.plot_heatmap([[0.0, np.nan], [1.0, 2.0]], t=[0.0, 1.0], unit="mV", ax=ax)
        assert np.ma.getmaskarray(ax.collections[0].get_array()).tolist() == [[False, False], [True, False]]

    def test_nested_network_and_recorded_path(self, ax):
        outer = nf.Network("outer", [nf.Network("CA1", [nf.LeakyRate("E", size=2)])])
        solution = nf.simulate(outer, 0.1, save_at=3, record=["CA1.E.rate"])
        plotting.plot_heatmap(solution, "CA1.E.rate", ax=ax)
        assert texts(ax) == ("time (s)", "CA1.E cell", "outer")
        assert bar_of(ax).get_ylabel() == "CA1.E.rate (Hz)"


class TestTraces:
    def test_few_cells(self, ax, batch):
        plotting.plot_traces(batch, "E.v", member=1, ax=ax)
        assert texts(ax) == ("time (s)", "E.v (mV)", "feedforward, member 1")
        for line, values in zip(ax.lines, batch["E.v"][:, 1].T):
            assert_array_equal(line.get_xdata(), batch.t)
            assert_array_equal(line.get_ydata(), values)
        assert [line.get_label() for line in ax.lines] == ["E cell 0", "E cell 1", "E cell 2"]

    @pytest.mark.parametrize("n", [2, 7, 8, 30])
    def test_bar_has_the_colour_of_every_line(self, ax, n):
        plotting.plot_traces(np.ones((2, n)), t=[0.0, 1.0], unit="mV", ax=ax)
        bar = bar_of(ax)
        colours = matplotlib.colors.to_rgba_array([line.get_color() for line in ax.lines])
        assert_array_equal(bar._colorbar.cmap(np.arange(n)), colours)
        assert bar._colorbar.cmap.N == n == len(np.unique(colours, axis=0))
        assert bar.get_ylim() == (n - 0.5, -0.5)
        assert bar.get_ylabel() == "cell"

    def test_one_cell_needs_no_bar(self, ax):
        plotting.plot_traces(np.ones((2, 1)), t=[0.0, 1.0], unit="mV", ax=ax)
        assert ax.figure.axes == [ax]

    def test_one_time(self, ax):
        plotting.plot_traces(np.ones((1, 2)), t=[0.5], unit="mV", ax=ax)
        assert_array_equal(ax.lines[0].get_xdata(), [0.5])


def test_objects_a_figure_is_not_made_for_are_named(batch):
    refused = {
        "rates is a StepInput": lambda: plotting.plot_patterns(nf.StepInput("s", size=2, amplitude=1.0, onset=0.0)),
        "weights is a Solution": lambda: plotting.plot_weights(batch),
        "values is a Network, which this figure cannot draw": lambda: plotting.plot_heatmap(batch.network, "E.v"),
    }
    for message, call in refused.items():
        with pytest.raises(nf.ParameterError, match=message):
            call()


@pytest.mark.parametrize("draw", [plotting.plot_heatmap, plotting.plot_traces])
def test_over_time_refuses(draw, batch, single):
    values = np.ones((2, 3))
    refused = {
        r"member is None and this is a batch of shape \(2,\). Choose one with member=": lambda: draw(batch, "E.v"),
        r"member is 2 and this is a batch of shape \(2,\)": lambda: draw(batch, "E.v", member=2),
        r"member is \(0, 0\) and this is a batch": lambda: draw(batch, "E.v", member=(0, 0)),
        "member is 0.5 and this is a batch": lambda: draw(batch, "E.v", member=0.5),
        "member is 0 and there is no batch. Leave it out": lambda: draw(single, "E.v", member=0),
        "path is None; a solution needs one.*Known: 'E.v'": lambda: draw(single),
        "neither t nor unit": lambda: draw(single, "E.v", t=[0.0]),
        r"it needs t= in s and unit=": lambda: draw(values, t=[0.0, 1.0]),
        "and has no path": lambda: draw(values, "E.v", t=[0.0, 1.0], unit="mV"),
        r"values has shape \(2, 3\) and t \(3,\)": lambda: draw(values, t=[0.0, 1.0, 2.0], unit="mV"),
        "with t in order": lambda: draw(values, t=[1.0, 0.0], unit="mV"),
        r"values has shape \(2,\)": lambda: draw(np.ones(2), t=[0.0, 1.0], unit="mV"),
        "values is .* real numbers": lambda: draw({"E": 1}, t=[0.0, 1.0], unit="mV"),
    }
    for message, call in refused.items():
        with pytest.raises(nf.ParameterError, match=message):
            call()
    with pytest.raises(nf.UnknownNameError, match=r"'E\.w' does not exist.*Did you mean 'E\.v'"):
        draw(single, "E.w")
    assert not pyplot.get_fignums()


def test_a_picture_over_time_needs_two_times():
    with pytest.raises(nf.ParameterError, match="needs two times or more, not 1"):
        plotting.plot_heatmap(np.ones((1, 3)), t=[0.0], unit="mV")
    assert not pyplot.get_fignums()
