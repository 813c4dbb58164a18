"""Networks in files: TOML for people, JSON for machines, arrays beside them."""

from __future__ import annotations

import contextlib
import json
import os
import re
from pathlib import Path
from typing import Any

from netframe.calls import explained, reading
from netframe.errors import FileError, NetframeError, SpecError, brief, suggestion
from netframe.files.atomic import file_path, replacing
from netframe.network import Network
from netframe.specs import toml
from netframe.specs.beside import arrays_path, load_arrays, load_text, save_arrays
from netframe.specs.damage import damage
from netframe.specs.decoding import decode
from netframe.specs.encoding import encode

#: Arrays of up to so many entries are written into a TOML file, larger ones beside it.
SHORT = 64
_FORMATS = (".toml", ".json")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


@explained
def save_network(network: Network, path: str | os.PathLike[str]) -> None:
    """Write a network to a file that ``load_network`` restores equal in every bit.

    The end of ``path`` says how: ``.toml`` is for people, with arrays of up to 64 entries in the text; ``.json`` is for
    machines. Larger arrays stand beside the file in one called like ``net-3f2a91c07b5d.npz``, after what is in it, so
    that the two cannot be mixed up: keep them together. Saving again replaces both; killed at any moment, the old
    network or the new one is there, whole.

    Components are saved by the names of their classes and the values of their fields. Errors: ``SpecError`` for what
    is no data, such as the function of a ``FunctionInput``, ``FileError`` where the file cannot be written.

    Example:
        >>> import tempfile, netframe as nf
        >>> net = nf.Network("n", [nf.LeakyRate("E", size=2, tau=[0.02, 0.05])])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     nf.save_network(net, f"{folder}/net.toml")
        ...     nf.load_network(f"{folder}/net.toml")["E"].tau
        array([0.02, 0.05])
    """
    place = _checked(path)
    if not isinstance(network, Network):
        text = f"it is {brief(network)}; save_network takes a Network"
        raise SpecError(text, path=str(place), remedy="Put components into a network first")
    readable = place.suffix == ".toml"
    tree, arrays = encode(network, inline=SHORT if readable else 0)
    before = _arrays_of(place)
    if arrays:
        tree["netframe"]["arrays"] = save_arrays(place, arrays)
    text = f"{_HEADING}{toml.written(tree)}\n" if readable else json.dumps(tree, allow_nan=False, indent=1) + "\n"
    try:
        content = text.encode()
    except UnicodeEncodeError:
        raise SpecError("a text in the network is no valid Unicode", path=str(place)) from None
    with replacing(place) as file:
        file.write(content)
    if before and before != tree["netframe"].get("arrays"):
        with contextlib.suppress(OSError):
            arrays_path(place, before).unlink(missing_ok=True)


@explained
def load_network(path: str | os.PathLike[str]) -> Network:
    """The network that ``save_network`` wrote, or somebody wrote by hand, to a ``.toml`` or ``.json`` file.

    Nothing in the file is executed or imported: types are those netframe ships and classes of yours that are defined
    when it is loaded. Fields left out have their defaults. Older formats are migrated. Errors: ``UnknownNameError`` for
    an unknown type or a misspelt field, with the closest match; ``SpecError`` for what makes no network; ``FileError``
    for files that are damaged.
    """
    place = _checked(path)
    try:
        tree = _parsed(place)
        digest = _digest(tree)
        with reading(str(place)):
            network = decode(tree, load_arrays(place, digest) if digest else {})
        if not isinstance(network, Network):
            raise SpecError(f"it holds {brief(network)}, and no network", remedy="Use netframe.specs.decode")
    except NetframeError as error:
        if str(place) not in str(error):
            error.args = (f"{place}: {error}", *error.args[1:])
        raise
    return network


_HEADING = "# A network of netframe: netframe.load_network reads it. Fields left out have their defaults.\n"


def _checked(path: str | os.PathLike[str]) -> Path:
    place = file_path(path)
    if place.suffix not in _FORMATS:
        remedy = f"{suggestion(place.suffix, _FORMATS)}: TOML for people, JSON for machines"
        remedy = f"Results are read by nf.load. {remedy}" if place.suffix == ".npz" else remedy
        raise FileError("the end of the path says no format of a network", path=str(place), remedy=remedy)
    return place


def _parsed(place: Path) -> Any:
    """The tree in a file, with what JSON and TOML leave open refused: NaN, keys given twice, deep nesting."""
    text = load_text(place)
    try:
        if place.suffix == ".toml":
            import tomllib

            return tomllib.loads(text)
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
    except RecursionError:
        raise FileError("it is nested too deeply to be a spec", path=str(place)) from None
    except ValueError as error:
        told, remedy = damage(text, error, place.suffix[1:].upper())
        raise FileError(told, path=str(place), remedy=remedy) from None


def _digest(tree: Any) -> str:
    """The SHA-256 of the arrays of a tree, or nothing when it has none."""
    head = tree.get("netframe") if isinstance(tree, dict) else None
    digest = head.get("arrays", "") if isinstance(head, dict) else ""
    if digest and not (isinstance(digest, str) and _DIGEST.match(digest)):
        raise SpecError(f"netframe.arrays is {brief(digest)}; it must be the SHA-256 of the arrays")
    return digest


def _arrays_of(place: Path) -> str:
    """The SHA-256 of the arrays of the file that is about to be replaced."""
    try:
        return _digest(_parsed(place)) if place.exists() else ""
    except (NetframeError, OSError):
        return ""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = dict(pairs)
    if len(tree) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"'{next(n for n in names if names.count(n) > 1)}' is given twice")
    return tree


def _no_number(text: str) -> float:
    raise ValueError(f'{text} is no number in JSON; write {{"number": "inf"}}')
