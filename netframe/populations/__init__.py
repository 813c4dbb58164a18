"""Cell types."""

from netframe.later import loader
from netframe.populations.leaky import LeakyRate
from netframe.populations.population import Population

#: What is loaded when it is first asked for, and the module it is in.
LATER: dict[str, str] = {}
__getattr__ = loader(__name__, LATER)

__all__ = ["LeakyRate", "Population"]
