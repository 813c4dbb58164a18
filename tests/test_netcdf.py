"""Results as NetCDF: equal in every bit or refused, whole whenever the writer is killed, and read by other programs."""

import hashlib
import json
import os
import resource
import subprocess
import sys

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from shipped import SHIPPED
from strategies import blueprints, states
from test_files import INTEGRATORS, bits, example, fills_up, killed, mutated, numbers, peak_and_time, run

import netframe as nf
from netframe.files import hdf5_checks

h5netcdf = pytest.importorskip("h5netcdf")
h5py = pytest.importorskip("h5py")
xarray = pytest.importorskip("xarray")

SIGNATURE = 81  # bytes after the end of the HDF5 file


def signed(data):
    return data + b"netframe sha256 " + hashlib.sha256(data).hexdigest().encode() + b"\n"


def labels_of(sol):
    return {
        axis: {
            name: bits(values) if values.dtype.kind in "buif" else list(map(str, values)) for name, values in n.items()
        }
        for axis, n in (sol.coordinates or {}).items()
    }


def asked(sol):
    return sol.run and (sol.run.t_span, bits(sol.run.y0), sol.run.batch, dict(sol.run.versions))


def same(a, b):
    return numbers(a) == numbers(b) and labels_of(a) == labels_of(b) and asked(a) == asked(b)


# Round trips.


def check_round_trip(folder, blueprint, integrator, save_at, data):
    network = blueprint.network(scale=0.05)
    record = data.draw(st.none() | st.lists(st.sampled_from(sorted(network.quantities)), min_size=1, unique=True))
    sol = nf.simulate(network, 0.05, save_at=save_at, integrator=integrator, record=record)
    labels = {f"{path}.cell": {"depth": np.arange(b.node.size) / 3.0} for path, b in network.bound_nodes.items()}
    sol = sol.with_coordinates(labels if data.draw(st.booleans()) else {})
    sol.save(folder / "run.nc")
    again = nf.load(folder / "run.nc")
    assert same(again, sol)
    for name in sol.paths:
        assert bits(again[name]) == bits(sol[name])
    y = states(network, 1)
    assert bits(again.network.rhs(0.03, y)) == bits(network.rhs(0.03, y))


ROUND_TRIP = (blueprints(max_wires=3), st.sampled_from(INTEGRATORS), st.sampled_from([None, 7]), st.data())


@settings(max_examples=3)
@given(*ROUND_TRIP)
def test_what_is_loaded_is_equal_in_every_bit(tmp_path_factory, blueprint, integrator, save_at, data):
    check_round_trip(tmp_path_factory.mktemp("run"), blueprint, integrator, save_at, data)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(*ROUND_TRIP)
def test_many_networks_come_back_equal_in_every_bit(tmp_path_factory, blueprint, integrator, save_at, data):
    check_round_trip(tmp_path_factory.mktemp("run"), blueprint, integrator, save_at, data)


def spec_or_why(network):
    try:
        return nf.specs.encode(network)[0] and ""
    except nf.SpecError as error:
        return error


@pytest.mark.slow
@pytest.mark.parametrize("part", SHIPPED, ids=lambda part: type(part).__name__)
def test_every_class_shipped_comes_back(tmp_path, part):
    ends = (part.pre, part.post) if isinstance(part, nf.Projection) else (nf.LeakyRate("other", size=2),)
    net = nf.Network("n", list({id(p): p for p in (*ends, part)}.values()))
    start = net.initial_state()
    sol = nf.Solution(net, np.array([0.0, 0.01]), np.stack([start, start + 1e-3]))
    sol.save(tmp_path / "run.nc")
    given = None
    if isinstance(part, nf.FunctionInput) or "function" in str(spec_or_why(net)):
        with pytest.raises(nf.FileError, match="without its network"):
            nf.load(tmp_path / "run.nc")
        given = net
    again = nf.load(tmp_path / "run.nc", network=given)
    assert bits(again.y) == bits(sol.y)
    assert bits(again.network.rhs(0.0, start)) == bits(net.rhs(0.0, start))
    assert given is net or same(again, sol)
    xarray.open_datatree(tmp_path / "run.nc", engine="h5netcdf").close()


def labelled():
    """A batch with labels of every kind, weights in Fortran's order, NaN, and text that UTF-8 does not hold."""
    taus = np.array([0.02, 0.05, 0.1])[:, None]
    sol = run(example(tau=taus, weights=np.asfortranarray(np.linspace(0.1, 1.0, 12).reshape(4, 3))), save_at=5)
    sol = attrs.evolve(sol, y=np.where(sol.y > -66.0, np.nan, sol.y), message='said "so"\n\u00e9\ud800')
    return sol.with_coordinates(
        {
            "E.cell": {"angle": np.array([0.0, 45.0, 90.0, 135.0]), "layer": ["a", "\u00e9", "", "d"]},
            "FFE.cell": {"seen": [True, False, True]},
            "batch": {"batch": ["x", "y", "z"], "pattern": np.arange(3, dtype=np.int16)},
        }
    )


def test_batches_labels_orders_and_nan_come_back(tmp_path):
    sol = labelled()
    sol.save(tmp_path / "run.nc")
    again = nf.load(str(tmp_path / "run.nc"))
    assert same(again, sol)
    assert not again.y.flags.writeable
    assert sol.y.shape == (5, 3, 12)
    assert again.coordinates["FFE.cell"]["seen"].dtype == bool


def test_a_selection_comes_back(tmp_path):
    sol = run(record=["E.rate", "FFE_to_E.current"]).with_coordinates(
        {"E.cell": [4, 3, 2, 1], "FFE.cell": {"how deep": [1, 2, 3]}}
    )
    sol.save(tmp_path / "run.nc")
    again = nf.load(tmp_path / "run.nc")
    assert same(again, sol)
    xarray.open_datatree(tmp_path / "run.nc", engine="h5netcdf").close()
    assert again.paths == ("E.rate", "FFE_to_E.current")


@pytest.mark.parametrize("names", [("time", "batch"), ("E", "time"), ("v", "cell")])
def test_components_may_be_called_like_axes(tmp_path, names):
    net = nf.Network(
        "n", [nf.LeakyRate(names[0], size=2, tau=np.array([[0.1], [0.2]])), nf.LeakyRate(names[1], size=1)]
    )
    sol = nf.simulate(net, 0.1, save_at=3).with_coordinates({"batch": ["p", "q"]})
    sol.save(tmp_path / "run.nc")
    assert same(nf.load(tmp_path / "run.nc"), sol)
    with xarray.open_datatree(tmp_path / "run.nc", engine="h5netcdf") as tree:
        np.testing.assert_array_equal(tree[names[0]]["v"].values, sol[f"{names[0]}.v"])
        np.testing.assert_array_equal(tree[names[0]]["time"].values, sol.t)


def test_no_states_no_synapses_and_no_times_come_back(tmp_path):
    f, e = nf.ConstantInput("F", rates=np.ones(2)), nf.LeakyRate("E", size=3)
    none = nf.ReversalSynapse(f, e, weights=sparse.csr_array((3, 2)), g=1e-3, resolution="synapse")
    for k, net in enumerate([nf.Network("n", [f]), nf.Network("n", [f, e, none])]):
        sol = nf.Solution(net, np.arange(3.0), np.ones((3, net.registry.size)))
        short = nf.Solution(net, sol.t[:0], sol.y[:0], final=sol.final)
        for made in (sol, short):
            made.save(tmp_path / f"{k}.nc")
            assert same(nf.load(tmp_path / f"{k}.nc"), made)


def test_a_state_at_the_end_of_its_own_comes_back(tmp_path):
    sol = run(save_at=[0.0, 0.1])
    sol = attrs.evolve(sol, final=sol.final + 1.0)
    sol.save(tmp_path / "run.nc")
    assert same(nf.load(tmp_path / "run.nc"), sol)


def test_equal_results_are_equal_files_and_the_beginning_says_what_one_is(tmp_path):
    sol = run()
    for name in ("a.nc", "b.nc"):
        sol.save(tmp_path / name)
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()
    (tmp_path / "a.nc").rename(tmp_path / "c.npz")
    assert same(nf.load(tmp_path / "c.npz"), sol)


# Other programs.


def test_other_programs_see_the_labelled_tree(tmp_path):
    sol = labelled()
    sol = attrs.evolve(sol, message="all is well")
    sol.save(tmp_path / "run.nc")
    with np.errstate(all="ignore"):
        expected = sol.to_xarray()
    with xarray.open_datatree(tmp_path / "run.nc", engine="h5netcdf") as found:
        for node in expected.subtree:
            ours, theirs = found[node.path].to_dataset(), node.to_dataset()
            if node.path == "/":
                assert ours.attrs.pop("netframe_header")
                assert ours.attrs.pop("netframe_sha256")
                assert theirs.attrs.pop("spec")
            xarray.testing.assert_identical(ours.load(), theirs)
        assert set(found.children) == {*expected.children, "netframe.arrays"}
        assert found["E/v"].attrs["units"] == "mV"
        assert "".join(found["E/v"].sel(batch="y").coords["layer"].values) == "a\u00e9d"


def test_every_array_has_a_checksum_and_no_number_stands_twice(tmp_path):
    sol = run()
    sol.save(tmp_path / "run.nc")
    arrays = []

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and item.dtype.str != ">f4":
            assert item.fletcher32
            arrays.append(item.size)

    with h5py.File(tmp_path / "run.nc") as found:
        found.visititems(visit)
        assert not {"y", "final", "asked.y0", "t"} & set(found["netframe.arrays"])
    derived = sum(sol[path].size for path in ("E.rate", "FFE.rate"))
    weights = sum(array.size for array in nf.specs.encode(sol.network)[1].values())
    assert sum(arrays) == sol.t.size + sol.y.size + derived + weights


def test_a_name_no_variable_can_have_is_told(tmp_path):
    sol = run().with_coordinates({"E.cell": {"a/b": range(4)}})
    with pytest.raises(nf.FileError, match=r"labels are called 'a/b'.*save to \.npz"):
        sol.save(tmp_path / "run.nc")
    sol.save(tmp_path / "run.npz")
    assert same(nf.load(tmp_path / "run.npz"), sol)
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]


@pytest.mark.parametrize(("package", "call"), [("h5netcdf", "save"), ("h5py", "load")])
def test_a_missing_package_is_named(tmp_path, monkeypatch, package, call):
    sol = run()
    sol.save(tmp_path / "run.nc")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(nf.MissingPackageError, match=rf"{call}: {package} is not installed.*'netframe\[xarray\]'"):
        nf.load(tmp_path / "run.nc") if call == "load" else sol.save(tmp_path / "run.nc")


# Files that were changed.


def check_mutations(folder, count, seed):
    """None loads as anything else, takes much memory, or long: how many were refused.

    Half of them are signed again, so that the HDF5 library reads them. What loads is one of the two files, whole.
    """
    sol, other = run(save_at=5), run(example(tau=0.03), save_at=5)
    for name, one in (("a", sol), ("b", other)):
        one.save(folder / f"{name}.nc")
    data, foreign = ((folder / f"{name}.nc").read_bytes() for name in "ab")
    right, theirs = numbers(sol), numbers(other)
    _, usual, _ = peak_and_time(folder / "a.nc")
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rng, refused, path = np.random.default_rng(seed), 0, folder / "mutated"
    for k in range(count):
        again = rng.random() < 0.5
        cut = -SIGNATURE if again else None
        changed = spliced(folder, rng) if rng.random() < 0.1 else mutated(data[:cut], foreign[:cut], rng, 8)
        path.write_bytes(signed(changed) if again else changed)
        found, peak, took = peak_and_time(path)
        assert took < 2.0
        assert peak < usual + 2 * len(changed) + 200_000
        if isinstance(found, nf.FileError):
            refused += 1
            assert len(str(found)) < 600
            assert "mutated" in str(found)
        else:
            assert numbers(found) in (right, theirs), k
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - resident < 100_000  # kB, of the HDF5 library too
    return refused


def spliced(folder, rng):
    """Some arrays, or the header, of one file in the other."""
    made = folder / "spliced"
    made.write_bytes((folder / "a.nc").read_bytes()[:-SIGNATURE])
    with h5py.File(made, "r+") as ours, h5py.File(folder / "b.nc") as theirs:
        names = []
        ours.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        for name in names:
            if rng.random() < 0.3 and ours[name].shape == theirs[name].shape:
                ours[name][...] = theirs[name][...]
        if rng.random() < 0.3:
            ours.attrs["netframe_header"] = theirs.attrs["netframe_header"]
            if rng.random() < 0.5:
                ours.attrs["netframe_sha256"] = theirs.attrs["netframe_sha256"]
    return made.read_bytes()


def test_files_changed_anywhere_load_as_written_or_not_at_all(tmp_path):
    assert check_mutations(tmp_path, 20, 1) > 12


@pytest.mark.slow
def test_ten_thousand_files_changed_anywhere(tmp_path):
    assert check_mutations(tmp_path, 10_000, 2) > 7000


@pytest.mark.slow
def test_every_byte_that_is_cut_off_is_missed(tmp_path):
    sol = run(save_at=2)
    sol.save(tmp_path / "a.nc")
    data = (tmp_path / "a.nc").read_bytes()
    for k in [*range(0, len(data), 211), *range(len(data) - 100, len(data))]:
        for part in (data[:k], signed(data[:k])):
            if part == data:
                continue
            (tmp_path / "cut").write_bytes(part)
            try:
                assert numbers(nf.load(tmp_path / "cut")) == numbers(sol)
                assert k >= len(data) - SIGNATURE
            except nf.FileError:
                pass


def forged(path, change):
    """A file that is signed as it should be, changed by somebody who knows how."""
    data = path.read_bytes()[:-SIGNATURE]
    made = path.with_name("forged")
    made.write_bytes(data)
    with h5py.File(made, "r+") as whole:
        header = json.loads(whole.attrs["netframe_header"])
        text = change(whole, header)
        if text is not False:
            text = text or json.dumps(header)
            whole.attrs["netframe_header"] = text
            whole.attrs["netframe_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    made.write_bytes(signed(made.read_bytes()))
    return made


def replaced(name, make):
    """Another object where an array was."""

    def change(whole, header):
        old = whole[name][...]
        del whole[name]
        make(whole, name, old)
        return False

    return change


def set_entry(**changes):
    return lambda _, header: next(e for e in header["arrays"] if e["name"] == "E/v").update(changes)


def set_header(**changes):
    return lambda _, header: header.update(changes)


def set_place(name, place):
    return lambda _, header: header["content"]["places"].update({name: place})


def set_attribute(value):
    def change(whole, header):
        del whole.attrs["netframe_header"]
        if value is not None:
            whole.attrs["netframe_header"] = value
        return False

    return change


def dataset(**options):
    return replaced("E/v", lambda whole, name, old: whole.create_dataset(name, **({"data": old} | options)))


def of_type(dtype):
    return replaced("E/v", lambda whole, name, old: whole.create_dataset(name, old.shape, dtype))


def external(whole, name, old):
    secret = f"{os.path.dirname(whole.filename)}/secret"
    old.tofile(secret)
    whole.create_dataset(name, old.shape, old.dtype, external=[(secret, 0, h5py.h5f.UNLIMITED)])


def virtual(whole, name, old):
    layout = h5py.VirtualLayout(old.shape, old.dtype)
    layout[...] = h5py.VirtualSource(f"{os.path.dirname(whole.filename)}/run.nc", name, old.shape)
    whole.create_virtual_dataset(name, layout)


def virtual_itself(whole, name, old):
    layout = h5py.VirtualLayout(old.shape, old.dtype)
    layout[...] = h5py.VirtualSource(".", "E/rate", old.shape)
    whole.create_virtual_dataset(name, layout)


def pieces(chunk, data, mask=0, stated=True):
    """A dataset of pieces of somebody's liking."""

    def make(whole, name, old):
        made = whole.create_dataset(name, old.shape, old.dtype, chunks=chunk, fletcher32=True, maxshape=(None, None))
        if data is not None:
            made.id.write_direct_chunk((0, 0), data, mask)

    return replaced("E/v", make)


def many(whole, header):
    for k in range(200):
        whole.create_group(f"more{k}")


def deep(whole, header):
    whole.create_group("/".join("g" * 70))


def circle(whole, header):
    whole["E/circle"] = whole["/"]


def linked(whole, header):
    whole["E/w"] = whole["E/v"]


def link(target):
    return replaced("E/v", lambda whole, name, old: whole.__setitem__(name, target))


def named_type(whole, header):
    whole["E/kind"] = np.dtype("f8")


def repeated_key(whole, header):
    return json.dumps(header)[:-1] + ', "version": 1}'


def other_type(whole, header):
    header["content"]["network"]["tree"]["components"][1]["type"] = "os.system"


def huge_cells(whole, header):
    header["content"]["network"]["tree"]["components"][1]["size"] = 10**15


HOSTILE = {
    "numbers in another file": (replaced("E/v", external), "stored elsewhere"),
    "a link to another file": (link(h5py.ExternalLink("run.nc", "E/v")), "as a link to something else"),
    "a link to a place": (link(h5py.SoftLink("/E/rate")), "as a link to something else"),
    "a link to nothing": (link(h5py.SoftLink("/nowhere")), "as a link to something else"),
    "an array made of another file": (replaced("E/v", virtual), "stored elsewhere"),
    "an array made of itself": (replaced("E/v", virtual_itself), "stored elsewhere"),
    "an array linked twice": (linked, "linked twice"),
    "a circle of groups": (circle, "linked twice"),
    "a type with a name": (named_type, "neither a group nor an array"),
    "references": (of_type(h5py.ref_dtype), "neither numbers nor text"),
    "references to regions": (of_type(h5py.regionref_dtype), "neither numbers nor text"),
    "lists of any length": (of_type(h5py.vlen_dtype(np.float64)), "neither numbers nor text"),
    "words of one length": (of_type("S8"), "neither numbers nor text"),
    "records": (of_type(np.dtype([("a", "f8"), ("b", "i4")])), "neither numbers nor text"),
    "bytes that are opaque": (of_type(np.dtype("V8")), "neither numbers nor text"),
    "an enumeration": (of_type(h5py.enum_dtype({"a": 1}, "i1")), "two different things|neither|dtype"),
    "arrays of arrays": (of_type(np.dtype(("f8", (2,)))), "neither numbers nor text"),
    "complex numbers": (of_type("c16"), "neither numbers nor text|dtype"),
    "half numbers": (of_type("f2"), "dtype '<f2'"),
    "numbers from the other end": (of_type(">f8"), "dtype '>f8'"),
    "whole numbers": (of_type("<i8"), "two different things"),
    "numbers that are not there": (replaced("E/v", lambda w, n, o: w.create_dataset(n, o.shape, o.dtype)), "checksum"),
    "text": (of_type(h5py.string_dtype()), "two different things"),
    "compressed": (dataset(compression="gzip"), "compressed"),
    "compressed with a checksum": (dataset(compression="gzip", fletcher32=True), "compressed"),
    "shuffled": (dataset(shuffle=True), "compressed"),
    "without a checksum": (dataset(chunks=(5, 4)), "without its checksum"),
    "another shape": (dataset(data=np.zeros((4, 5)), chunks=(4, 5), fletcher32=True), "two different things"),
    "other numbers": (dataset(data=np.zeros((5, 4)), chunks=(5, 4), fletcher32=True), "not what was written"),
    "no pieces": (pieces((5, 4), None), "another size"),
    "a piece without its checksum": (pieces((5, 4), bytes(160), 1), "another size|pieces"),
    "a piece that is huge": (pieces((1 << 14, 1 << 14), bytes(164)), "another size"),
    "a piece that is small": (pieces((5, 4), bytes(4)), "another size"),
    "a wrong checksum": (pieces((5, 4), bytes(160) + b"abcd"), "damaged"),
    "claimed to be huge": (
        lambda w, h: (
            replaced("E/v", lambda w, n, o: w.create_dataset(n, (10**7, 10**7), "f8"))(w, h)
            or set_entry(shape=[10**7, 10**7])(w, h)
        ),
        "checksum",
    ),
    "claimed to be huge in pieces": (
        lambda w, h: (
            replaced(
                "E/v", lambda w, n, o: w.create_dataset(n, (10**7, 10**7), "f8", chunks=(100, 100), fletcher32=True)
            )(w, h)
            or set_entry(shape=[10**7, 10**7])(w, h)
        ),
        "another size",
    ),
    "many objects": (many, "more than 100 objects"),
    "deep groups": (deep, "nested more than 64"),
    "no header": (set_attribute(None), "no netframe_header"),
    "a header that is a number": (set_attribute(1), "no text"),
    "headers": (set_attribute(["a", "b"]), "no text"),
    "a header of bytes": (set_attribute(np.bytes_("{}")), "no text"),
    "a header of others": (set_attribute("{}"), "not the one it was written with"),
    "a header that is no JSON": (lambda w, h: "{", "damaged"),
    "a header of brackets": (lambda w, h: "[" * 100_000 + "]" * 100_000, "damaged"),
    "a list as header": (lambda w, h: "[1]", "no table"),
    "a key twice": (repeated_key, "key twice"),
    "a newer version": (set_header(version=2), "version 2"),
    "another kind": (set_header(kind="sweep"), "'sweep'"),
    "another program": (set_header(format="other"), "another program"),
    "no content": (set_header(content=None), "no content"),
    "no arrays": (set_header(arrays=None), "no list"),
    "an array said to be huge": (set_entry(shape=[10**14, 4]), "two different things"),
    "a huge array with no entries": (set_entry(shape=[0, 2**61, 2**61]), "ValueError|no solution|written"),
    "a shape below zero": (set_entry(shape=[-5, 4]), "no array has"),
    "objects": (set_entry(dtype="|O"), "dtype"),
    "another hash": (set_entry(sha256="0" * 64), "not what was written"),
    "another order": (set_entry(fortran_order=True), "two different things"),
    "a path out of the folder": (set_entry(name="../t"), "lacks '../t'"),
    "a path of the system": (set_entry(name="/etc/passwd"), "name"),
    "a group": (set_entry(name="E"), "lacks 'E'"),
    "no places": (lambda w, h: h["content"].pop("places") and None, "no solution"),
    "a place that is not there": (set_place("network/0", "E/u"), "no solution"),
    "a place that is no name": (set_place("network/0", ["E/v"]), "cannot be restored|no solution"),
    "a row that is not there": (set_place("final", 99), "no solution"),
    "a row that is true": (set_place("final", True), "no solution"),
    "a row of nothing": (set_place("y", 0), "no solution|expected|fits"),
    "states in another order": (lambda w, h: h["content"]["states"].reverse(), "another order"),
    "states of another network": (lambda w, h: h["content"].update(states=[["E.v", 4]]), "another network"),
    "places that are a name": (lambda w, h: h["content"].update(places="E/v"), "no solution"),
    "a module to import": (other_type, "os.system"),
    "cells without end": (huge_cells, ""),
}


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    path = tmp_path_factory.mktemp("hostile") / "run.nc"
    run(save_at=5).save(path)
    return path


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_a_sentence(good, monkeypatch, name):
    change, told = HOSTILE[name]
    path = forged(good, change)
    monkeypatch.setattr(hdf5_checks, "MAX_MEMBERS", 100)
    found, peak, took = peak_and_time(path)
    assert isinstance(found, nf.FileError)
    assert any(word in str(found) for word in told.split("|")), found
    assert peak < 5_000_000 + 3 * path.stat().st_size
    assert took < 2.0
    assert len(str(found)) < 1000


def test_what_says_nothing_may_be_added(good):
    def change(whole, header):
        whole.attrs["note"] = "mine"

    assert same(nf.load(forged(good, change)), nf.load(good))


def test_a_file_that_another_program_changed_is_refused(good, tmp_path):
    path = tmp_path / "run.nc"
    path.write_bytes(good.read_bytes())
    with h5py.File(path, "r+") as whole:
        whole["E/v"][0, 0] = 1.0
    with pytest.raises(nf.FileError, match="another program wrote or changed it"):
        nf.load(path)
    with h5py.File(path, "w") as whole:
        whole["a"] = 1
    with pytest.raises(nf.FileError, match="another program wrote or changed it"):
        nf.load(path)


# Writing.


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("name", ["run.nc", "run.npz"])
def test_a_full_disk_leaves_the_old_file_and_says_so(tmp_path, monkeypatch, name, share):
    path = tmp_path / name
    run(save_at=5).save(path)
    old = path.read_bytes()
    new = run(example(0.04), save_at=5)
    fills_up(monkeypatch, int(share * len(old)))
    with pytest.raises(nf.FileError, match=r"not written, the disk is full.*; the file that was there is as it was"):
        new.save(path)
    assert path.read_bytes() == old
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.9, 0.999])
@pytest.mark.parametrize("name", ["run.nc", "run.npz"])
def test_a_file_that_may_not_grow_leaves_the_old_one_and_says_so(tmp_path, name, share):
    path = tmp_path / name
    run(save_at=5).save(path)
    old = path.read_bytes()
    new = run(example(0.04), save_at=5)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(share * len(old)), hard))
    try:
        with pytest.raises(nf.FileError, match=r"not written, File too large; the file that was there is as it was"):
            new.save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == old
    assert [p.name for p in tmp_path.iterdir()] == [name]
    new.save(path)
    assert same(nf.load(path), new)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 400 kB, where one may be mounted."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["run.nc", "run.npz", "net.json"])
def test_a_disk_that_is_full_leaves_the_old_file_and_says_so(small_disk, name):
    path, pad = small_disk / name, small_disk / "pad"
    sol, new = run(save_at=5), run(example(0.04), save_at=5)

    def save(sol):
        nf.save_network(sol.network, path) if name == "net.json" else sol.save(path)

    save(sol)
    told = []
    for pages in range(40):
        free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
        room = 4096 * pages
        with open(pad, "wb") as file:
            file.write(bytes(max(free - room, 0)))
        try:
            save(new)
            save(sol)
        except nf.FileError as error:
            told.append(str(error))
        pad.unlink()
        assert {p.name for p in small_disk.iterdir() if p.suffix == ".tmp"} == set()
        if name != "net.json":
            assert numbers(nf.load(path)) in (numbers(sol), numbers(new))
        else:
            assert not nf.diff(nf.load_network(path), sol.network) or not nf.diff(nf.load_network(path), new.network)
    assert 0 < len(told) < 40
    assert all("the disk is full" in text for text in told)
    assert all("as it was" in text or "nothing was written" in text for text in told)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_while_saving_the_old_file_or_the_new_one_is_there(tmp_path):
    found = killed("netcdf", 1000, tmp_path)
    assert found["kills"] == 1000
    assert found["lost"] == found["mixed"] == 0
    assert found["within"] > 500
