"""Analysis of networks and of their responses: steady states and how they change, population codes, spectra.

from netframe import analysis

points = analysis.fixed_points(net)
"""

from typing import TYPE_CHECKING

from netframe.later import loader

if TYPE_CHECKING:
    from netframe.analysis.arclength import continuation
    from netframe.analysis.branch import Branch, SpecialPoint
    from netframe.analysis.cycles import LimitCycle, limit_cycle
    from netframe.analysis.fixed_point import BatchOfFixedPoints, FixedPoint, FixedPoints
    from netframe.analysis.plane import PhasePlane
    from netframe.analysis.planes import nullclines, phase_plane
    from netframe.analysis.settling import Settling, settled
    from netframe.analysis.stability import eigenvalues
    from netframe.analysis.steady_states import fixed_points

#: What is loaded when it is first asked for, and the module it is in.
LATER: dict[str, str] = {
    "BatchOfFixedPoints": "fixed_point",
    "Branch": "branch",
    "FixedPoint": "fixed_point",
    "FixedPoints": "fixed_point",
    "LimitCycle": "cycles",
    "PhasePlane": "plane",
    "Settling": "settling",
    "SpecialPoint": "branch",
    "continuation": "arclength",
    "eigenvalues": "stability",
    "fixed_points": "steady_states",
    "limit_cycle": "cycles",
    "nullclines": "planes",
    "phase_plane": "planes",
    "settled": "settling",
}
__getattr__ = loader(__name__, LATER)

__all__: list[str] = [
    "BatchOfFixedPoints",
    "Branch",
    "FixedPoint",
    "FixedPoints",
    "LimitCycle",
    "PhasePlane",
    "Settling",
    "SpecialPoint",
    "continuation",
    "eigenvalues",
    "fixed_points",
    "limit_cycle",
    "nullclines",
    "phase_plane",
    "settled",
]
