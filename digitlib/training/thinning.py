"""The middle lines of shapes, from which strokes of another width are drawn."""

import numpy as np

# The eight neighbors, clockwise from above.
_RING = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))


def thinned(shapes: np.ndarray) -> np.ndarray:
    """Thin shapes to lines one pixel wide.

    Pixels are taken from the rim, from the lower right and the upper left in turn, while that
    neither cuts a shape nor shortens the end of a line.

    Parameters
    ----------
    shapes : numpy.ndarray of bool, (n, height, width)
        True inside a shape.

    Returns
    -------
    numpy.ndarray of bool, (n, height, width)
        True on the lines.

    Notes
    -----
    Zhang and Suen 1984, "A fast parallel algorithm for thinning digital patterns",
    Communications of the ACM 27(3), p. 236-239.
    """
    lines = np.pad(shapes, ((0, 0), (1, 1), (1, 1)))
    changed = True
    while changed:
        changed = False
        for lower_right in (True, False):
            around = np.stack([np.roll(lines, (-row, -col), (1, 2)) for row, col in _RING])
            north, east, south, west = around[::2]
            neighbors = around.sum(axis=0)
            rises = (~around & np.roll(around, -1, axis=0)).sum(axis=0)
            if lower_right:
                free = ~(north & east & south) & ~(east & south & west)
            else:
                free = ~(north & east & west) & ~(north & south & west)
            gone = lines & (neighbors >= 2) & (neighbors <= 6) & (rises == 1) & free
            changed |= bool(gone.any())
            lines &= ~gone
    return lines[:, 1:-1, 1:-1]
