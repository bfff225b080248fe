"""The gradient of a table whose rows are read by integer ids (chapters 3 and 5)."""

from __future__ import annotations

import numpy as np

Array = np.ndarray

FEW = 256  # so many rows or fewer: one product of matrices beats adding row by row


def table_gradient(ids: Array, errors: Array, rows: int) -> Array:
    """Add up the errors of every reading of each row (eq-embed).

    ids     (N,) integers in 0..rows-1;  errors (N, H), one a reading
    return  (rows, H); rows that were never read have zeros
    """
    if rows <= FEW:
        one_hot = np.zeros((len(ids), rows), errors.dtype)
        one_hot[np.arange(len(ids)), ids] = 1
        return one_hot.T @ errors
    total = np.zeros((rows, errors.shape[1]), errors.dtype)
    np.add.at(total, ids, errors)
    return total
