"""Analysis of networks and of their responses: steady states and how they change, population codes, spectra.

from netframe import analysis

points = analysis.fixed_points(net)
active = analysis.sparsity(sol, "E.rate", window=(0.15, 0.35))
"""

from typing import TYPE_CHECKING

from netframe.later import lister, loader

if TYPE_CHECKING:
    from netframe.analysis.arclength import continuation
    from netframe.analysis.branch import Branch, SpecialPoint
    from netframe.analysis.cycles import LimitCycle, limit_cycle
    from netframe.analysis.dimension import participation_ratio
    from netframe.analysis.fixed_point import BatchOfFixedPoints, FixedPoint, FixedPoints
    from netframe.analysis.plane import PhasePlane
    from netframe.analysis.planes import nullclines, phase_plane
    from netframe.analysis.population_responses import responses
    from netframe.analysis.settling import Settling, settled
    from netframe.analysis.similarity import (
        Similarity,
        correlation_similarity,
        cosine_similarity,
        d_prime,
        discriminability,
    )
    from netframe.analysis.sparseness import ActiveFractions, active_fractions, selectivity, sparsity
    from netframe.analysis.spectra import CrossCorrelation, PowerSpectrum, cross_correlation, power_spectrum
    from netframe.analysis.stability import eigenvalues
    from netframe.analysis.steady_states import fixed_points
    from netframe.analysis.tuning import TuningCurves, tuning_curves

#: What is loaded when it is first asked for, and the module it is in.
LATER: dict[str, str] = {
    "ActiveFractions": "sparseness",
    "BatchOfFixedPoints": "fixed_point",
    "Branch": "branch",
    "CrossCorrelation": "spectra",
    "FixedPoint": "fixed_point",
    "FixedPoints": "fixed_point",
    "LimitCycle": "cycles",
    "PhasePlane": "plane",
    "PowerSpectrum": "spectra",
    "Settling": "settling",
    "Similarity": "similarity",
    "SpecialPoint": "branch",
    "TuningCurves": "tuning",
    "active_fractions": "sparseness",
    "continuation": "arclength",
    "correlation_similarity": "similarity",
    "cosine_similarity": "similarity",
    "cross_correlation": "spectra",
    "d_prime": "similarity",
    "discriminability": "similarity",
    "eigenvalues": "stability",
    "fixed_points": "steady_states",
    "limit_cycle": "cycles",
    "nullclines": "planes",
    "participation_ratio": "dimension",
    "phase_plane": "planes",
    "power_spectrum": "spectra",
    "responses": "population_responses",
    "selectivity": "sparseness",
    "settled": "settling",
    "sparsity": "sparseness",
    "tuning_curves": "tuning",
}
__getattr__, __dir__ = loader(__name__, LATER), lister(__name__)

__all__ = [
    "ActiveFractions",
    "BatchOfFixedPoints",
    "Branch",
    "CrossCorrelation",
    "FixedPoint",
    "FixedPoints",
    "LimitCycle",
    "PhasePlane",
    "PowerSpectrum",
    "Settling",
    "Similarity",
    "SpecialPoint",
    "TuningCurves",
    "active_fractions",
    "continuation",
    "correlation_similarity",
    "cosine_similarity",
    "cross_correlation",
    "d_prime",
    "discriminability",
    "eigenvalues",
    "fixed_points",
    "limit_cycle",
    "nullclines",
    "participation_ratio",
    "phase_plane",
    "power_spectrum",
    "responses",
    "selectivity",
    "settled",
    "sparsity",
    "tuning_curves",
]
