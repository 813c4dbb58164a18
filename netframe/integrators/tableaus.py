"""Butcher tableaus of explicit Runge-Kutta methods, as data that every back end steps by.

    k_i = f(t + c_i h, y + h sum_j a_ij k_j)        y(t + h) = y + h sum_i b_i k_i

The last stage of an embedded pair is the derivative at the end of the step, so its weights are the last row of ``a``.
"""

from __future__ import annotations

import attrs
import numpy as np

from netframe.arrays import read_only


def _array(values: object) -> np.ndarray:
    return read_only(np.array(values, dtype=np.float64))


@attrs.frozen(eq=False)
class Tableau:
    """One method: nodes ``c``, rows ``a``, weights ``b``, order.

    An embedded pair also has ``error``, weights of the difference to its companion of one order less, and ``dense``,
    of shape ``(n_stages, degree)``: ``y(t + x h) = y + h sum_i k_i sum_j dense_ij x^(j + 1)``.
    """

    order: int
    c: np.ndarray = attrs.field(converter=_array)
    a: tuple[tuple[float, ...], ...]
    b: np.ndarray = attrs.field(converter=_array)
    error: np.ndarray | None = attrs.field(default=None, converter=attrs.converters.optional(_array))
    dense: np.ndarray | None = attrs.field(default=None, converter=attrs.converters.optional(_array))

    @property
    def rows(self) -> tuple[np.ndarray, ...]:
        """The rows of ``a`` as arrays, one for each stage after the first."""
        return tuple(_array(row) for row in self.a[1:])

    @property
    def nodes(self) -> np.ndarray:
        """The nodes of the stages after the first, the last at the end of the step."""
        return self.c[1:] if self.error is not None else _array([*self.c[1:], 1.0])

    @property
    def matrix(self) -> np.ndarray:
        """The weights of the stages for the state at each of the nodes, one row each, zero where not yet known."""
        rows = self.a[1:] if self.error is not None else (*self.a[1:], tuple(self.b))
        matrix = np.zeros((len(rows), len(rows) + 1))
        for k, row in enumerate(rows):
            matrix[k, : len(row)] = row
        return read_only(matrix)


#: Methods of fixed step.
EULER = Tableau(1, (0.0,), ((),), (1.0,))
HEUN = Tableau(2, (0.0, 1.0), ((), (1.0,)), (0.5, 0.5))
RK4 = Tableau(4, (0.0, 0.5, 0.5, 1.0), ((), (0.5,), (0.0, 0.5), (0.0, 0.0, 1.0)), (1 / 6, 1 / 3, 1 / 3, 1 / 6))

#: Bogacki & Shampine (1989), Appl Math Lett 2:321.
BS3 = Tableau(
    order=3,
    c=(0.0, 1 / 2, 3 / 4, 1.0),
    a=((), (1 / 2,), (0.0, 3 / 4), (2 / 9, 1 / 3, 4 / 9)),
    b=(2 / 9, 1 / 3, 4 / 9, 0.0),
    error=(-5 / 72, 1 / 12, 1 / 9, -1 / 8),
    dense=((1.0, -4 / 3, 5 / 9), (0.0, 1.0, -2 / 3), (0.0, 4 / 3, -8 / 9), (0.0, -1.0, 1.0)),
)

#: Dormand & Prince (1980), J Comput Appl Math 6:19; dense output of Shampine (1986), Math Comput 46:135.
DOPRI5 = Tableau(
    order=5,
    c=(0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0),
    a=(
        (),
        (1 / 5,),
        (3 / 40, 9 / 40),
        (44 / 45, -56 / 15, 32 / 9),
        (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
        (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
        (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
    ),
    b=(35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0.0),
    error=(71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40),
    dense=(
        (1.0, -8048581381 / 2820520608, 8663915743 / 2820520608, -12715105075 / 11282082432),
        (0.0, 0.0, 0.0, 0.0),
        (0.0, 131558114200 / 32700410799, -68118460800 / 10900136933, 87487479700 / 32700410799),
        (0.0, -1754552775 / 470086768, 14199869525 / 1410260304, -10690763975 / 1880347072),
        (0.0, 127303824393 / 49829197408, -318862633887 / 49829197408, 701980252875 / 199316789632),
        (0.0, -282668133 / 205662961, 2019193451 / 616988883, -1453857185 / 822651844),
        (0.0, 40617522 / 29380423, -110615467 / 29380423, 69997945 / 29380423),
    ),
)

#: Tsitouras (2011), Comput Math Appl 62:770, tables 1 and 2.
TSIT5 = Tableau(
    order=5,
    c=(0.0, 0.161, 0.327, 0.9, 0.9800255409045097, 1.0, 1.0),
    a=(
        (),
        (0.161,),
        (-0.008480655492356989, 0.335480655492357),
        (2.8971530571054935, -6.359448489975075, 4.3622954328695815),
        (5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525),
        (5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.028269050394068383),
        (0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774),
    ),
    b=(0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774, 0.0),
    error=(
        0.0017800110522257773,
        0.0008164344596567463,
        -0.007880878010261994,
        0.1447110071732629,
        -0.5823571654525552,
        0.45808210592918686,
        -1 / 66,
    ),
    dense=(
        (1.0, -2.763706197274826, 2.9132554618219126, -1.0530884977290216),
        (0.0, 0.1317, -0.2234, 0.1017),
        (0.0, 3.930296236894751, -5.941033872131505, 2.490627285651253),
        (0.0, -12.411077166933676, 30.33818863028232, -16.548102889244902),
        (0.0, 37.50931341651104, -88.1789048947664, 47.37952196281928),
        (0.0, -27.896526289197286, 65.09189467479368, -34.87065786149661),
        (0.0, 1.5, -4.0, 2.5),
    ),
)

FIXED = {"euler": EULER, "heun": HEUN, "rk4": RK4}
EMBEDDED = {"BS3": BS3, "Dopri5": DOPRI5, "Tsit5": TSIT5}
