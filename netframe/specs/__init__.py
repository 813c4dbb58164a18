"""Model specs: networks as plain data, and back, equal in every bit.

``encode`` and ``decode`` are the core, which result files use as well: a tree that JSON can hold, and arrays by name.
"""

from netframe.specs.decoding import decode
from netframe.specs.encoding import encode
from netframe.specs.layout import VERSION

__all__ = ["VERSION", "decode", "encode"]
