"""Synapse models."""

from typing import TYPE_CHECKING

from netframe.later import lister, loader
from netframe.projections.current import CurrentSynapse, InstantSynapse
from netframe.projections.projection import Projection
from netframe.projections.reversal import ReversalSynapse

if TYPE_CHECKING:
    from netframe.projections.bcm import BCM
    from netframe.projections.conductance import ConductanceSynapse
    from netframe.projections.coupling import DiffusiveCoupling, GapJunction
    from netframe.projections.delay import GammaDelaySynapse
    from netframe.projections.hebbian import Hebbian
    from netframe.projections.inhibitory_plasticity import InhibitoryPlasticity
    from netframe.projections.kernels import AlphaSynapse, DualExponentialSynapse
    from netframe.projections.oja import Oja
    from netframe.projections.plasticity import PlasticSynapse
    from netframe.projections.saturating import NMDASynapse, RiseDecaySynapse
    from netframe.projections.short_term_plasticity import TsodyksMarkramSynapse

#: What is loaded when it is first asked for, and the module it is in.
LATER: dict[str, str] = {
    "AlphaSynapse": "kernels",
    "BCM": "bcm",
    "ConductanceSynapse": "conductance",
    "DiffusiveCoupling": "coupling",
    "DualExponentialSynapse": "kernels",
    "GammaDelaySynapse": "delay",
    "GapJunction": "coupling",
    "Hebbian": "hebbian",
    "InhibitoryPlasticity": "inhibitory_plasticity",
    "NMDASynapse": "saturating",
    "Oja": "oja",
    "PlasticSynapse": "plasticity",
    "RiseDecaySynapse": "saturating",
    "TsodyksMarkramSynapse": "short_term_plasticity",
}
__getattr__, __dir__ = loader(__name__, LATER), lister(__name__)

__all__ = [
    "AlphaSynapse",
    "BCM",
    "ConductanceSynapse",
    "CurrentSynapse",
    "DiffusiveCoupling",
    "DualExponentialSynapse",
    "GammaDelaySynapse",
    "GapJunction",
    "Hebbian",
    "InhibitoryPlasticity",
    "InstantSynapse",
    "NMDASynapse",
    "Oja",
    "PlasticSynapse",
    "Projection",
    "ReversalSynapse",
    "RiseDecaySynapse",
    "TsodyksMarkramSynapse",
]
