"""Values and frames between the grader and its worker.

Used by both ends, so it imports NumPy and the standard library alone. A frame is a
4-byte big-endian length and that many bytes of JSON. Arrays travel as .npy bytes and
are never unpickled.
"""

from __future__ import annotations

import base64
import io
import json
import math
import struct
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

KINDS = "biufcU"  # array kinds that may travel: no objects, records or dates
BITS = 10_000  # of the longest whole number
DEPTH = 40  # deepest nesting of lists and dicts

Encoder = Callable[[Any], dict[str, Any] | None]
Decoder = Callable[[str, Any], Any]


class Unsupported(Exception):
    """A value that does not travel; the text names its type."""


class Broken(Exception):
    """The other end ended or sent something that is not a frame."""


class TooLarge(Broken):
    """A frame longer than the limit."""


def _npy(array: np.ndarray) -> str:
    if array.dtype.kind not in KINDS:
        raise Unsupported(f"an array of dtype {array.dtype}")
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), allow_pickle=False)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _array(text: Any) -> np.ndarray:
    """The array of .npy bytes; its size is compared with its header before use."""
    if not isinstance(text, str):
        raise Broken("an array is not text")
    raw = base64.b64decode(text, validate=True)
    buffer = io.BytesIO(raw)
    if np.lib.format.read_magic(buffer) != (1, 0):
        raise Broken("unknown .npy version")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(buffer)
    if dtype.kind not in KINDS or dtype.hasobject or dtype.itemsize == 0:
        raise Broken("dtype not allowed")
    data = raw[buffer.tell() :]
    if any(n < 0 for n in shape) or math.prod(shape) * dtype.itemsize != len(data):
        raise Broken("array header and data differ")
    flat = np.frombuffer(data, dtype=dtype)
    array = flat.reshape(shape, order="F" if fortran else "C")
    return array.astype(dtype.newbyteorder("="))  # a writable copy, native byte order


def encode(value: Any, special: Encoder | None = None, depth: int = 0) -> Any:
    """JSON-able form of a value. Raises Unsupported for anything that may not travel.

    special: asked first; returns a dict for values it knows, else None.
    """
    if depth > DEPTH:
        raise Unsupported("something nested more than 40 levels deep")
    if special is not None and (known := special(value)) is not None:
        return known
    if value is None or value is True or value is False:
        return value
    if isinstance(value, np.generic):
        if value.dtype.kind == "U":
            return str.__str__(value)
        return {"scalar": _npy(np.asarray(value))}
    if isinstance(value, np.ndarray):
        return {"array": _npy(value)}
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        value = int(value)
        if value.bit_length() > BITS:
            raise Unsupported(f"a whole number of {value.bit_length()} bits")
        return value if abs(value) < 2**53 else {"int": hex(value)}
    if isinstance(value, float):
        value = float(value)
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, complex):
        return {"complex": [encode(value.real), encode(value.imag)]}
    if isinstance(value, (list, tuple)):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [encode(v, special, depth + 1) for v in value]}
    if isinstance(value, (set, frozenset)):
        kind = "set" if isinstance(value, set) else "frozenset"
        return {kind: [encode(v, None, depth + 1) for v in value]}
    if isinstance(value, dict):
        pairs = [
            [encode(k, None, depth + 1), encode(v, special, depth + 1)]
            for k, v in value.items()
        ]
        return {"dict": pairs}
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        plain = value.detach().cpu()
        if plain.dtype is torch.bfloat16:
            plain = plain.float()
        return {"array": _npy(plain.resolve_conj().resolve_neg().numpy())}
    raise Unsupported(describe(value))


def describe(value: Any) -> str:
    """A value's type with an article: "a generator", "an ndarray"."""
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def decode(wire: Any, special: Decoder | None = None) -> Any:
    """The value of `encode`'s result. Raises Broken when it is not one.

    special: special(key, content) for keys that are not plain values.
    """
    try:
        return _decode(wire, special)
    except Broken:
        raise
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise Broken(f"not a value: {type(error).__name__}") from None


def _decode(wire: Any, special: Decoder | None) -> Any:
    if wire is None or isinstance(wire, (bool, int, float, str)):
        return wire
    if not isinstance(wire, dict) or len(wire) != 1:
        raise Broken("not a value")
    ((key, content),) = wire.items()
    match key:
        case "array":
            return _array(content)
        case "scalar":
            array = _array(content)
            if array.shape != ():
                raise Broken("not a scalar")
            return array[()]
        case "int":
            if len(content) > BITS:
                raise Broken("a number too long")
            return int(content, 16)
        case "float":
            return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[content]
        case "complex":
            real, imag = content
            return complex(_decode(real, None), _decode(imag, None))
        case "list" | "tuple":
            if not isinstance(content, list):
                raise Broken("not a list")
            items = [_decode(v, special) for v in content]
            return items if key == "list" else tuple(items)
        case "set" | "frozenset":
            if not isinstance(content, list):
                raise Broken("not a set")
            members = [_decode(v, None) for v in content]
            return set(members) if key == "set" else frozenset(members)
        case "dict":
            return {_decode(k, None): _decode(v, special) for k, v in content}
    if special is None:
        raise Broken(f"unknown kind of value {key!r}")
    return special(key, content)


def dump(message: dict[str, Any]) -> bytes:
    """A message as a frame."""
    body = json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode()
    return struct.pack(">I", len(body)) + body


def load(read: Callable[[int], bytes], limit: int) -> dict[str, Any]:
    """Read one frame. read(n) returns exactly n bytes, or fewer at the end.

    Raises Broken at the end or when it is no frame, TooLarge beyond `limit` bytes.
    """
    head = read(4)
    if len(head) != 4:
        raise Broken("ended")
    (length,) = struct.unpack(">I", head)
    if length > limit:
        raise TooLarge(f"a frame of {length} bytes")
    body = read(length)
    if len(body) != length:
        raise Broken("ended")
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise Broken("not JSON") from None
    if not isinstance(message, dict):
        raise Broken("not a message")
    return message
