"""The ring model: weights by the cosine of the difference of two preferred angles."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from netframe.calls import explained
from netframe.component import Node
from netframe.errors import ParameterError, brief
from netframe.weight_rules.arguments import number
from netframe.weight_rules.positions import placed


@explained
def ring(
    pre: Node | int,
    post: Node | int,
    j0: float,
    j1: float,
    *,
    harmonic: int = 1,
    period: float = 2.0 * math.pi,
    pre_angles: Any = None,
    post_angles: Any = None,
) -> np.ndarray:
    """The weights of a ring model, a cosine of the difference of preferred angles: an array ``(n_post, n_pre)``.

        w_ij = (j0 + j1 cos(2 pi harmonic (theta_i - theta_j) / period)) / n_pre

    so that the drive is an average over presynaptic cells. Angles go once round in a ``period``, in whatever unit: 2 pi
    for directions in radians, 180 for orientations in degrees. Not given, they are ``k period / n``, and the period is
    of no consequence. ``harmonic`` is the number of peaks in one turn.

    The model of orientation tuning, ``J0 + J2 cos(2 (theta - theta'))`` with angles from -90 to 90 degrees, is
    ``ring(e, e, J0, J2)``: its 2 comes from the period of 180 degrees, and there is one peak in a turn. With angles of
    your own it is ``ring(e, e, J0, J2, period=np.pi, pre_angles=theta)``.

    Weights between evenly spaced cells of one population depend on their distance alone, so
    ``Circulant(ring(n, n, j0, j1)[:, 0])`` are the same.

    Source: R. Ben-Yishai, R. Lev Bar-Or and H. Sompolinsky, PNAS 92, 3844 (1995).

    Example:
        >>> ring(4, 4, 0.0, 4.0).round(12) + 0.0
        array([[ 1.,  0., -1.,  0.],
               [ 0.,  1.,  0., -1.],
               [-1.,  0.,  1.,  0.],
               [ 0., -1.,  0.,  1.]])
    """
    j0, j1 = number("ring", "j0", j0), number("ring", "j1", j1)
    period = number("ring", "period", period, above=0.0)
    if isinstance(harmonic, bool) or not isinstance(harmonic, (int, np.integer)) or harmonic < 1:
        text = f"harmonic is {brief(harmonic)}; it must be a whole number of at least 1"
        raise ParameterError(text, component="ring", attribute="harmonic")
    for name, angles in (("pre_angles", pre_angles), ("post_angles", post_angles)):
        if angles is not None and np.ndim(angles) != 1:
            text = f"{name} has shape {np.shape(angles)}; expected one angle for each cell"
            raise ParameterError(text, component="ring", attribute=name)
    where = placed("ring", pre, post, period, True, pre_angles, post_angles, "angles")
    phase = (2.0 * math.pi * harmonic / period) * where.distances("ring")
    return (j0 + j1 * np.cos(phase)) / len(where.pre)
