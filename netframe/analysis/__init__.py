"""Analysis of networks and of their responses: steady states and how they change, population codes, spectra.

from netframe import analysis

points = analysis.fixed_points(net)
"""

from netframe.later import loader

#: What is loaded when it is first asked for, and the module it is in.
LATER: dict[str, str] = {}
__getattr__ = loader(__name__, LATER)

__all__: list[str] = []
