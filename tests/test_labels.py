"""Labelled results: dimensions, coordinates, units and meanings in xarray, and rows in pandas."""

import json
import pickle
import re
import sys

import numpy as np
import pytest
from scipy import sparse
from shipped import SHIPPED

import netframe as nf

xarray = pytest.importorskip("xarray")
pandas = pytest.importorskip("pandas")

ANGLES = [0.0, 45.0, 90.0, 135.0]


def nested(patterns=(5,), sparse_inside=True):
    """FFE -> E inside the network CA1, E -> I outside: a batch, sparse single synapses and lumped dense ones."""
    rng = np.random.default_rng(0)
    ffe = nf.ConstantInput("FFE", rates=rng.uniform(0, 20, (*patterns, 3)))
    e, i = nf.LeakyRate("E", size=4), nf.LeakyRate("I", size=2)
    weights = np.array([[0.5, 0.0, 1.0], [0.0, 0.0, 0.0], [0.0, 0.25, 0.0], [1.0, 0.0, 0.5]])
    weights = sparse.csr_array(weights) if sparse_inside else weights
    inner = nf.Network("CA1", [ffe, e, nf.ReversalSynapse(ffe, e, weights=weights, g=2e-3, resolution="synapse")])
    outer = nf.ReversalSynapse(e, i, weights=rng.uniform(0, 1, (2, 4)), g=2e-3)
    return nf.Network("n", [inner, i, outer])


@pytest.fixture(scope="module")
def sol():
    return nf.simulate(nested(), 0.2, save_at=6)


class TestTree:
    def test_a_node_for_each_component(self, sol):
        tree = sol.to_xarray()
        assert {node.path for node in tree.subtree} == {
            "/", "/CA1", "/CA1/FFE", "/CA1/E", "/CA1/FFE_to_E", "/I", "/E_to_I",
        }  # fmt: skip
        for path in ("CA1.E.v", "CA1.E.rate", "CA1.FFE_to_E.i", "E_to_I.i", "I.v", "CA1.FFE.rate"):
            np.testing.assert_array_equal(tree[path.replace(".", "/")].values, sol[path])
        np.testing.assert_array_equal(tree["time"].values, sol.t)

    def test_every_axis_has_its_name(self, sol):
        tree = sol.to_xarray(sol.keys())
        sizes = {"time": 6, "batch": 5}
        expected = {
            "CA1/E/v": {"cell": 4},
            "CA1/E/current": {"cell": 4},
            "CA1/FFE/rate": {"cell": 3},
            "CA1/FFE_to_E/i": {"synapse": 5},
            "CA1/FFE_to_E/drive": {"synapse": 5},
            "CA1/FFE_to_E/signal": {"pre": 3},
            "CA1/FFE_to_E/current": {"post": 4},
            "E_to_I/i": {"post": 2},
            "E_to_I/drive": {"post": 2},
            "E_to_I/signal": {"pre": 4},
        }
        for path, own in expected.items():
            assert dict(tree[path].sizes) == sizes | own, path
            assert tree[path].dims == (*sizes, *own)

    def test_dense_synapses_are_a_matrix_of_post_and_pre(self):
        tree = nf.simulate(nested(sparse_inside=False), 0.1, save_at=2).to_xarray()
        assert tree["CA1/FFE_to_E/i"].dims == ("time", "batch", "post", "pre")

    def test_no_batch_and_several_batch_axes(self):
        assert nf.simulate(nested(()), 0.1, save_at=3).to_xarray()["I/v"].dims == ("time", "cell")
        tree = nf.simulate(nested((2, 1)), 0.1, save_at=3).to_xarray()
        assert dict(tree["I/v"].sizes) == {"time": 3, "batch_0": 2, "batch_1": 1, "cell": 2}

    def test_units_and_meanings(self, sol):
        tree = sol.to_xarray(sol.keys())
        assert tree["CA1/E/v"].attrs == {"units": "mV", "long_name": "membrane voltage"}
        assert tree["time"].attrs == {"units": "s", "long_name": "time"}
        for path in sol:
            told = tree[path.replace(".", "/")].attrs
            assert told["units"] == sol.network.quantities[path].unit
            assert len(told["long_name"]) > 5
        assert tree["E_to_I"].attrs == {"type": "ReversalSynapse", "path": "E_to_I", "pre": "CA1.E", "post": "I"}

    def test_the_root_says_what_the_run_was(self, sol):
        told = sol.to_xarray().attrs
        assert (told["network"], told["status"], told["n_steps"]) == ("n", "success", sol.stats.n_steps)
        assert told["netframe"] == nf.__version__
        assert told["network_sha256"] == sol.provenance["network_sha256"]
        assert "RungeKuttaIntegrator(" in told["integrator"]
        assert "CA1.FFE_to_E" in told["description"]
        assert json.loads(told["integrator_options"])["rtol"] == 1e-6
        assert all(isinstance(value, str | int | float) for value in told.values())

    def test_the_root_carries_the_network(self, sol, tmp_path):
        told = sol.to_xarray().attrs
        assert "no_spec" not in told
        (tmp_path / "net.json").write_text(told["spec"])
        again = nf.load_network(tmp_path / "net.json")
        assert not nf.diff(again, sol.network)
        y = np.random.default_rng(1).normal(size=(5, sol.network.registry.size))
        assert again.rhs(0.1, y).tobytes() == sol.network.rhs(0.1, y).tobytes()

    @pytest.mark.parametrize(
        ("part", "why"),
        [
            (nf.FunctionInput("F", size=1, function=lambda t, xp: xp.full(1, 1.0), jumps=()), "F.*function"),
            (nf.ConstantInput("F", rates=np.ones(200_000)), "numbers are too many"),
            (nf.ConstantInput("F", rates=np.ones(3, dtype=np.float32)), "no text holds|^$"),
        ],
    )
    def test_the_root_says_why_it_carries_no_network(self, part, why):
        net = nf.Network("n", [part, nf.LeakyRate("E", size=1)])
        told = nf.simulate(net, 0.1, save_at=2, record=["E.v"]).to_xarray().attrs
        assert re.search(why, told.get("no_spec", ""))
        assert ("spec" in told) != ("no_spec" in told)

    def test_the_root_has_every_seed_and_the_versions(self):
        noise = [
            nf.OrnsteinUhlenbeckInput(name, size=2, mean=10.0, sd=1.0, tau=0.1, duration=1.0, dt=0.01, seed=seed)
            for name, seed in (("M", 4), ("N", 9))
        ]
        both, e = nf.SummedInput("S", first=noise[0], second=noise[1]), nf.LeakyRate("E", size=2)
        drawn = nf.Drawn(nf.all_to_all, both, e, {"weights": nf.uniform(0.0, 1.0)}, seed=3)
        net = nf.Network("n", [both, e, nf.ReversalSynapse(both, e, weights=drawn, g=1e-3)])
        start = net.initial_state()
        for sol in (nf.simulate(net, 0.1, save_at=2), nf.Solution(net, np.array([0.0]), start[None])):
            told = sol.to_xarray().attrs
            assert json.loads(told["seeds"]) == {"S.first.seed": 4, "S.second.seed": 9, "S_to_E.weights.seed": 3}
            assert told["netframe"] == nf.__version__
            assert told["numpy"] == np.__version__

    def test_only_what_was_recorded(self):
        sol = nf.simulate(nested(), 0.2, save_at=6, record=["I.v", "E_to_I.current"])
        tree = sol.to_xarray()
        assert set(tree["I"].data_vars) == {"v"}
        assert set(tree["E_to_I"].data_vars) == {"current"}
        assert not tree["CA1/E"].data_vars
        with pytest.raises(nf.UnknownNameError, match=r"'I\.rate' was not recorded"):
            sol.to_xarray("I.rate")

    def test_a_component_may_be_called_like_an_axis(self):
        net = nf.Network("n", [nf.LeakyRate("time", size=2), nf.LeakyRate("batch", size=1)])
        tree = nf.simulate(net, 0.1, save_at=3).to_xarray()
        np.testing.assert_array_equal(tree["time/v"].coords["time"].values, [0.0, 0.05, 0.1])

    @pytest.mark.parametrize("part", SHIPPED, ids=lambda part: type(part).__name__)
    def test_every_class_shipped_has_names_for_its_axes(self, part):
        ends = (part.pre, part.post) if isinstance(part, nf.Projection) else (nf.LeakyRate("other", size=2),)
        net = nf.Network("n", list({id(p): p for p in (*ends, part)}.values()))
        start = net.initial_state()
        sol = nf.Solution(net, np.array([0.0, 0.01]), np.stack([start, start]))
        tree = sol.to_xarray(sol.keys())
        for path in sol:
            found, values = tree[path.replace(".", "/")], sol[path]
            assert found.shape == values.shape
            assert len(set(found.dims)) == values.ndim
            assert len(found.attrs["long_name"]) > 5
            assert len(sol.to_dataframe(path)) == values.size


class TestCoordinates:
    LABELS = {"CA1.E.cell": ANGLES, "batch": list("abcde"), "CA1.FFE.cell": {"kind": list("xyz"), "depth": [1, 2, 3]}}

    def test_cells_and_members_are_found_by_label(self, sol):
        tree = sol.to_xarray(coordinates=self.LABELS)
        chosen = tree["CA1/E/v"].sel(batch="c", cell=90.0)
        np.testing.assert_array_equal(chosen.values, sol["CA1.E.v"][:, 2, 2])
        assert tree["CA1/FFE"].coords["kind"].dims == ("cell",)
        assert tree["CA1/FFE"].coords["depth"].values.tolist() == [1, 2, 3]

    def test_projections_have_the_labels_of_their_ends(self, sol):
        tree = sol.to_xarray(["E_to_I.signal", "CA1.FFE_to_E.i"], coordinates=self.LABELS)
        assert tree["E_to_I"].coords["pre"].values.tolist() == ANGLES
        synapses = tree["CA1/FFE_to_E"].coords
        assert synapses["post_cell"].values.tolist() == [0.0, 0.0, 90.0, 135.0, 135.0]
        assert synapses["pre_cell"].values.tolist() == [0, 2, 1, 0, 2]
        assert "".join(synapses["pre_kind"].values) == "xzyxz"
        assert synapses["pre_depth"].values.tolist() == [1, 3, 2, 1, 3]

    def test_cells_of_an_input_are_its_channels(self, sol):
        plain, same = (sol.with_coordinates({f"CA1.FFE.{axis}": list("xyz")}) for axis in ("cell", "channel"))
        assert same.coordinates.keys() == plain.coordinates.keys()
        assert same.to_xarray()["CA1/FFE"].identical(plain.to_xarray()["CA1/FFE"])
        named = sol.with_coordinates({"CA1.FFE.channel": {"kind": list("xyz")}})
        assert named.to_xarray()["CA1/FFE"].coords["kind"].dims == ("cell",)
        with pytest.raises(nf.NetframeError, match=r"no axis 'CA1\.E\.channel' to label"):
            sol.with_coordinates({"CA1.E.channel": ANGLES})

    def test_an_end_may_have_its_own(self, sol):
        tree = sol.to_xarray("E_to_I.signal", coordinates=self.LABELS | {"E_to_I.pre": list("pqrs")})
        assert "".join(tree["E_to_I"].coords["pre"].values) == "pqrs"

    def test_they_travel_with_the_solution(self, sol):
        labelled = sol.with_coordinates({"CA1.E.cell": ANGLES}).with_coordinates({"batch": list("abcde")})
        assert sol.coordinates is None
        copy = pickle.loads(pickle.dumps(labelled))
        tree = copy.to_xarray(coordinates={"batch": list("vwxyz")})
        assert tree["CA1/E"].coords["cell"].values.tolist() == ANGLES
        assert "".join(tree["batch"].values) == "vwxyz"
        assert "".join(copy.to_xarray()["batch"].values) == "abcde"

    def test_labels_are_copied(self, sol):
        angles = np.array(ANGLES)
        labelled = sol.with_coordinates({"CA1.E.cell": angles})
        angles[0] = 1e9
        assert labelled.to_xarray()["CA1/E"].coords["cell"].values[0] == 0.0

    @pytest.mark.parametrize(
        ("coordinates", "message"),
        [
            ({"CA1.E.cell": ANGLES[:3]}, r"labels of 'CA1\.E\.cell' have shape \(3,\); expected \(4,\)"),
            ({"batch": [["a"]] * 5}, r"labels of 'batch' have shape \(5, 1\); expected \(5,\)"),
            ({"batch": "abcde"}, r"labels of 'batch' have shape \(\)"),
            ({"CA1.FFE.cell": {"kind": ["x"]}}, r"labels of 'CA1\.FFE\.cell', 'kind', have shape \(1,\)"),
            ({"CA1.E.cells": ANGLES}, r"no axis 'CA1\.E\.cells' to label\. Did you mean 'CA1\.E\.cell'"),
            ({"batch_0": ANGLES}, r"no axis 'batch_0' to label\. Did you mean 'batch'"),
            ({"CA1.E.cell": {"v": ANGLES}}, "are called 'v', which something else is called"),
            ({"batch": {"cell": range(5)}}, "are called 'cell', which something else is called"),
            ({"batch": {"kind": range(5)}, "I.cell": {"kind": [1, 2]}}, "are called 'kind', which something else"),
            ({"E_to_I.pre": {"k": ANGLES}, "E_to_I.post": {"k": [1, 2]}}, "are called 'k', which something else"),
            (ANGLES, r"coordinates is \[0\.0, .*it must be a mapping such as \{'E\.cell': labels\}"),
        ],
    )
    @pytest.mark.parametrize("how", ["with_coordinates", "to_xarray", "to_dataframe"])
    def test_what_does_not_fit_is_refused(self, sol, how, coordinates, message):
        with pytest.raises(nf.NetframeError, match=message):
            getattr(sol, how)(coordinates=coordinates)


class TestFrame:
    def test_one_path(self, sol):
        frame = sol.to_dataframe("CA1.E.v")
        assert list(frame.columns) == ["time", "batch", "cell", "value"]
        assert len(frame) == 6 * 5 * 4
        cube = frame.pivot_table(index="time", columns=["batch", "cell"], values="value").to_numpy().reshape(6, 5, 4)
        np.testing.assert_array_equal(cube, sol["CA1.E.v"])
        assert frame.attrs["units"] == {"time": "s", "value": "mV"}

    def test_labels(self, sol):
        frame = sol.to_dataframe("CA1.E.v", coordinates=TestCoordinates.LABELS)
        chosen = frame[(frame.batch == "d") & (frame.cell == 135.0)]
        np.testing.assert_array_equal(chosen.value, sol["CA1.E.v"][:, 3, 3])
        frame = sol.to_dataframe("CA1.FFE.rate", coordinates=TestCoordinates.LABELS)
        assert list(frame.columns) == ["time", "batch", "cell", "kind", "depth", "value"]

    def test_several_paths(self, sol):
        frame = sol.to_dataframe(["I.rate", "CA1.FFE_to_E.i"])
        assert list(frame.columns) == [
            "path", "unit", "time", "batch", "cell", "synapse", "post_cell", "pre_cell", "value",
        ]  # fmt: skip
        rates, currents = (frame[frame.path == path] for path in ("I.rate", "CA1.FFE_to_E.i"))
        assert set(rates.unit) == {"Hz"}
        assert rates.synapse.isna().all()
        assert currents.cell.isna().all()
        assert frame.synapse.dtype == frame.post_cell.dtype == frame.cell.dtype == "Int64"
        one = currents[(currents.post_cell == 2) & (currents.pre_cell == 1) & (currents.batch == 4)]
        np.testing.assert_array_equal(one.value, sol["CA1.FFE_to_E.i"][:, 4, 2])

    def test_everything_and_nothing(self, sol):
        kept = {slot.path for slot in sol.network.registry} | {"CA1.FFE.rate", "CA1.E.rate", "I.rate"}
        assert set(sol.to_dataframe().path) == kept
        assert sol.to_dataframe([]).empty

    def test_the_frame_agrees_with_the_tree(self, sol):
        frame = sol.to_dataframe("E_to_I.i")
        series = sol.to_xarray("E_to_I.i")["E_to_I/i"].to_series()
        np.testing.assert_array_equal(frame.value, series.to_numpy())

    def test_a_table_that_would_not_fit_is_refused(self, sol, monkeypatch):
        from netframe import memory

        monkeypatch.setattr(memory, "available", lambda: 1)
        monkeypatch.setattr(memory, "NEGLIGIBLE", 0)
        with pytest.raises(nf.MemoryBudgetError, match=r"a table of 120 rows.*Give fewer paths, or use to_xarray"):
            sol.to_dataframe("CA1.E.v")


@pytest.mark.parametrize(("package", "method"), [("xarray", "to_xarray"), ("pandas", "to_dataframe")])
def test_a_missing_package_is_named(sol, monkeypatch, package, method):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(nf.MissingPackageError, match=rf"{package} is not installed.*'netframe\[xarray\]'"):
        getattr(sol, method)()


@pytest.mark.jax
def test_results_of_jax():
    runs = (nf.JaxIntegrator, nf.RungeKuttaIntegrator)
    found, plain = (nf.simulate(nested(), 0.2, save_at=6, integrator=make(rtol=1e-9)) for make in runs)
    np.testing.assert_allclose(found.to_xarray()["I/v"].values, plain["I.v"], atol=1e-4)


def labelled_batch():
    ffe, e = nf.ConstantInput("F", rates=np.arange(21.0).reshape(3, 7)), nf.LeakyRate("E", size=9)
    net = nf.Network("n", [ffe, e, nf.ReversalSynapse(ffe, e, weights=np.ones((9, 7)), g=5e-5)])
    sol = nf.simulate(net, 0.05, save_at=5)
    return sol.with_coordinates({"batch": {"angle": [0.0, 45.0, 90.0]}, "E.cell": [f"c{k}" for k in range(9)]})


def test_pictures_call_members_and_cells_by_their_labels():
    import matplotlib.pyplot as plt

    sol = labelled_batch()
    assert [ax.get_title() for ax in sol.plot("E.v")] == ["angle = 0", "angle = 45", "angle = 90"]
    ax = sol.plot("E.v", member=45.0)
    assert ax.get_title() == "n, angle = 45"
    assert ax.yaxis.get_major_formatter()(3, 0) == "c3"
    assert ax.yaxis.get_major_formatter()(0.5, 0) == ""
    drawn = ax.collections[0].get_array()
    assert np.array_equal(drawn, sol["E.v"][:, 1].T)
    assert sol.plot("E.v", member=1).get_title() == ax.get_title()
    plt.close("all")


TWENTY = [18.0 * k for k in range(20)]


def twenty(**labels):
    """A batch of 20 labelled patterns, of which member k is driven with rate k."""
    ffe = nf.ConstantInput("F", rates=np.arange(20.0)[:, None])
    sol = nf.simulate(nf.Network("n", [ffe, nf.LeakyRate("E", size=2)]), 0.05, save_at=3)
    return sol.with_coordinates({"batch": labels or TWENTY})


def rate_of(sol, member):
    """Which member of ``twenty`` a picture shows."""
    from matplotlib.figure import Figure

    return float(nf.plotting.plot_rates(sol, "F.rate", member=member, ax=Figure().subplots()).lines[0].get_ydata()[0])


@pytest.mark.parametrize(
    ("labels", "member", "k"),
    [
        ({"angle": TWENTY}, 18.0, 1),
        ({"angle": TWENTY}, {"angle": 18}, 1),
        ({"angle": TWENTY}, {"batch": 18.0}, 1),
        ({"angle": TWENTY}, (18,), 18),
        ({"angle": TWENTY}, 17, 17),  # no label
        ({"angle": TWENTY}, 0, 0),  # the label of itself
        ({"angle": TWENTY}, 342, 19),  # no index
        ({"angle": [18 * k for k in range(20)]}, 342, 19),
        ({"angle": TWENTY}, -1, 19),
        ({"share": np.arange(20) * 0.1}, 0.3, 3),
        ({"angle": TWENTY, "side": [*"abcdefghijklmnopqrst"]}, "c", 2),
        ({"x": [*range(10)] * 2, "side": ["left"] * 10 + ["right"] * 10}, {"x": 4, "side": "right"}, 14),
        ({"name": [*"abcdefghijklmnopqrst"]}, 4, 4),
    ],
)
def test_a_member_is_chosen_by_index_or_label(labels, member, k):
    assert rate_of(twenty(**labels), member) == k


def test_axes_without_labels_have_indices_by_name():
    ffe = nf.ConstantInput("F", rates=np.arange(6.0).reshape(2, 3, 1))
    sol = nf.simulate(nf.Network("n", [ffe, nf.LeakyRate("E", size=2)]), 0.05, save_at=3)
    labelled = sol.with_coordinates({"batch_1": {"angle": [0, 1, 0]}})
    assert rate_of(labelled, {"batch_0": 1, "angle": 1}) == 4.0
    assert rate_of(labelled, (1, 2)) == 5.0
    with pytest.raises(nf.ParameterError, match=r"'batch_0' is not chosen\. Choose one along each batch axis"):
        rate_of(labelled, {"angle": 1})
    with pytest.raises(nf.ParameterError, match=r"2 members of 'batch_1' fit"):
        rate_of(labelled, {"batch_0": 1, "angle": 0})


@pytest.mark.parametrize(
    ("labels", "member", "words"),
    [
        (
            {"angle": TWENTY},
            18,
            r"member is 18, the index of angle = 324 and the label of member 1\. "
            r"Write member=\(18,\) for the index, or member=\{'angle': 18\} for the label",
        ),
        (
            {},
            37.0,
            r"no member has the label 37\.0; labels of 'batch' are 0, 18, \.\.\., 342 \(20 of them\)\. "
            r"The closest is 36",
        ),
        ({}, 37, r"no member has the label 37; labels"),
        (
            {"angle": TWENTY, "side": ["left", "right"] * 10},
            "lefft",
            r"labels 'angle' of 'batch' are 0, 18, .*and labels 'side' of 'batch' are left, .*closest is 'left'",
        ),
        ({"angle": TWENTY}, {"angel": 18.0}, r"names 'angel', and no axis or label.*Did you mean 'angle'"),
        ({"angle": TWENTY}, {"angle": 19.0}, r"no member has the label 19\.0; labels 'angle' of 'batch' are 0, 18"),
        ({"angle": [0.0] * 2 + TWENTY[2:]}, 0.0, r"'angle' of 2 members \(0, 1\).*index, such as member=\(0,\)"),
    ],
)
def test_a_member_that_is_not_told_is_refused(labels, member, words):
    with pytest.raises(nf.NetframeError, match=words):
        rate_of(twenty(**labels), member)


def test_a_limit_cycle_is_that_of_a_label():
    cells = nf.StuartLandau("R", size=1, omega=np.array([[2.0], [3.0], [5.0]]) * np.pi)
    sol = nf.simulate(nf.Network("n", [cells]), 20.0, save_at=2001).with_coordinates({"batch": {"turns": [2, 3, 5]}})
    for member, frequency in (({"turns": 3}, 1.5), (2, None), ((2,), 2.5), (5, 2.5)):
        if frequency is None:
            with pytest.raises(nf.ParameterError, match="limit_cycle 'n': member is 2, the index of turns = 5"):
                nf.analysis.limit_cycle(sol, member=member)
        else:
            assert nf.analysis.limit_cycle(sol, member=member).frequency == pytest.approx(frequency, rel=1e-4)


def shown_ticks(axis, count):
    return [axis.get_major_formatter()(k, 0) for k in range(count)]


def drawn_labels(cells=9, names=None):
    """A labelled batch with as many cells, which are called by letters unless names are given."""
    ffe, e = nf.ConstantInput("F", rates=np.arange(8.0).reshape(4, 2) ** 2), nf.LeakyRate("E", size=cells)
    weights = np.linspace(1.0, 5.0, 2 * cells).reshape(cells, 2)
    net = nf.Network("n", [ffe, e, nf.ReversalSynapse(ffe, e, weights=weights, g=1e-3)])
    names = [*"abcdefghijk"[:cells]] if names is None else names
    sol = nf.simulate(net, 0.5, save_at=51)
    return sol.with_coordinates({"batch": {"angle": ANGLES}, "E.cell": {"place": names}})


def test_pictures_of_analysis_call_cells_and_patterns_by_labels():
    import matplotlib.pyplot as plt

    sol = drawn_labels()
    curves = nf.analysis.tuning_curves(sol, ANGLES, "E.rate", at=0.5)
    ax = nf.plotting.plot_tuning_curves(curves)
    order = np.argsort(curves.preferred, kind="stable")
    assert ax.get_ylabel() == "cell, place, by preferred stimulus"
    assert shown_ticks(ax.yaxis, 9) == [*np.array([*"abcdefghi"])[order]]
    few = nf.plotting.plot_tuning_curves(nf.analysis.tuning_curves(drawn_labels(3), ANGLES, "E.rate", at=0.5))
    assert [line.get_label() for line in few.lines] == [f"cell, place {name}" for name in "abc"]

    alike = nf.plotting.plot_similarity(nf.analysis.cosine_similarity(sol, "E.v", at=0.5))
    assert (alike.get_xlabel(), alike.get_ylabel()) == ("pattern, angle", "pattern, angle")
    assert shown_ticks(alike.xaxis, 4) == shown_ticks(alike.yaxis, 4) == ["0", "45", "90", "135"]
    over_time = nf.analysis.cosine_similarity(sol, "E.v")
    assert nf.plotting.plot_similarity(over_time, member=50).get_title() == "similarity of patterns, member 50"

    spectrum = nf.analysis.power_spectrum(sol, "E.v")
    ax = nf.plotting.plot_power_spectrum(spectrum, unit="mV", member=90.0)
    assert ax.get_title().startswith("power spectrum, angle = 90")
    assert sorted(shown_ticks(ax.yaxis, 9)) == [*"abcdefghi"]
    assert np.array_equal(np.sort(ax.collections[0].get_array().ravel()), np.sort(spectrum.power[1:, 2].ravel()))
    with pytest.raises(nf.ParameterError, match=r"no member has the label 91\.0; .*closest is 90"):
        nf.plotting.plot_power_spectrum(spectrum, unit="mV", member=91.0)
    assert "labels" not in repr(spectrum)
    plt.close("all")


def test_rates_stand_at_labels_that_are_numbers():
    import matplotlib.pyplot as plt

    places = np.array([4.0, 1.0, 3.0, 2.5])
    sol = drawn_labels(4, places)
    ax = nf.plotting.plot_rates(sol, "E.rate", member=45.0)
    assert ax.get_xlabel() == "place"
    assert ax.lines[0].get_xdata().tolist() == [1.0, 2.5, 3.0, 4.0]
    assert ax.lines[0].get_ydata().tolist() == sol["E.rate"][-1, 1, [1, 3, 2, 0]].tolist()
    both = sol.with_coordinates({"F.cell": {"place": [0.5, 9.0]}})
    ax = nf.plotting.plot_rates(both, member=45.0)
    assert [sorted(line.get_xdata()) for line in ax.lines] == [[0.5, 9.0], [1.0, 2.5, 3.0, 4.0]]
    assert ax.get_xlim()[0] > 0.0
    mixed = nf.plotting.plot_rates(sol, member=45.0)
    assert mixed.get_xlabel() == "cell, by number"
    assert mixed.lines[1].get_xdata().tolist() == [0, 1, 2, 3]
    words = nf.plotting.plot_rates(drawn_labels(4), "E.rate", member=(0,))
    assert (words.get_xlabel(), shown_ticks(words.xaxis, 4)) == ("cell, place", [*"abcd"])
    assert nf.plotting.plot_rates(nf.simulate(sol.network, 0.1), member=0).get_xlabel() == "cell"
    plt.close("all")
