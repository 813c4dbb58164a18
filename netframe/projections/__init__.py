"""Synapse models."""

from netframe.projections.current import CurrentSynapse, InstantSynapse
from netframe.projections.projection import Projection
from netframe.projections.reversal import ReversalSynapse

__all__ = ["CurrentSynapse", "InstantSynapse", "Projection", "ReversalSynapse"]
