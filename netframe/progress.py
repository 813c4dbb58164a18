"""Progress of a run: a bar of tqdm where there is one, else a line that is written anew."""

from __future__ import annotations

import math
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: The shortest time between two updates, in s.
LINE, BAR = 0.5, 0.1


@contextmanager
def shown(progress: Any, t_span: tuple[float, float]) -> Iterator[Any]:
    """The function to call after each step, for the option ``progress`` of ``simulate``; ``None`` shows nothing.

    With ``True`` it is a bar or a line on the standard error, and nothing where nobody would see it: where that is
    neither a terminal nor a notebook.
    """
    if progress is None or progress is False:
        yield None
    elif progress is not True:
        yield progress
    elif not (in_notebook() or on_terminal()):
        yield None
    else:
        meter = Bar.made(t_span) or Line(t_span)
        try:
            yield meter
        finally:
            meter.close()


def on_terminal() -> bool:
    """Whether the standard error is a terminal."""
    return bool(sys.stderr is not None and sys.stderr.isatty())


def without_size() -> bool:
    """Whether the terminal says that it has 0 columns, as one without a window does; tqdm would show nothing."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns == 0
    except (OSError, ValueError):  # it is none
        return False


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    found = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return found is not None and "IPKernelApp" in getattr(found, "config", {})


class Line:
    """Simulated time, steps, and the time left on one line, updated every half second."""

    interval = LINE

    def __init__(self, t_span: tuple[float, float]) -> None:
        self._t0, self._t1 = t_span
        self._began = time.perf_counter()
        self._next = self._began + self.interval
        self._now, self._width = (self._t0, 0), 0
        self._first: tuple[float, float] | None = None
        span = abs(self._t1 - self._t0)
        self._decimals = min(max(math.ceil(3.0 - math.log10(span)), 0), 12) if span else 0

    def __call__(self, t: float, t_end: float, n_steps: int) -> None:
        self._now, clock = (t, n_steps), time.perf_counter()
        # A run that goes on from a file is told of nothing before its first step here.
        self._first = self._first or (clock, self.share)
        if clock >= self._next:
            self._next = clock + self.interval
            began, before = self._first
            done = (self.share - before) / (1.0 - before) if before < 1.0 else 1.0
            self.show(f"{left(clock - began, done)} left")

    @property
    def reached(self) -> str:
        """The simulated time with as many decimals all along, so that the line keeps its width."""
        return f"t = {self._now[0]:.{self._decimals}f} of {self._t1:g} s"

    @property
    def share(self) -> float:
        """How much of the run is done, from 0 to 1."""
        return min(max((self._now[0] - self._t0) / (self._t1 - self._t0), 0.0), 1.0)

    def told(self, ending: str) -> str:
        """What is shown."""
        return f"{self.reached} ({self.share:.0%}), {self._now[1]} steps, {ending}"

    def show(self, ending: str, end: str = "") -> None:
        """Write over what was there."""
        text = self.told(ending)
        self._width = max(self._width, len(text))
        sys.stderr.write(f"\r{text:<{self._width}}{end}")
        sys.stderr.flush()

    def done(self, n_steps: int) -> None:
        """The run has reached its end, whether or not it was told of its steps: those of a file were taken before."""
        self._now = (self._t1, n_steps)

    def close(self) -> None:
        """Leave how far the run came, and the time it took."""
        self.show(f"{duration(time.perf_counter() - self._began)} taken", end="\n")


class Bar(Line):
    """The same as a bar of tqdm, a widget in a notebook."""

    interval = BAR

    def __init__(self, t_span: tuple[float, float], tqdm: Any) -> None:
        super().__init__(t_span)
        layout = "{percentage:3.0f}%|{bar}| {desc}"
        options = dict(zip(("ncols", "nrows"), shutil.get_terminal_size())) if without_size() else {}
        self._bar = tqdm(total=1.0, bar_format=layout, file=sys.stderr, mininterval=0.0, leave=True, **options)

    @classmethod
    def made(cls, t_span: tuple[float, float]) -> Bar | None:
        """A bar, or ``None`` without tqdm."""
        try:
            from tqdm.auto import tqdm
        except ImportError:
            return None
        return cls(t_span, tqdm)

    def show(self, ending: str, end: str = "") -> None:
        self._bar.set_description_str(self.told(ending), refresh=False)
        self._bar.n = self.share
        if end:  # the bar writes its last frame as it closes
            self._bar.close()
        else:
            self._bar.refresh()

    def told(self, ending: str) -> str:
        return f"{self.reached}, {self._now[1]} steps, {ending}"


def left(spent: float, share: float) -> str:
    """The time left, if the rest takes as long as what is done.

    >>> left(10.0, 0.25), left(10.0, 0.0)
    ('0:30', '?')
    """
    return duration(spent * (1.0 - share) / share) if share > 0 else "?"


def duration(seconds: float) -> str:
    """A time as people write it.

    >>> duration(0.0), duration(75.4), duration(7322.0)
    ('0:00', '1:15', '2:02:02')
    """
    hours, rest = divmod(int(min(seconds, 1e9)), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
