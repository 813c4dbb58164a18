"""Cell types."""

from netframe.populations.leaky import LeakyRate
from netframe.populations.population import Population

__all__ = ["LeakyRate", "Population"]
