"""How weights act: from presynaptic signals to what arrives at synapses and at postsynaptic cells.

``layout`` says where synapses are; ``structure`` what weights are that know more of themselves than their entries, and
what a structure of your own needs; ``entries``, ``sums``, ``block`` and ``operator`` hold those there are; ``given``
turns what a projection is given into the synapses it works with.
"""

from netframe.connectivity.block import Block
from netframe.connectivity.entries import Diagonal, Float32, Masked, Matrix
from netframe.connectivity.given import accepted, as_structure, connectivity, stored_synapses
from netframe.connectivity.layout import Connectivity, Dense, Sparse
from netframe.connectivity.operator import Operator
from netframe.connectivity.structure import Structure
from netframe.connectivity.sums import Circulant, Constant, LowRank, Toeplitz

__all__ = [
    "Block",
    "Circulant",
    "Connectivity",
    "Constant",
    "Dense",
    "Diagonal",
    "Float32",
    "LowRank",
    "Masked",
    "Matrix",
    "Operator",
    "Sparse",
    "Structure",
    "Toeplitz",
    "accepted",
    "as_structure",
    "connectivity",
    "stored_synapses",
]
