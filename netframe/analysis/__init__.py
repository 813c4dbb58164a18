"""Analysis of networks and of their responses: steady states and how they change, population codes, spectra.

from netframe import analysis

points = analysis.fixed_points(net)
active = analysis.sparsity(sol, "E.rate", window=(0.15, 0.35))
"""

from typing import TYPE_CHECKING

from netframe.later import loader

if TYPE_CHECKING:
    from netframe.analysis.dimension import participation_ratio
    from netframe.analysis.population_responses import responses
    from netframe.analysis.similarity import (
        Similarity,
        correlation_similarity,
        cosine_similarity,
        d_prime,
        discriminability,
    )
    from netframe.analysis.sparseness import ActiveFractions, active_fractions, selectivity, sparsity
    from netframe.analysis.spectra import CrossCorrelation, PowerSpectrum, cross_correlation, power_spectrum
    from netframe.analysis.tuning import TuningCurves, tuning_curves

#: What is loaded when it is first asked for, and the module it is in.
LATER: dict[str, str] = {
    "ActiveFractions": "sparseness",
    "CrossCorrelation": "spectra",
    "PowerSpectrum": "spectra",
    "Similarity": "similarity",
    "TuningCurves": "tuning",
    "active_fractions": "sparseness",
    "correlation_similarity": "similarity",
    "cosine_similarity": "similarity",
    "cross_correlation": "spectra",
    "d_prime": "similarity",
    "discriminability": "similarity",
    "participation_ratio": "dimension",
    "power_spectrum": "spectra",
    "responses": "population_responses",
    "selectivity": "sparseness",
    "sparsity": "sparseness",
    "tuning_curves": "tuning",
}
__getattr__ = loader(__name__, LATER)

__all__ = [
    "ActiveFractions",
    "CrossCorrelation",
    "PowerSpectrum",
    "Similarity",
    "TuningCurves",
    "active_fractions",
    "correlation_similarity",
    "cosine_similarity",
    "cross_correlation",
    "d_prime",
    "discriminability",
    "participation_ratio",
    "power_spectrum",
    "responses",
    "selectivity",
    "sparsity",
    "tuning_curves",
]
