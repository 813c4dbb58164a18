"""Rules by which the weight of a pair is a function of its distance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from netframe.calls import explained
from netframe.component import Node
from netframe.errors import ParameterError, brief
from netframe.weight_rules.arguments import number, require_one_population
from netframe.weight_rules.positions import Placed, placed


@explained
def distance_profile(
    pre: Node | int,
    post: Node | int,
    profile: Callable[[np.ndarray], Any],
    *,
    length: float | Sequence[float] | None = None,
    periodic: bool = False,
    pre_positions: Any = None,
    post_positions: Any = None,
    cutoff: float | None = None,
    autapses: bool = True,
) -> Any:
    """The weight of every pair as a function of its distance: an array ``(n_post, n_pre)``.

        w_ij = profile(|x_i - x_j|)

    ``profile`` is given an array of distances and returns as many weights. Where cells are is said as for
    ``distances``. With a ``cutoff`` only pairs at most so far apart are connected, and a ``csr_array`` is returned.
    Without ``autapses`` no cell reaches itself.

    Example:
        >>> distance_profile(3, 3, lambda d: 1.0 - d, length=3.0, periodic=True)
        array([[1., 0., 0.],
               [0., 1., 0.],
               [0., 0., 1.]])
    """
    where = placed("distance_profile", pre, post, length, periodic, pre_positions, post_positions)
    return _weights("distance_profile", pre, post, profile, where, cutoff, autapses)


@explained
def gaussian_profile(
    pre: Node | int,
    post: Node | int,
    width: float,
    peak: float = 1.0,
    *,
    length: float | Sequence[float] | None = None,
    periodic: bool = False,
    pre_positions: Any = None,
    post_positions: Any = None,
    cutoff: float | None = None,
    autapses: bool = True,
) -> Any:
    """Weights that fall off with distance as a Gaussian: an array ``(n_post, n_pre)``.

        w_ij = peak exp(-d_ij^2 / (2 width^2)),  d_ij = |x_i - x_j|

    ``width`` is the standard deviation, in the unit of positions. Other arguments are those of ``distance_profile``.
    Weights drawn from a Gaussian are another thing: see ``normal``.

    Example: a sheet of 4 x 5 cells, 20 in all.
        >>> import netframe as nf
        >>> sheet = nf.even_positions((4, 5), (0.8, 1.0))
        >>> nf.gaussian_profile(20, 20, 0.2, pre_positions=sheet)[0, :3].round(3)
        array([1.   , 0.607, 0.135])
    """
    width, peak = number("gaussian_profile", "width", width, above=0.0), number("gaussian_profile", "peak", peak)
    where = placed("gaussian_profile", pre, post, length, periodic, pre_positions, post_positions)
    return _weights("gaussian_profile", pre, post, lambda d: _gaussian(d, width, peak), where, cutoff, autapses)


@explained
def difference_of_gaussians(
    pre: Node | int,
    post: Node | int,
    widths: tuple[float, float],
    peaks: tuple[float, float],
    *,
    length: float | Sequence[float] | None = None,
    periodic: bool = False,
    pre_positions: Any = None,
    post_positions: Any = None,
    cutoff: float | None = None,
    autapses: bool = True,
) -> Any:
    """A narrow Gaussian less a wide one, excitation near and inhibition around: an array ``(n_post, n_pre)``.

        w_ij = peaks[0] exp(-d_ij^2 / (2 widths[0]^2)) - peaks[1] exp(-d_ij^2 / (2 widths[1]^2))

    Both peaks are positive for a Mexican hat. Other arguments are those of ``distance_profile``.

    Example:
        >>> difference_of_gaussians(5, 5, (0.1, 0.3), (2.0, 1.0), periodic=True)[0].round(3)
        array([ 1.  , -0.53, -0.41, -0.41, -0.53])
    """
    rule = "difference_of_gaussians"
    for name, pair in (("widths", widths), ("peaks", peaks)):
        if np.ndim(pair) != 1 or len(pair) != 2:
            text = f"{name} is {brief(pair)}; it must be two numbers, of the narrow and of the wide Gaussian"
            raise ParameterError(text, component=rule, attribute=name)
    narrow, wide = (number(rule, f"widths[{k}]", widths[k], above=0.0) for k in range(2))
    up, down = (number(rule, f"peaks[{k}]", peaks[k]) for k in range(2))
    where = placed(rule, pre, post, length, periodic, pre_positions, post_positions)
    return _weights(
        rule, pre, post, lambda d: _gaussian(d, narrow, up) - _gaussian(d, wide, down), where, cutoff, autapses
    )


def _gaussian(distance: np.ndarray, width: float, peak: float) -> np.ndarray:
    return peak * np.exp(-0.5 * (distance / width) ** 2)


def _weights(rule: str, pre: Any, post: Any, profile: Any, where: Placed, cutoff: float | None, autapses: bool) -> Any:
    require_one_population(rule, pre, post, autapses)
    if not callable(profile):
        text = f"profile is {brief(profile)}; it must be a function of distance"
        raise ParameterError(text, component=rule, attribute="profile")
    if cutoff is None:
        far = where.distances(rule)
        weights = evaluated(rule, "profile", profile, far)
        if not autapses:
            np.fill_diagonal(weights, 0.0)
        return weights
    from scipy import sparse

    cutoff, n_post = number(rule, "cutoff", cutoff, above=0.0), len(where.post)
    near, gaps = [], []
    for cell in range(n_post):
        far = where.row(cell)
        chosen = np.flatnonzero(far <= cutoff)
        chosen = chosen if autapses else chosen[chosen != cell]
        near.append(chosen)
        gaps.append(far[chosen])
    starts = np.concatenate([[0], np.cumsum([len(row) for row in near])])
    weights = evaluated(rule, "profile", profile, np.concatenate(gaps))
    return sparse.csr_array((weights, np.concatenate(near), starts), shape=(n_post, len(where.pre)))


def evaluated(rule: str, name: str, function: Callable[[np.ndarray], Any], far: np.ndarray) -> np.ndarray:
    """A function at distances, as an array of our own with a finite number for each."""
    found = np.asarray(function(far.copy()))
    if found.dtype.kind not in "buif" or found.shape not in ((), far.shape):
        text = f"{name} {brief(function)} returned {found.dtype} of shape {found.shape} for distances of {far.shape}"
        raise ParameterError(text, component=rule, attribute=name, remedy="Return a number for each distance")
    found = np.array(np.broadcast_to(found, far.shape), dtype=np.float64)
    wrong = ~np.isfinite(found)
    if wrong.any():
        text = f"{name} is {found[wrong][0]} at a distance of {far[wrong][0]:g}; finite numbers are needed"
        raise ParameterError(text, component=rule, attribute=name)
    return found
