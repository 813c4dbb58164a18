"""Synapse models."""

from netframe.later import loader
from netframe.projections.current import CurrentSynapse, InstantSynapse
from netframe.projections.projection import Projection
from netframe.projections.reversal import ReversalSynapse

#: What is loaded when it is first asked for, and the module it is in.
LATER: dict[str, str] = {}
__getattr__ = loader(__name__, LATER)

__all__ = ["CurrentSynapse", "InstantSynapse", "Projection", "ReversalSynapse"]
