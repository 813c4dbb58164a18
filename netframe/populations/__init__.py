"""Cell types."""

from typing import TYPE_CHECKING

from netframe.later import lister, loader
from netframe.populations.leaky import LeakyRate
from netframe.populations.population import Population

if TYPE_CHECKING:
    from netframe.populations.adapting import AdaptingRate
    from netframe.populations.firing_rate import FiringRate, LinearRate, StabilizedSupralinear
    from netframe.populations.jansen_rit import JansenRit
    from netframe.populations.oscillators import FitzHughNagumo, StuartLandau
    from netframe.populations.quadratic import QIFMeanField
    from netframe.populations.wilson_cowan import WilsonCowan
    from netframe.populations.wong_wang import WongWang

#: What is loaded when it is first asked for, and the module it is in.
LATER = {
    "AdaptingRate": "adapting",
    "FiringRate": "firing_rate",
    "FitzHughNagumo": "oscillators",
    "JansenRit": "jansen_rit",
    "LinearRate": "firing_rate",
    "QIFMeanField": "quadratic",
    "StabilizedSupralinear": "firing_rate",
    "StuartLandau": "oscillators",
    "WilsonCowan": "wilson_cowan",
    "WongWang": "wong_wang",
}
__getattr__, __dir__ = loader(__name__, LATER), lister(__name__)

__all__ = [
    "AdaptingRate",
    "FiringRate",
    "FitzHughNagumo",
    "JansenRit",
    "LeakyRate",
    "LinearRate",
    "Population",
    "QIFMeanField",
    "StabilizedSupralinear",
    "StuartLandau",
    "WilsonCowan",
    "WongWang",
]
