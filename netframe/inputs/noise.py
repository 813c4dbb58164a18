"""Noise drawn once: the same for every solver, and for every run."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, Self

import attrs
import numpy as np

from netframe.arrays import is_concrete, members_of
from netframe.errors import brief
from netframe.fields import Param, component, parameter
from netframe.inputs.combined import CombinedInput
from netframe.inputs.sampled import SampledInput
from netframe.memory import require
from netframe.validators import Validator, non_negative, positive
from netframe.values import Values

_counts = Validator("a whole number of at least 1", lambda x: np.isfinite(x) & (x >= 1) & (np.floor(x) == x))


@component
class FrozenNoise(CombinedInput):
    """Rates drawn from a ``seed`` when the object is made, and kept as a recording.

    ``seed`` is a whole number, or a list of them for a batch with a realisation each. ``recording`` is what was drawn;
    whatever changes the process, as ``with_parameters({"N.mean": 20.0})`` does, draws it again from the same seed.
    """

    size: int
    dt: Param = parameter(unit="s", validator=positive, doc="time from a sample to the next")
    duration: Param = parameter(unit="s", validator=positive, doc="how long the realisation lasts")
    seed: int | tuple[int, ...] = attrs.field(converter=lambda x: tuple(x) if isinstance(x, (list, range)) else x)
    recording: SampledInput = attrs.field(default=None, repr=False, metadata={"drawn": True})

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if self.recording is None:
            object.__setattr__(self, "recording", self._drawn())

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if isinstance(self.size, bool) or not isinstance(self.size, (int, np.integer)) or self.size < 1:
            yield f"size is {brief(self.size)}; it must be a whole number of at least 1"
        seeds = self.seed if isinstance(self.seed, tuple) else (self.seed,)
        if not seeds or not all(isinstance(s, (int, np.integer)) and not isinstance(s, bool) and s >= 0 for s in seeds):
            yield f"seed is {brief(self.seed)}; it must be a whole number of at least 0, or a list of them"
        for name in ("dt", "duration"):
            if np.ndim(getattr(self, name)):
                yield f"{name} has shape {np.shape(getattr(self, name))}; it must be one number"
        if self.recording is not None and not isinstance(self.recording, SampledInput):
            yield f"recording is {brief(self.recording)}; it must be a SampledInput, or None to draw one"

    def replace(self, **changes: Any) -> Self:
        redrawn = {"recording": None} if changes.keys() - {"name"} else {}
        return super().replace(**redrawn | changes)

    def member_fields(self, index: tuple[Any, ...]) -> dict[str, Any]:
        found = super().member_fields(index)
        if isinstance(self.seed, tuple) and is_concrete(index[-1]):
            seeds = members_of(np.array(self.seed, dtype=object), 1, index[-1:])
            found["seed"] = tuple(seeds) if np.ndim(index[-1]) else seeds
        return found

    @property
    def n_steps(self) -> int:
        """The number of steps of ``dt`` that cover ``duration``."""
        return max(math.ceil(float(self.duration) / float(self.dt) * (1.0 - 1e-12)), 1)

    def _generators(self) -> tuple[tuple[int, ...], list[np.random.Generator]]:
        """The batch axis of the seeds, if there is one, and a fresh generator for each seed."""
        seeds = self.seed if isinstance(self.seed, tuple) else (self.seed,)
        shape = (len(seeds),) if isinstance(self.seed, tuple) else ()
        return shape, [np.random.Generator(np.random.PCG64(int(seed))) for seed in seeds]

    def _recorded(self, rates: np.ndarray, interpolation: str) -> SampledInput:
        times = np.arange(self.n_steps + 1) * float(self.dt)
        return SampledInput(self.name, times=times, rates=rates, interpolation=interpolation)

    def _within_memory(self, *values: Any) -> None:
        shape = np.broadcast_shapes(self._generators()[0] + (self.size,), *map(np.shape, values))
        require(3 * 8 * (self.n_steps + 1) * math.prod(shape), f"the realisation of {self.label}")

    @abstractmethod
    def _drawn(self) -> SampledInput:
        """The realisation."""

    def rate(self, t: Any, s: Values) -> Any:
        return self.recording.rate(t, s)

    def breakpoints(self, t0: float, t1: float) -> np.ndarray:
        return self.recording.breakpoints(t0, t1)

    def constant_between(self, t0: float, t1: float) -> bool:
        return self.recording.constant_between(t0, t1)

    def covers(self) -> tuple[float, float]:
        return self.recording.covers()


@component
class OrnsteinUhlenbeckInput(FrozenNoise):
    """A frozen realisation of an Ornstein-Uhlenbeck process, its values at multiples of ``dt``, clipped at zero.

        x[k + 1] = mean + (x[k] - mean) exp(-dt / tau) + sd sqrt(1 - exp(-2 dt / tau)) xi[k]
        rate(k dt) = max(x[k], 0)

    with ``xi`` standard normal and ``x[0]`` from the stationary distribution: mean ``mean``, standard deviation ``sd``
    and autocorrelation ``exp(-lag / tau)``, exactly, at any ``dt``. Clipping changes them unless ``mean`` is some three
    ``sd`` above zero. Between samples the rate is a straight line, or with ``interpolation="previous"`` held.
    Channels are independent. The members of a batch of parameters share one realisation of ``xi``, so that they differ
    by their parameters alone; a list of seeds is a batch of realisations.

    A solver restarts at each sample. For ``dt`` much shorter than the time constants of a network,
    ``FixedStepIntegrator(dt=...)`` with the same ``dt`` is the quicker choice.

    Source: Gillespie (1996), Exact numerical simulation of the Ornstein-Uhlenbeck process, Phys. Rev. E 54, eq. 3.1.

    Example:
        >>> import netframe as nf
        >>> noise = nf.OrnsteinUhlenbeckInput("N", size=2, mean=20.0, sd=4.0, tau=0.02, dt=1e-3, duration=0.5, seed=3)
        >>> noise.rate(0.1, None).shape, [float(t) for t in noise.covers()]
        ((2,), [0.0, 0.5])
    """

    mean: Param = parameter(unit="Hz", validator=non_negative, doc="mean rate before clipping")
    sd: Param = parameter(unit="Hz", validator=non_negative, doc="standard deviation before clipping")
    tau: Param = parameter(unit="s", validator=positive, doc="correlation time")
    interpolation: str = "linear"

    def _drawn(self) -> SampledInput:
        self._within_memory(self.mean, self.sd, self.tau)
        shape, generators = self._generators()
        xi = np.stack([rng.standard_normal((self.n_steps + 1, self.size)) for rng in generators], axis=1)
        xi = xi.reshape(self.n_steps + 1, *shape, self.size)
        keeps = np.exp(-float(self.dt) / np.asarray(self.tau))
        renews = np.sqrt(-np.expm1(-2.0 * float(self.dt) / np.asarray(self.tau)))
        x = np.empty((len(xi), *np.broadcast_shapes(xi.shape[1:], np.shape(self.tau))))
        x[0] = xi[0]
        for k in range(self.n_steps):
            x[k + 1] = keeps * x[k] + renews * xi[k + 1]
        lead = np.broadcast_shapes(x.shape[1:], np.shape(self.mean), np.shape(self.sd))
        x = x.reshape(len(x), *(1,) * (len(lead) - x.ndim + 1), *x.shape[1:])
        return self._recorded(np.maximum(self.mean + self.sd * x, 0.0), self.interpolation)


@component
class PoissonRateInput(FrozenNoise):
    """A frozen realisation of the spikes of Poisson sources, as the rate in each bin.

        rate = N[k] / (n_sources dt)   for k dt <= t < (k + 1) dt
        N[k]   Poisson distributed with mean n_sources * mean * dt

    ``N[k]`` is how many spikes ``n_sources`` independent sources fire in a bin of ``dt``, each with rate ``mean``; so
    the rate has mean ``mean`` and variance ``mean / (n_sources dt)``. Channels are independent. Each member of a batch
    of parameters is drawn anew from the seed, as it would be alone; a list of seeds is a batch of realisations.

    A solver restarts at each bin in which the number changes. For ``dt`` much shorter than the time constants of a
    network, ``FixedStepIntegrator(dt=...)`` with the same ``dt`` is the quicker choice.

    Example:
        >>> import netframe as nf
        >>> spikes = nf.PoissonRateInput("P", size=1, mean=8.0, n_sources=100, dt=1e-3, duration=1.0, seed=1)
        >>> counts = spikes.recording.rates[:-1] * (100 * 1e-3)
        >>> counts.shape, bool(abs(counts.sum() - 800) < 150)    # spikes in a second
        ((1000, 1), True)
    """

    mean: Param = parameter(unit="Hz", validator=non_negative, doc="rate of each source")
    n_sources: Param = parameter(1.0, unit="1", validator=_counts, doc="sources that each channel sums")

    def _drawn(self) -> SampledInput:
        self._within_memory(self.mean, self.n_sources)
        seeds, generators = self._generators()
        scale = np.asarray(self.n_sources) * float(self.dt)
        expected = scale * self.mean
        lead = np.broadcast_shapes(seeds, expected.shape[:-1])
        expected = np.broadcast_to(expected, (*lead, self.size))
        rates = np.empty((self.n_steps + 1, *lead, self.size))
        for member in np.ndindex(lead):
            rng = self._generators()[1][member[-1] if seeds and len(generators) > 1 else 0]
            rates[(slice(None, -1), *member)] = rng.poisson(expected[member], (self.n_steps, self.size))
        rates[-1] = rates[-2]
        return self._recorded(rates / scale, "previous")
