"""Components a user might write, for tests: every axis, both ends, weights as state."""

from __future__ import annotations

import netframe as nf
from netframe import Param, component, parameter, positive, state


@component
class AdaptingRate(nf.LeakyRate):
    """Leaky cells with a rate-driven adaptation current."""

    tau_w: Param = parameter(0.2, unit="s", validator=positive, doc="adaptation time constant")
    b: Param = parameter(0.002, unit="nA/Hz", doc="adaptation current per rate")
    w = state(unit="nA", doc="adaptation current")

    def derivatives(self, t, s, inputs):
        d = super().derivatives(t, s, inputs.replace(current=inputs.current - s.w))
        return d | {"w": (self.b * self.rate(t, s) - s.w) / self.tau_w}


@component
class DepressingSynapse(nf.Projection):
    """States on the presynaptic and the edge axis."""

    tau: Param = parameter(0.01, unit="s", validator=positive, doc="time constant")
    release: Param = parameter(0.5, unit="1", axes=("pre",), doc="release probability")
    g: Param = parameter(1e-3, unit="nA/Hz", axes=("post",), doc="gain")
    x = state(unit="1", initial=1.0, axes=("pre",), doc="resources")
    i = state(unit="nA", axes=("edge",), doc="current")
    lumpable = True

    def signal(self, t, s, pre):
        return self.release * s.x * pre.rate

    def pre_derivatives(self, t, s, pre):
        return {"x": (1.0 - s.x) / 0.8 - self.release * s.x * pre.rate}

    def derivatives(self, t, s, inputs):
        return {"i": (self.g * inputs.drive - s.i) / self.tau}

    def current(self, t, s, inputs):
        return s.i


@component
class LearningSynapse(nf.Projection):
    """Weights as state with a sliding threshold on the postsynaptic axis."""

    rate_constant: Param = parameter(1e-3, unit="1/s", doc="learning rate")
    g: Param = parameter(1e-3, unit="nA/Hz", axes=("post",), doc="gain")
    scale: Param = parameter(1.0, unit="1", axes=("post", "pre"), doc="learning rate of each synapse")
    w = state(unit="1", initial="weights", axes=("synapse",), doc="weights")
    theta = state(unit="Hz", axes=("post",), doc="threshold")
    lumpable = True

    def efficacy(self, t, s):
        return s.w

    def synapse_derivatives(self, t, s, inputs):
        post = inputs.post.rate
        return {
            "w": self.rate_constant * self.scale * inputs.pre.rate * post * (post - s.theta) - 0.1 * s.w * inputs.drive
        }

    def post_derivatives(self, t, s, post):
        return {"theta": (post.rate**2 / 10.0 - s.theta) / 0.5}

    def current(self, t, s, inputs):
        return self.g * inputs.drive


@component
class GapJunction(nf.Projection):
    """Sends voltage instead of rate, and is not lumpable by promise."""

    g: Param = parameter(1e-3, unit="nA/mV", axes=("post", "pre"), doc="conductance of each junction")
    signal_unit = "mV"

    def signal(self, t, s, pre):
        return pre.v

    def current(self, t, s, inputs):
        return self.g * (inputs.drive - inputs.post.v)
