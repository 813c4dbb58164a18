"""One kernel: a loop over small arrays compiled as a single function of the processor.

XLA runs a program as calls of a function for every few operations, some 50 ns each: in a step of a small network they
take longer than the arithmetic. A call that bears a mark is compiled as one function, loops and branches included. In
there XLA has neither its libraries nor its threads at hand, so a loop that might want them is left as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

#: What XLA reads: to keep the call, and to compile it whole. Versions that know neither run the loop as it was.
MARKS = {"inlineable": "false", "xla_cpu_small_call": "true"}
#: Entries of the largest array; beyond, arithmetic takes the time, and threads may share it.
LARGEST = 2**18
#: Operations of JAX that become plain loops over arrays.
PLAIN = (
    "abs add and atan atan2 broadcast_in_dim cbrt ceil clamp closed_call concatenate cond convert_element_type copy "
    "copy_p cos cosh custom_jvp_call div dot_general dynamic_slice dynamic_update_slice eq exp exp2 expand_dims expm1 "
    "floor gather ge gt integer_pow iota is_finite jit le log log1p logistic lt max min mul ne neg nextafter not "
    "optimization_barrier or pad pjit pow reduce_and reduce_max reduce_min reduce_or reduce_prod reduce_sum rem "
    "reshape rev round rsqrt scan select_n sign sin sinh slice sqrt square squeeze stack stop_gradient sub tan tanh "
    "transpose while xor"
)


def in_one_kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function to compile, marked where all it does on the processor is plain and small; otherwise itself."""
    import jax
    from jax.extend.core import jaxpr_as_fun

    def call(*args: Any) -> Any:
        program, shapes = jax.make_jaxpr(function, return_shape=True)(*args)
        flat = jaxpr_as_fun(program)
        if jax.default_backend() == "cpu" and is_plain(program.jaxpr):
            flat = _marked(flat)
        return jax.tree.unflatten(jax.tree.structure(shapes), flat(*jax.tree.leaves(args)))

    return call


def _marked(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as a call that bears the marks."""
    import jax
    from jax.experimental.xla_metadata import set_xla_metadata

    def call(*args: Any) -> Any:
        return set_xla_metadata(jax.jit(function)(*args), **MARKS)

    return call


def is_plain(program: Any) -> bool:
    """Whether a program of JAX is made of plain operations on small arrays, and its products are with vectors."""
    plain = frozenset(PLAIN.split())
    for equation in _equations(program):
        if equation.primitive.name not in plain:
            return False
        shapes = [value.aval.shape for value in (*equation.invars, *equation.outvars)]
        if max(map(math.prod, shapes)) > LARGEST:
            return False
        if equation.primitive.name == "dot_general" and 1 not in map(len, shapes[:2]):
            return False
    return True


def _equations(program: Any) -> Iterator[Any]:
    """Those of a program and of all programs in it."""
    for equation in program.eqns:
        yield equation
        for value in equation.params.values():
            for part in value if isinstance(value, (tuple, list)) else (value,):
                inner = getattr(part, "jaxpr", part)
                if hasattr(inner, "eqns"):
                    yield from _equations(inner)
