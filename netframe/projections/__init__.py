"""Synapse models."""

from typing import TYPE_CHECKING

from netframe.later import loader
from netframe.projections.current import CurrentSynapse, InstantSynapse
from netframe.projections.projection import Projection
from netframe.projections.reversal import ReversalSynapse

if TYPE_CHECKING:
    from netframe.projections.bcm import BCM
    from netframe.projections.hebbian import Hebbian
    from netframe.projections.inhibitory_plasticity import InhibitoryPlasticity
    from netframe.projections.oja import Oja
    from netframe.projections.plasticity import PlasticSynapse

#: What is loaded when it is first asked for, and the module it is in.
LATER: dict[str, str] = {
    "BCM": "bcm",
    "Hebbian": "hebbian",
    "InhibitoryPlasticity": "inhibitory_plasticity",
    "Oja": "oja",
    "PlasticSynapse": "plasticity",
}
__getattr__ = loader(__name__, LATER)

__all__ = [
    "BCM",
    "CurrentSynapse",
    "Hebbian",
    "InhibitoryPlasticity",
    "InstantSynapse",
    "Oja",
    "PlasticSynapse",
    "Projection",
    "ReversalSynapse",
]
