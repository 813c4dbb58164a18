"""Model specs: networks as plain data, and back, equal in every bit.

``encode`` and ``decode`` are the core, which result files use as well: a tree that JSON can hold, and arrays by name.
``save_network`` and ``load_network`` put both into files, ``diff`` tells what differs between two networks.

In a tree an object is ``{"type": "LeakyRate", "name": "E", ...}`` with its fields, a component that stands elsewhere
``{"ref": "CA1.E"}``, an array ``{"array": name}``, and at the root ``netframe`` holds the version of the format.
"""

from netframe.specs.decoding import decode
from netframe.specs.differences import Difference, Differences, diff
from netframe.specs.encoding import encode
from netframe.specs.layout import VERSION
from netframe.specs.saving import load_network, save_network

__all__ = ["VERSION", "Difference", "Differences", "decode", "diff", "encode", "load_network", "save_network"]
