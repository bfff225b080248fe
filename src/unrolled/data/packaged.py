"""Files inside installed packages, read by path and held to a known content."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path


class DataError(RuntimeError):
    """A data file is missing or is not the one the course was written with."""


def package_file(package: str, name: str, sha256: str) -> Path:
    """Path of file `name` of an installed package; the package is not imported.

    errors DataError when the package or file is missing, or when its content differs
           from the one the course was written with
    """
    path = _installed(package, name)
    _compare(path, path.read_bytes(), sha256)
    return path


def package_text(package: str, name: str, sha256: str) -> str:
    """Content of the UTF-8 file `name` of an installed package, lines ending in \\n.

    For packages whose wheels for Windows end lines with \\r\\n: `sha256` is that of the
    text with \\n.

    errors as `package_file`
    """
    path = _installed(package, name)
    content = path.read_bytes().replace(b"\r\n", b"\n")
    _compare(path, content, sha256)
    return content.decode("utf-8")


def _installed(package: str, name: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise DataError(
            f"the package {package!r} is not installed: run `make`, or "
            "`pip install --no-deps -r requirements-data.txt`"
        )
    path = Path(spec.submodule_search_locations[0]) / name
    if not path.exists():
        raise DataError(f"{path} is missing from the package {package!r}")
    return path


def _compare(path: Path, content: bytes, sha256: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise DataError(
            f"{path} has SHA-256 {found[:12]}..., expected {sha256[:12]}...: install "
            "the version of the package that requirements-data.txt names"
        )
