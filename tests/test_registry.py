"""Offsets: disjoint, complete, in order; pack and unpack inverse bit for bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import blueprints

import netframe as nf


@given(blueprints())
def test_slots_are_disjoint_and_cover_the_state(blueprint):
    registry = blueprint.network().registry
    edges = [0]
    for slot in registry:
        assert slot.start == edges[-1]
        assert slot.stop - slot.start == np.prod(slot.shape)
        edges.append(slot.stop)
    assert edges[-1] == registry.size


@given(blueprints(), st.lists(st.integers(0, 3), max_size=3), st.integers(0, 1000))
def test_pack_and_unpack_are_inverse_bit_for_bit(blueprint, lead, seed):
    registry = blueprint.network().registry
    y = np.random.default_rng(seed).standard_normal((*lead, registry.size))
    parts = registry.unpack(y)
    packed = registry.pack(parts, y.shape[:-1])
    assert packed.shape == y.shape
    assert packed.tobytes() == y.tobytes()
    again = registry.unpack(packed)
    for slot in registry:
        assert again[slot.component][slot.state].tobytes() == parts[slot.component][slot.state].tobytes()
        assert parts[slot.component][slot.state].shape == (*lead, *slot.shape)


def test_unpack_gives_views():
    registry = nf.StateRegistry([("E.v", (2,), "mV", None), ("P.i", (2, 3), "nA", None)])
    y = np.zeros((4, 8))
    parts = registry.unpack(y)
    assert np.shares_memory(parts["E"].v, y)
    assert np.shares_memory(parts["P"].i, y)


def test_pack_finds_the_leading_shape_itself():
    registry = nf.StateRegistry([("E.v", (2,), "mV", None), ("P.i", (2, 3), "nA", None)])
    assert registry.pack({"E": {"v": np.zeros(2)}, "P": {"i": np.zeros((5, 2, 3))}}).shape == (5, 8)


@given(blueprints())
def test_locate_inverts_slot(blueprint):
    network = blueprint.network()
    registry = network.registry
    names = [registry.locate(k) for k in range(registry.size)]
    assert len(set(names)) == registry.size
    for slot in registry:
        for k in range(slot.start, slot.stop):
            path, _, index = names[k].partition("[")
            assert path == slot.path
            entry = tuple(int(i) for i in index.rstrip("]").split(","))
            if slot.labels is None:
                assert np.ravel_multi_index(entry, slot.shape) == k - slot.start
            else:
                assert entry == tuple(label[k - slot.start] for label in slot.labels)
                assert network[slot.component].weights.toarray()[entry] != 0.0


def test_unknown_states_and_numbers_are_refused():
    registry = nf.StateRegistry([("E.v", (2,), "mV", None)])
    with pytest.raises(nf.UnknownNameError, match=r"'E\.u'.*Did you mean 'E\.v'"):
        registry.slot("E.u")
    with pytest.raises(nf.ParameterError, match="no state number 2"):
        registry.locate(2)


@given(blueprints())
@settings(max_examples=20)
def test_overrides_of_the_initial_state_reach_their_slot_only(blueprint):
    network = blueprint.network()
    plain = network.initial_state()
    for slot in network.registry:
        changed = network.initial_state({slot.path: 0.25})
        assert np.all(changed[slot.slice] == 0.25)
        rest = np.delete(changed - plain, np.arange(slot.start, slot.stop))
        assert not rest.any()
