"""Unrolled: the package behind the course on recurrent neural networks."""

__version__ = "0.1.0"
