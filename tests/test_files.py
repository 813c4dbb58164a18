"""Result files: equal in every bit or refused, whole whenever the writer was killed, and runs that go on after a kill."""

import errno
import hashlib
import io
import json
import os
import stat
import struct
import subprocess
import sys
import time
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import blueprints, states

import netframe as nf
from netframe.files import atomic as atomic_module
from netframe.files import journal as journal_module
from netframe.files import read, replacing, write
from netframe.files.header import MAX_HEADER
from netframe.specs import encode

INTEGRATORS = [
    nf.FixedStepIntegrator("rk4", dt=2e-3),
    nf.FixedStepIntegrator("exponential_euler", dt=5e-3),
    nf.RungeKuttaIntegrator(),
    nf.ScipyIntegrator("LSODA", rtol=1e-5),
]


def example(tau=0.05, cells=4, weights=None):
    """A small network with a jump of its input."""
    rng = np.random.default_rng(3)
    ffe = nf.StepInput("FFE", size=3, amplitude=rng.uniform(10.0, 50.0, 3), onset=0.1, offset=0.33)
    e = nf.LeakyRate("E", size=cells, tau=tau, activation=nf.Softplus(threshold=-65.0, width=4.0))
    weights = rng.uniform(0.1, 1.0, (cells, 3)) if weights is None else weights
    loop = nf.CurrentSynapse(e, e, weights=rng.uniform(0.0, 0.2, (cells, cells)), g=1e-3)
    return nf.Network("example", [ffe, e, nf.ReversalSynapse(ffe, e, weights=weights, g=1e-4), loop])


def run(network=None, duration=0.5, **options):
    options = {"save_at": 21, "integrator": nf.FixedStepIntegrator(dt=2e-3)} | options
    return nf.simulate(example() if network is None else network, duration, **options)


def bits(array):
    array = np.asarray(array)
    return array.dtype.str, array.shape, np.ascontiguousarray(array).tobytes()


def numbers(sol, wall_time=True, n_rhs=True):
    """Everything a solution holds, as something that is equal only when every bit is."""
    tree, arrays = encode(sol.network)
    stats = attrs.evolve(sol.stats, n_segments=0, n_rhs=sol.stats.n_rhs if n_rhs else 0)
    stats = stats if wall_time else attrs.evolve(stats, wall_time=0.0)
    course = {"": sol.y} if sol.recorded is None else dict(sol.recorded)
    return (
        bits(sol.t),
        bits(sol.final),
        {path: bits(values) for path, values in course.items()},
        (sol.status, sol.message, stats, repr(sol.integrator)),
        json.dumps(tree),
        {name: bits(array) for name, array in arrays.items()},
    )


def same_run(a, b):
    """Whether two runs computed the same, however many pieces they were made in."""
    return numbers(a, False, False)[:4] == numbers(b, False, False)[:4]


# Round trips.


@settings(max_examples=30)
@given(blueprints(max_wires=3), st.sampled_from(INTEGRATORS), st.sampled_from([None, 7]), st.data())
def test_what_is_loaded_is_equal_in_every_bit(tmp_path_factory, blueprint, integrator, save_at, data):
    network = blueprint.network(scale=0.05)
    record = data.draw(st.none() | st.lists(st.sampled_from(sorted(network.quantities)), min_size=1, unique=True))
    sol = nf.simulate(network, 0.05, save_at=save_at, integrator=integrator, record=record)
    path = tmp_path_factory.mktemp("run") / "run.npz"
    sol.save(path)
    again = nf.load(path)
    assert numbers(again) == numbers(sol)
    assert again.paths == sol.paths
    for name in sol.paths:
        assert bits(again[name]) == bits(sol[name])
    for seed in range(3):
        y = states(network, seed)
        assert bits(again.network.rhs(0.03, y)) == bits(network.rhs(0.03, y))


def test_rates_of_what_is_loaded(tmp_path):
    sol = run()
    sol.save(tmp_path / "run.npz")
    assert bits(nf.load(tmp_path / "run.npz")["E.rate"]) == bits(sol["E.rate"])
    assert sol["E.rate"].std() > 0.1


def test_batches_orders_and_nan_come_back(tmp_path):
    taus = np.array([0.02, 0.05, 0.1])[:, None]
    sol = run(example(tau=taus, weights=np.asfortranarray(np.full((4, 3), 0.3))))
    sol = attrs.evolve(sol, y=np.where(sol.y > -66.0, np.nan, sol.y), message='said "so"\n\u00e9\ud800')
    assert np.isnan(sol.y).any()
    assert sol.y.shape[1] == 3
    sol.save(tmp_path / "run.npz")
    again = nf.load(str(tmp_path / "run.npz"))
    assert numbers(again) == numbers(sol)
    assert not again.y.flags.writeable


def test_failed_runs_are_results_too(tmp_path):
    network = example().with_parameters({"E_to_E.weights": np.full((4, 4), 1e5), "E_to_E.g": 10.0})
    sol = run(network, throw=False)
    assert sol.status is nf.Status.NOT_FINITE
    sol.save(tmp_path / "run.npz")
    assert numbers(nf.load(tmp_path / "run.npz")) == numbers(sol)


def test_equal_results_are_equal_files_which_numpy_reads(tmp_path):
    sol = run()
    for name in ("a.npz", "b.npz"):
        sol.save(tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    with np.load(tmp_path / "a.npz", allow_pickle=False) as found:
        assert bits(found["y"]) == bits(sol.y)


@given(
    st.sampled_from(["?", "i1", "<u2", ">i4", "<i8", ">f8", "<f4"]),
    st.lists(st.integers(0, 4), max_size=4),
    st.sampled_from("CF"),
)
def test_arrays_of_every_kind_come_back(tmp_path_factory, dtype, shape, order):
    given_ = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype).copy(order)
    path = tmp_path_factory.mktemp("arrays") / "a.npz"
    write(path, "test", {"n": 1.5}, {"a/b": given_, "c": np.float64(2.0)})
    content, arrays = read(path, "test")
    assert content == {"n": 1.5}
    assert bits(arrays["a/b"]) == bits(given_.astype(given_.dtype.newbyteorder("<")))
    assert arrays["a/b"].flags.f_contiguous == given_.flags.f_contiguous
    assert arrays["c"].shape == ()


def test_what_is_no_json_and_names_that_are_not_kept_are_not_written(tmp_path):
    for content, arrays, told in (
        ({"x": float("nan")}, {}, "nothing JSON can hold"),
        ({}, {"a b": np.zeros(2)}, "array 'a b' has a name that is not kept"),
        ({}, {"a": np.zeros(2, dtype=complex)}, "array 'a' has dtype complex128; known are"),
    ):
        with pytest.raises(nf.FileError, match=told):
            write(tmp_path / "a", "test", content, arrays)
    assert not list(tmp_path.iterdir())


def test_arrays_of_many_gigabytes_come_back(tmp_path, monkeypatch):
    arrays = {"a": np.arange(3000.0), "b": np.arange(500.0), "c": np.arange(3)}
    with monkeypatch.context() as patch:
        patch.setattr(zipfile, "ZIP64_LIMIT", 2000)  # from here on sizes and places are written with 64 bits
        write(tmp_path / "a", "test", {}, arrays)
    found = read(tmp_path / "a", "test")[1]
    assert {name: bits(array) for name, array in found.items()} == {name: bits(array) for name, array in arrays.items()}
    data = bytearray((tmp_path / "a").read_bytes())
    for cut in (100, 5000, len(data) - 30):
        (tmp_path / "cut").write_bytes(data[:cut])
        with pytest.raises(nf.FileError):
            read(tmp_path / "cut", "test")


@pytest.mark.parametrize(
    "labels",
    [{"preferred angle": [1.0, 2.5, 3.0, 4.0], "\u03c6": [1, 2, 3, 4]}, np.arange(4, dtype="f2"), np.arange(4, dtype="g"), np.arange(4, dtype=">i2"),
     [True, False, True, True], ["a", "b", "\u03b3", "a b"]],
)  # fmt: skip
@pytest.mark.parametrize("name", ["run.npz", "run.nc"])
def test_labels_of_every_kind_come_back(tmp_path, labels, name):
    if name.endswith(".nc"):
        pytest.importorskip("h5netcdf")
    sol = run().with_coordinates({"E.cell": labels})
    sol.save(tmp_path / name)
    again = nf.load(tmp_path / name).coordinates["E.cell"]
    for label, given_ in sol.coordinates["E.cell"].items():
        assert list(again[label]) == list(given_)


def test_a_network_with_a_function_is_asked_for(tmp_path):
    def network(size=2):
        f = nf.FunctionInput("F", size=3, function=lambda t, xp: xp.full(3, 10.0) * t, jumps=())
        e = nf.LeakyRate("E", size=size)
        return nf.Network("n", [f, e, nf.ReversalSynapse(f, e, weights=np.ones((size, 3)), g=1e-4)])

    net, path = network(), tmp_path / "run.npz"
    sol = run(net)
    sol.save(path)
    with pytest.raises(nf.FileError, match=r"without its network 'n'.*F.*function.*nf.load\(path, network=network\)"):
        nf.load(path)
    again = nf.load(path, network=net)
    assert bits(again.y) == bits(sol.y)
    assert again.network is net
    with pytest.raises(nf.FileError, match=r"another network than 'n': 'E.v' is \(2,\), not \(5,\)"):
        nf.load(path, network=network(5))
    with pytest.raises(nf.FileError, match="needs a Network, not str"):
        nf.load(path, network="n")


def test_an_integrator_of_ones_own_is_left_out(tmp_path):
    class Own:
        def solve(self, problem, t_span, y0, *, save_at=None, record=None, progress=None):
            return nf.FixedStepIntegrator().solve(problem, t_span, y0, save_at=save_at)

    sol = attrs.evolve(run(integrator=Own()), integrator=Own())
    sol.save(tmp_path / "run.npz")
    again = nf.load(tmp_path / "run.npz")
    assert again.integrator is None
    assert bits(again.y) == bits(sol.y)


def test_what_is_no_solution_is_not_written(tmp_path):
    sol = run()
    with pytest.raises(nf.FileError, match=r"y of shape \(21, 11\); expected \(21, 12\)"):
        attrs.evolve(sol, y=sol.y[:, :-1]).save(tmp_path / "run.npz")
    assert not list(tmp_path.iterdir())


# Files that were changed.


def peak_and_time(path):
    """What loading gives, the largest memory it takes, and its time."""
    tracemalloc.start()
    began = time.perf_counter()
    try:
        found = nf.load(path)
    except nf.FileError as error:
        found = error
    took, peak = time.perf_counter() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found, peak, took


def members_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.comment, {info.filename: archive.read(info) for info in archive.infolist()}


def zipped(comment, members, method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as archive:
        warnings.simplefilter("ignore")
        archive.comment = comment
        for name, data in members.items() if isinstance(members, dict) else members:
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def mutated(data, other, rng, kinds=9):
    """A file changed somewhere, one way or another."""
    kind = rng.integers(kinds)
    raw, at = bytearray(data), int(rng.integers(len(data)))
    if kind <= 1:
        raw[at] ^= 1 << int(rng.integers(8))
    elif kind == 2:
        for k in rng.integers(len(data), size=8):
            raw[k] = int(rng.integers(256))
    elif kind == 3:
        del raw[at:]
    elif kind == 4:
        del raw[at : at + int(rng.integers(1, 64))]
    elif kind == 5:
        raw[at:at] = rng.bytes(int(rng.integers(1, 64)))
    elif kind == 6:  # the first part of one file and the last of another
        raw[at:] = other[at:]
    elif kind == 7:  # where the directory and the headers are
        at = int(rng.choice([len(data) - 1 - int(rng.integers(700)), int(rng.integers(3000))]))
        raw[at] = int(rng.integers(256))
    else:  # parts of two files, put together with checksums of the container that are right
        (comment, ours), (foreign_comment, theirs) = members_of(data), members_of(other)
        names = [name for name in ours if rng.random() < 0.4] or ["header.json"]
        changed = ours | {name: theirs[name] for name in names}
        raw = bytearray(zipped(foreign_comment if rng.random() < 0.5 else comment, changed))
    return bytes(raw)


def check_mutations(folder, count, seed):
    """None loads as anything else, takes more memory than a file of that size may, or long: how many were refused."""
    sol, other = run(), run(example(tau=0.03), record=None)
    for name, one in (("a", sol), ("b", other)):
        one.save(folder / name)
    data, foreign = (folder / "a").read_bytes(), (folder / "b").read_bytes()
    right, theirs = numbers(sol), numbers(other)
    _, usual, _ = peak_and_time(folder / "a")
    rng, refused, path = np.random.default_rng(seed), 0, folder / "mutated"
    for k in range(count):
        changed = mutated(data, foreign, rng)
        path.write_bytes(changed)
        found, peak, took = peak_and_time(path)
        assert took < 2.0
        assert peak < usual + 2 * len(changed) + 100_000
        if isinstance(found, nf.FileError):
            refused += 1
            assert len(str(found)) < 600
            assert "mutated" in str(found)
        else:  # what changed says nothing, or all that counts is of the other file
            is_other = members_of(changed)[1]["header.json"] == members_of(foreign)[1]["header.json"]
            assert numbers(found) == (theirs if is_other else right), k
    return refused


def test_files_changed_anywhere_load_as_written_or_not_at_all(tmp_path):
    assert check_mutations(tmp_path, 500, 1) > 350


@pytest.mark.slow
def test_ten_thousand_files_changed_anywhere(tmp_path):
    assert check_mutations(tmp_path, 10_000, 2) > 7000


def test_every_byte_that_is_cut_off_is_missed(tmp_path):
    run(save_at=2).save(tmp_path / "a")
    data = (tmp_path / "a").read_bytes()
    for k in [*range(0, len(data), 211), *range(len(data) - 100, len(data))]:
        (tmp_path / "cut").write_bytes(data[:k])
        with pytest.raises(nf.FileError):
            nf.load(tmp_path / "cut")


def forged(data, change, method=zipfile.ZIP_STORED):
    """A file whose checksums are right, with a header and members of somebody else's liking."""
    _, members = members_of(data)
    header = json.loads(members["header.json"])
    members = change(header, members) or members
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    if isinstance(members, dict):
        members["header.json"] = members.get("raw header", raw)
        members.pop("raw header", None)
        raw = members["header.json"]
    return zipped(b"netframe sha256 " + hashlib.sha256(raw).hexdigest().encode(), members, method)


def array_entry(header, name):
    return next(entry for entry in header["arrays"] if entry["name"] == name)


def set_entry(**changes):
    return lambda header, members: array_entry(header, "t").update(changes) and None


def set_header(**changes):
    return lambda header, members: header.update(changes) and None


def set_content(**changes):
    return lambda header, members: header["content"].update(changes) and None


def npy_with(descr, shape):
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def replaced(name, make):
    return lambda header, members: members.update({name: make(members.get(name))}) and None


def twice(header, members):
    members["header.json"] = json.dumps(header).encode()
    return [*members.items(), ("t.npy", members["t.npy"])]


def nested(header, members):
    members["raw header"] = b"[" * 100_000 + b"]" * 100_000


def repeated_key(header, members):
    members["raw header"] = json.dumps(header).encode()[:-1] + b', "version": 1}'


def huge_header(header, members):
    members["raw header"] = json.dumps(header).encode() + b" " * MAX_HEADER


def deep_network(header, members):
    tree = header["content"]["network"]["tree"]
    for _ in range(200):
        tree = {"type": "Network", "name": "n", "components": [tree]}
    header["content"]["network"]["tree"] = tree | {"netframe": {"spec": 1}}


def other_type(name):
    def change(header, members):
        header["content"]["network"]["tree"]["components"][1]["type"] = name

    return change


def huge_cells(header, members):
    header["content"]["network"]["tree"]["components"][1]["size"] = 10**15


def neither(header, members):
    data = bytes([0, 1, 2])
    entry = {"name": "b", "dtype": "|b1", "shape": [3], "fortran_order": False}
    header["arrays"].append(entry | {"sha256": hashlib.sha256(data).hexdigest()})
    members["b.npy"] = npy_with("|b1", (3,)) + data


HOSTILE = {
    "an array said to be huge": (set_entry(shape=[10**14]), "bytes for 't.npy'"),
    "a huge array with no entries": (set_entry(shape=[0, 2**61, 2**61]), "bytes for 't.npy'|ValueError"),
    "a shape below zero": (set_entry(shape=[-21]), "no array has"),
    "a shape of floats": (set_entry(shape=[21.0]), "no array has"),
    "a shape that is true": (set_entry(shape=[True]), "no array has"),
    "too many axes": (set_entry(shape=[1] * 40 + [21]), "no array has"),
    "another shape of that size": (set_entry(shape=[3, 7]), "two different things"),
    "objects": (set_entry(dtype="|O"), "dtype"),
    "text": (set_entry(dtype="<U8"), "dtype"),
    "no dtype": (set_entry(dtype=["f8"]), "dtype"),
    "another dtype of that size": (set_entry(dtype="<i8"), "two different things"),
    "another hash": (set_entry(sha256="0" * 64), "not what was written"),
    "a path out of the folder": (set_entry(name="../t"), "name"),
    "a path of the system": (set_entry(name="/etc/passwd"), "name"),
    "a name with a zero": (set_entry(name="t\0"), "name"),
    "an array that is not there": (set_entry(name="u"), "lacks 'u.npy'"),
    "more than is listed": (replaced("u.npy", lambda _: b"1"), "holds 'u.npy'"),
    "a member out of the folder": (replaced("../u.npy", lambda _: b"1"), "name"),
    "a pickle": (replaced("t.npy", lambda _: npy_with("|O", (21,)) + b"\x80\x04" * 84), "'t'|bytes for"),
    "a member twice": (twice, "twice"),
    "a key twice": (repeated_key, "key twice"),
    "a header of brackets": (nested, "damaged|table|Recursion"),
    "a header that is huge": (huge_header, "header of"),
    "a list as header": (lambda h, m: m.update({"raw header": b"[1]"}), "no table"),
    "arrays that are no list": (set_header(arrays={"t": 1}), "no list"),
    "arrays half described": (set_header(arrays=[{"name": "t"}]), "not fully described"),
    "content that is no table": (set_header(content=[1]), "content"),
    "a newer version": (set_header(version=2), "version 2"),
    "a version that is true": (set_header(version=None), "version None"),
    "another kind": (set_header(kind="sweep"), "'sweep'"),
    "another program": (set_header(format="other"), "another program"),
    "no status": (set_content(status="FINE"), "no solution"),
    "statistics that are not known": (set_content(stats={"n_stepz": 1}), "no solution"),
    "statistics that are no numbers": (set_content(stats={"n_steps": "1"}), "no solution"),
    "states of another network": (set_content(states=[["E.v", 5]]), "another network"),
    "states that are no list": (set_content(states=3), "no solution"),
    "paths that are not there": (set_content(recorded=["E.u"]), "no solution|course"),
    "no network": (set_content(network={"tree": 1, "arrays": []}), "cannot be restored|no solution"),
    "a network in a network in a network": (deep_network, "nested|restored"),
    "a module to import": (other_type("os.system"), "os.system"),
    "a class that is unknown": (other_type("LeakyRite"), "LeakyRate"),
    "cells without end": (huge_cells, ""),
    "no number": (set_content(message=float("nan")), "NaN in its header"),
    "neither true nor false": (neither, "neither true nor false in 'b'"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_a_sentence(tmp_path, name):
    run().save(tmp_path / "good")
    change, told = HOSTILE[name]
    (tmp_path / "bad").write_bytes(forged((tmp_path / "good").read_bytes(), change))
    found, peak, took = peak_and_time(tmp_path / "bad")
    assert isinstance(found, nf.FileError)
    assert any(word in str(found) for word in told.split("|"))
    assert peak < 5_000_000 + 3 * (tmp_path / "bad").stat().st_size
    assert took < 2.0
    assert len(str(found)) < 1000


def test_nothing_else_is_opened_and_nothing_imported_or_run(tmp_path):
    run().save(tmp_path / "good")
    data = (tmp_path / "good").read_bytes()
    for name, (change, _) in HOSTILE.items():
        (tmp_path / name.replace(" ", "_")).write_bytes(forged(data, change))
    code = """
import sys, pathlib, netframe as nf, netframe.specs
folder = pathlib.Path(sys.argv[1])
nf.load(folder / "good")
seen, paths = [], sorted(folder.iterdir())
def hook(event, arguments):
    if event.split(".")[0] in ("import", "exec", "subprocess", "socket", "pickle", "compile", "ctypes") or event in ("os.system", "marshal.loads"):
        seen.append((event, str(arguments)[:80]))
    if event == "open" and pathlib.Path(str(arguments[0])).parent != folder and "meminfo" not in str(arguments[0]):
        seen.append((event, str(arguments)[:80]))
sys.addaudithook(hook)
for path in paths:
    try:
        nf.load(path)
    except nf.FileError:
        pass
seen = list(seen)
print(len(paths), [s for s in seen if "scipy" not in s[1]])
"""
    out = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == f"{len(HOSTILE) + 1} []"


def test_a_bomb_is_not_unpacked(tmp_path):
    run().save(tmp_path / "good")

    def bomb(header, members):
        array_entry(header, "t").update(shape=[10**8 // 8])
        members["t.npy"] = npy_with("<f8", (10**8 // 8,)) + bytes(10**8)

    (tmp_path / "bad").write_bytes(forged((tmp_path / "good").read_bytes(), bomb, zipfile.ZIP_DEFLATED))
    assert (tmp_path / "bad").stat().st_size < 200_000
    found, peak, _ = peak_and_time(tmp_path / "bad")
    assert "compressed" in str(found)
    assert peak < 2_000_000


@pytest.mark.parametrize("data", [b"", b"PK", b"not a file of results" * 9, b"PK\x05\x06" + bytes(18), bytes(5000)])
def test_what_is_no_result_is_refused(tmp_path, data):
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(nf.FileError, match="'.*a': it "):
        nf.load(tmp_path / "a")


def test_an_npz_of_numpy_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", y=np.zeros(3))
    with pytest.raises(nf.FileError, match=r"no header\.json"):
        nf.load(tmp_path / "a.npz")


@pytest.mark.parametrize(("path", "told"), [("missing.npz", "No such file"), (".", "directory"), (3, "must be text")])
def test_what_cannot_be_read(tmp_path, monkeypatch, path, told):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(nf.FileError, match=told) as raised:
        nf.load(path)
    assert isinstance(raised.value, OSError)


# Writing.


class Full:
    """A file on a disk with room for so many bytes."""

    def __init__(self, file, room, number=errno.ENOSPC):
        self.file, self.room, self.number = file, room, number

    def write(self, data):
        if self.file.tell() + len(data) > self.room:
            self.file.write(bytes(data)[: max(self.room - self.file.tell(), 0)])
            raise OSError(self.number, os.strerror(self.number))
        return self.file.write(data)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def __getattr__(self, name):
        return getattr(self.file, name)


def fills_up(monkeypatch, *rooms, number=errno.ENOSPC):
    """The disk has room for so many bytes for the next file, and those after it; the last for all that follow."""
    left = list(rooms)

    def opened(path, mode):
        return Full(open(path, mode), left.pop(0) if len(left) > 1 else left[0], number)

    for module in (atomic_module, journal_module):
        monkeypatch.setattr(module, "open", opened, raising=False)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.9, 0.99])
def test_a_full_disk_leaves_the_old_file_and_says_so(tmp_path, monkeypatch, share):
    path = tmp_path / "run.npz"
    run().save(path)
    old = path.read_bytes()
    new = run(example(0.04))
    fills_up(monkeypatch, int(share * len(old)))
    with pytest.raises(nf.FileError, match=r"run\.npz': not written, the disk is full.*; the file that was there is"):
        new.save(path)
    assert path.read_bytes() == old
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]
    with pytest.raises(nf.FileError, match="nothing was written"):
        new.save(tmp_path / "new.npz")
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]


def test_other_failures_of_the_disk_are_told_too(tmp_path, monkeypatch):
    fills_up(monkeypatch, 100, number=errno.EIO)
    with pytest.raises(nf.FileError, match="not written, Input/output error; nothing was written"):
        run().save(tmp_path / "run.npz")


def test_what_fails_on_the_way_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(TypeError), replacing(path) as file:
        file.write("new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_links_and_permissions_stay(tmp_path):
    path, link = tmp_path / "file", tmp_path / "link"
    path.write_bytes(b"old")
    path.chmod(0o640)
    link.symlink_to(path)
    with replacing(link) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("locks", [True, False])
def test_what_a_killed_process_left_is_removed(tmp_path, monkeypatch, locks):
    if not locks:  # a system that knows none
        monkeypatch.setattr(atomic_module, "locked", lambda file: None)
    ages = {".file.1.tmp": 2 * 86400, ".file.2.tmp": 120, ".file.3.tmp": 0, ".other.1.tmp": 2 * 86400}
    for name, age in ages.items():
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    with replacing(tmp_path / "file") as file:
        file.write(b"1")
    left = {".file.3.tmp", ".other.1.tmp", "file"} | (set() if locks else {".file.2.tmp"})
    assert {p.name for p in tmp_path.iterdir()} == left


def test_what_another_process_still_writes_is_not_removed(tmp_path):
    with replacing(tmp_path / "file") as slow:
        slow.write(b"slow")
        (beside,) = tmp_path.glob(".file.*.tmp")
        os.utime(beside, (1, 1))
        with replacing(tmp_path / "file") as quick:
            quick.write(b"quick")
        assert (tmp_path / "file").read_bytes() == b"quick"
    assert (tmp_path / "file").read_bytes() == b"slow"


def test_where_nothing_can_be_written(tmp_path):
    sol = run()
    with pytest.raises(nf.FileError, match="folder '.*nowhere' does not exist"):
        sol.save(tmp_path / "nowhere" / "run.npz")
    with pytest.raises(nf.FileError, match="it is a folder"):
        sol.save(tmp_path)
    with pytest.raises(nf.FileError, match="must be text"):
        sol.save(3)


def test_what_was_asked_for_and_the_labels_come_back(tmp_path):
    rates = np.array([[10.0, 20.0], [30.0, 40.0], [50.0, 5.0]])
    f, e = nf.ConstantInput("F", rates=rates), nf.LeakyRate("E", size=4)
    net = nf.Network("n", [f, e, nf.CurrentSynapse(f, e, weights=0.5, g=1e-3)])
    sol = nf.simulate(net, 0.1, save_at=5, batch="separate")
    labels = {"E.cell": {"angle": np.linspace(0.0, 3.0, 4), "layer": ["a", "a", "b", "b"]}, "batch": ["x", "y", "z"]}
    sol = sol.with_coordinates(labels)
    sol.save(tmp_path / "run.npz")
    again = nf.load(tmp_path / "run.npz")
    assert again.run.t_span == sol.run.t_span
    assert again.run.batch == "separate"
    assert again.run.versions == sol.run.versions
    assert again.run.y0.tobytes() == sol.run.y0.tobytes()
    assert {a: {k: list(x) for k, x in named.items()} for a, named in again.coordinates.items()} == {
        a: {k: list(x) for k, x in named.items()} for a, named in sol.coordinates.items()
    }
    assert str(again.trust()) == str(sol.trust())


# Processes that are killed.

KILLS = Path(__file__).parent / "kills.py"


def killed(what, count, folder):
    """Kill writers ``count`` times and say what was found: see ``kills.py``."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, str(KILLS), what, str(count), str(folder)]
    out = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert out.returncode == 0, out.stderr
    return json.loads(out.stdout)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("count", [10, pytest.param(1000, marks=pytest.mark.slow)])
def test_killed_while_saving_the_old_file_or_the_new_one_is_there(tmp_path, count):
    found = killed("saves", count, tmp_path)
    assert found["kills"] == count
    assert found["lost"] == found["mixed"] == 0
    assert found["within"] > 0.5 * count
