"""What HDF5 files must be before anything in them is read: plain arrays, in their place, and nothing that leads away.

HDF5 lets a file read other files (external storage, external links, virtual datasets), run in circles (links), claim
sizes it does not have, and hold objects of any kind. Here every object is looked at first.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from netframe.files.header import DTYPES, MAX_AXES, MAX_HEADER, MAX_MEMBERS, Refused, empty, n_bytes, proved

#: The attributes of the root that hold the header, and its SHA-256.
HEADER, HASH = "netframe_header", "netframe_sha256"
#: Groups within groups, at most.
MAX_DEPTH = 64
#: What stands for a dimension without labels.
_NO_LABELS = ">f4"
_CHECKSUM = 4


def checked_datasets(whole: Any, size: int) -> dict[str, Any]:
    """Every dataset of a file of ``size`` bytes by place, or :class:`Refused`; no data are read."""
    from h5py import h5g, h5o

    found: dict[str, Any] = {}
    groups, seen, room = [("", whole.id, 0)], {h5o.get_info(whole.id).addr}, size
    while groups:
        within, group, depth = groups.pop()
        for name in _names(group, MAX_MEMBERS - len(seen)):
            place = f"{within}/{name}" if within else name
            _require_hard_link(group, name, place)
            thing = h5o.open(group, name.encode("utf-8"))
            address = h5o.get_info(thing).addr
            if address in seen:
                raise Refused(f"has {place[:80]!r} linked twice")
            if len(seen) >= MAX_MEMBERS or depth >= MAX_DEPTH:
                raise Refused(f"has more than {MAX_MEMBERS} objects, or groups nested more than {MAX_DEPTH} deep")
            seen.add(address)
            if isinstance(thing, h5g.GroupID):
                groups.append((place, thing, depth + 1))
            else:
                room -= _require_plain(thing, place)
                if room < 0:
                    raise Refused("says to hold more than its bytes")
                found[place] = thing
    return found


def header_text(whole: Any, size: int) -> str:
    """The header, from the attributes of the root, if it is the one that was written."""
    text, digest = (_text_attribute(whole, name, size) for name in (HEADER, HASH))
    if hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() != digest:
        raise Refused("has a header that is not the one it was written with")
    return text


def _text_attribute(whole: Any, name: str, size: int) -> str:
    from h5py import h5a, h5s, h5t

    key = name.encode("ascii")
    if not h5a.exists(whole.id, key):
        raise Refused(f"has no {name}, so netframe did not write it")
    attribute = h5a.open(whole.id, key)
    kind = attribute.get_type()
    text = isinstance(kind, h5t.TypeStringID) and kind.is_variable_str()
    if not text or attribute.get_space().get_simple_extent_type() != h5s.SCALAR:
        raise Refused(f"has a {name} that is no text")
    found = whole.attrs[name]
    if not isinstance(found, str) or len(found) > min(MAX_HEADER, size):
        raise Refused(f"has a {name} of {len(found)} bytes; {min(MAX_HEADER, size)} are allowed")
    return found


def read_array(datasets: Mapping[str, Any], entry: Mapping[str, Any]) -> np.ndarray:
    """The array that an entry of the header tells of, if it is what was written."""
    from h5py import Dataset

    told = repr(entry["name"])
    if 0 in entry["shape"]:
        return proved(empty(entry), entry)  # there is nothing to keep
    if entry["name"] not in datasets:
        raise Refused(f"lacks {told}")
    kept = Dataset(datasets[entry["name"]])
    shape = tuple(entry["shape"][::-1] if entry["fortran_order"] else entry["shape"])
    dtype = "|i1" if entry["dtype"] == "|b1" else entry["dtype"]
    if kept.dtype.str != dtype or kept.shape != (shape or (1,)):
        raise Refused(f"says of {told} two different things")
    _require_chunks(kept, n_bytes(entry), told)
    array = empty(entry)
    kept.read_direct(array.reshape(kept.shape).view(dtype))
    return proved(array, entry)


def _names(group: Any, limit: int) -> list[str]:
    """The names in a group, in the order of the alphabet, up to one more than are allowed."""
    names: list[str] = []

    def take(name: bytes | str, *_: Any) -> bool | None:
        names.append(name if isinstance(name, str) else name.decode("utf-8"))
        return True if len(names) > limit else None

    group.links.iterate(take)
    return sorted(names)


def _require_hard_link(group: Any, name: str, place: str) -> None:
    from h5py import h5l

    if group.links.get_info(name.encode("utf-8")).type != h5l.TYPE_HARD:
        raise Refused(f"has {place[:80]!r} as a link to something else, which netframe does not write")


def _require_plain(thing: Any, place: str) -> int:
    """Refuse what is no array of numbers or text in this file: the bytes that an array takes."""
    from h5py import h5d, h5t, h5z

    told = repr(place[:80])
    if not isinstance(thing, h5d.DatasetID):
        raise Refused(f"has {told}, which is neither a group nor an array")
    plan, kind = thing.get_create_plist(), thing.get_type()
    if plan.get_external_count() or plan.get_layout() not in (h5d.CHUNKED, h5d.CONTIGUOUS):
        raise Refused(f"has {told} stored elsewhere or in a way netframe does not write")
    if any(plan.get_filter(k)[0] != h5z.FILTER_FLETCHER32 for k in range(plan.get_nfilters())):
        raise Refused(f"has {told} compressed or filtered; netframe writes it plainly")
    if isinstance(kind, (h5t.TypeIntegerID, h5t.TypeFloatID)):
        if kind.dtype.str not in (*DTYPES, _NO_LABELS):
            raise Refused(f"has {told} of dtype {kind.dtype.str!r}; known are {', '.join(DTYPES)}")
    elif not (isinstance(kind, h5t.TypeStringID) and kind.is_variable_str()):
        raise Refused(f"has {told} of a kind that is neither numbers nor text")
    if thing.rank > MAX_AXES:
        raise Refused(f"has {told} with {thing.rank} axes, which no array has")
    return int(thing.get_storage_size())


def _require_chunks(kept: Any, needed: int, told: str) -> None:
    """Refuse an array whose pieces are not all there, each as large as it says, with its checksum."""
    if kept.chunks is None or not kept.fletcher32:
        raise Refused(f"has {told} without its checksum")
    whole = math.prod(kept.chunks) * kept.dtype.itemsize + _CHECKSUM
    count = math.prod(-(-n // k) for n, k in zip(kept.shape, kept.chunks))
    if whole * count != kept.id.get_storage_size() or needed > whole * count:
        raise Refused(f"has {told} of another size than it says")
    right: list[bool] = []
    kept.id.chunk_iter(lambda chunk: right.append(chunk.size == whole and not chunk.filter_mask))
    if len(right) != count or not all(right):
        raise Refused(f"has {told} in pieces that are not what they should be")
