"""Small functions that others are made of, each by itself."""

import inspect

import pytest

import netframe as nf
from netframe.calls import misfit
from netframe.files.netcdf import variable_name
from netframe.plotting.layout import label_place

BELOW, ABOVE = (0.0, -0.36, "center", "top"), (0.0, 0.36, "center", "bottom")
RIGHT, LEFT = (0.36, 0.0, "left", "center"), (-0.36, 0.0, "right", "center")
AROUND = [(1.4, -0.37), (1.4, 0.37), (-1.4, -0.37), (-1.4, 0.37)]


def beside(*points, others=()):
    """Where the label of a node at the origin goes, with arrows through points and other nodes in its way."""
    place = {"E": (0.0, 0.0)} | {f"other{k}": at for k, at in enumerate(others)}
    return label_place("E", (1.0, 0.2), place, dict.fromkeys(place, 0.3), [[point] for point in points])


@pytest.mark.parametrize(
    ("points", "others", "expected"),
    [
        ([], [], BELOW),
        ([(0.6, -0.45)], [], BELOW),  # beside the label
        ([(0.3, -0.45)], [], ABOVE),
        ([(0.53, -0.45)], [], ABOVE),  # too near
        ([(0.0, -0.45), (0.0, 0.45)], [], RIGHT),
        ([(-0.3, -0.45), (-0.3, 0.45), (0.8, 0.0)], [], LEFT),
        ([(-0.3, -0.45), (-0.3, 0.45), (0.8, 0.0), (-0.8, 0.0)], [], (0.27, -0.27, "left", "top")),
        ([], [(0.0, -0.8)], ABOVE),
        ([], [(0.0, -0.87)], BELOW),
        ([(0.0, 0.45)] * 3, [(0.0, -0.8), *AROUND], ABOVE),  # on a node it could not be read at all
    ],
)
def test_a_label_goes_where_the_least_is_in_its_way(points, others, expected):
    assert beside(*points, others=others) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["v", "layer 4", "θ", "_x", "2nd", "a-b", "a" * 128])
def test_a_variable_may_be_called(name):
    assert variable_name(name)


@pytest.mark.parametrize("name", ["", "a/b", " v", "v ", "-v", "a\nb", "a\x7f", "v\n", "a" * 129, "netframe.arrays"])
def test_a_variable_may_not_be_called(name):
    assert not variable_name(name)


def scaled(weights, *, factor, offset=0.0):
    """Something to call."""


def passing_on(weights, **options):
    """Something that passes options on."""


def test_a_call_that_fits_is_no_misfit():
    assert misfit(inspect.signature(scaled), "scaled", [1.0], {"factor": 2.0}) is None
    assert misfit(inspect.signature(passing_on), "passing_on", [1.0], {"anything": 2.0}) is None


@pytest.mark.parametrize(
    ("args", "options", "elsewhere", "kind", "told"),
    [
        (
            [1.0],
            {"factr": 2.0},
            "",
            nf.UnknownNameError,
            "scaled: no parameter or option 'factr'. Did you mean 'factor'",
        ),
        ([1.0], {"tau": 2.0}, "It is E's", nf.UnknownNameError, "scaled: no parameter or option 'tau'. It is E's"),
        ([1.0], {}, "", nf.ParameterError, "weights by position; factor= by name; optionally offset="),
        ([1.0, 2.0], {"factor": 2.0}, "It is E's", nf.ParameterError, "scaled: too many positional arguments"),
    ],
)
def test_a_call_that_does_not_fit_is_told_what_does(args, options, elsewhere, kind, told):
    error = misfit(inspect.signature(scaled), "scaled", args, options, elsewhere)
    assert type(error) is kind
    assert told in str(error)
