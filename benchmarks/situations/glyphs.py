"""Outlines and center lines of MNIST's digits."""

from itertools import pairwise

import contourpy
import numpy as np
from scipy import ndimage
from scipy.spatial import Voronoi, cKDTree

from benchmarks.situations.shapes import Shape, evenly, extent, smoothed

HEIGHT = 20.0  # pixels of MNIST that a digit fills
FINE = 3  # how many times an image is enlarged before its outline is taken
SPACING = 0.4  # between points of an outline, pixels of MNIST


def smooth_field(image: np.ndarray) -> np.ndarray:
    """Return an image of uint8 (28, 28), FINE times as large, smooth, with an empty rim added."""
    padded = np.pad(image.astype(np.float32), 2)
    fine = ndimage.zoom(padded, FINE, order=3, mode="nearest", grid_mode=True)
    return ndimage.gaussian_filter(fine, 1.2)


def outlines_of(field: np.ndarray, level: float) -> list[np.ndarray]:
    """Return where the ink begins, in pixels of MNIST; specks and pinholes are left out.

    Parameters
    ----------
    field : numpy.ndarray of float32
        What :func:`smooth_field` made of an image.
    level : float
        Gray value of the edge, 60 (bold) to 180 (thin).

    Returns
    -------
    list of numpy.ndarray of float, (n, 2)
        Closed lines, the last point being the first; holes run the other way round.
    """
    lines = contourpy.contour_generator(z=field).lines(level)
    closed = [line / FINE for line in lines if len(line) > 8]
    areas = [abs(_area(line)) for line in closed]
    return [
        smoothed(evenly(line, SPACING), 1.3)
        for line, area in zip(closed, areas, strict=True)
        if area > max(0.8, 0.02 * max(areas))
    ]


def _area(line: np.ndarray) -> float:
    x, y = line.T
    return float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2


def parts_and_loops(outlines: list[np.ndarray]) -> tuple[int, int]:
    """Return of how many pieces a shape is, and how many holes they have."""
    areas = np.array([_area(line) for line in outlines])
    rim = np.sign(areas[np.argmax(np.abs(areas))])
    pieces = int((np.sign(areas) == rim).sum())
    return pieces, len(areas) - pieces


def standing(shape: Shape) -> Shape:
    """Return the shape in heights of a digit, its middle at x = 0 and its foot at y = 0."""
    left, _, right, bottom = extent([shape])
    return shape.moved(np.array([[1, 0, -(left + right) / 2], [0, 1, -bottom]]) / HEIGHT)


def center_lines(field: np.ndarray, outlines: list[np.ndarray], level: float) -> list[np.ndarray]:
    """Return the middle lines of a shape, joined to strokes as straight on as they run.

    The points that are as far from two places of the outline lie on edges of the Voronoi
    diagram of the outline's points. Edges that come from neighboring points of the outline are
    left out: they lead into each bump of it.

    Parameters
    ----------
    field : numpy.ndarray of float32
        Gray values, FINE times as large as MNIST's.
    outlines : list of numpy.ndarray of float, (n, 2)
        Where the field has the level, in pixels of MNIST.
    level : float
        The gray value at which ink begins.

    Returns
    -------
    list of numpy.ndarray of float, (n, 2)
        In pixels of MNIST; empty where a part of the shape is too stout to have a middle.
    """
    graph, places, radius = _middle(field, outlines, level)
    chains = _chains(graph)
    for _ in range(2):
        chains = _without_spurs(chains, graph, places, radius)
    nodes, chains = _merged(chains, graph, places, radius)
    strokes = _joined(chains, nodes, radius)
    lines = [smoothed(evenly(stroke, SPACING), 2.2) for stroke in strokes]
    return lines if lines and _covers(lines, field, level, radius) else []


def _covers(lines: list[np.ndarray], field: np.ndarray, level: float, radius: float) -> bool:
    """Tell whether no part of the ink is far from all lines, as the short arm of a stout 3 is."""
    ink = np.argwhere(field[::2, ::2] > level)[:, ::-1] * (2 / FINE)
    away, _ = cKDTree(np.concatenate(lines)).query(ink)
    return float((away > 1.7 * radius).mean()) < 0.025


Graph = dict[int, set[int]]
# Where a chain begins and ends, and its points.
Chain = tuple[int, int, np.ndarray]


def _middle(
    field: np.ndarray, outlines: list[np.ndarray], level: float
) -> tuple[Graph, np.ndarray, float]:
    """Return neighbors and places of the middle's points, and half the stroke's usual width."""
    points = np.concatenate([line[:-1] for line in outlines])
    which = np.repeat(np.arange(len(outlines)), [len(line) - 1 for line in outlines])
    order = np.concatenate([np.arange(len(line) - 1) for line in outlines])
    length = np.array([len(line) - 1 for line in outlines])[which]
    # A grid has points on one circle; a little disorder parts them.
    points = points + 1e-4 * np.sin(np.arange(points.size)).reshape(points.shape)
    diagram = Voronoi(points)
    one, other = diagram.ridge_points.T
    ends = np.array(diagram.ridge_vertices)
    apart = np.hypot(*(points[one] - points[other]).T)
    along = np.abs(order[one] - order[other])
    along = SPACING * np.minimum(along, length[one] - along)
    inside = ndimage.map_coordinates(field, FINE * diagram.vertices.T[::-1], order=1) > level
    kept = (which[one] != which[other]) | (along > 2 * apart)
    kept &= (ends >= 0).all(axis=1) & inside[ends].all(axis=1)
    graph: Graph = {}
    for a, b in ends[kept]:
        graph.setdefault(int(a), set()).add(int(b))
        graph.setdefault(int(b), set()).add(int(a))
    radius = float(np.median(apart[kept]) / 2) if kept.any() else 1.0
    return graph, diagram.vertices, radius


def _chains(graph: Graph) -> list[list[int]]:
    """Return the graph's lines from one end or fork to the next, then its rings."""
    chains, seen = [], set()
    starts = [node for node, near in graph.items() if len(near) != 2]
    for start in [*starts, *graph]:
        if start in seen and len(graph[start]) == 2:
            continue
        for step in graph[start]:
            if (start, step) in seen:
                continue
            chain = [start, step]
            while len(graph[chain[-1]]) == 2 and chain[-1] != start:
                (onward,) = graph[chain[-1]] - {chain[-2]}
                chain.append(onward)
            seen.update(pairwise(chain))
            seen.update(zip(chain[1:], chain, strict=False))
            seen.update(node for node in chain if len(graph[node]) == 2)
            chains.append(chain)
    return chains


def _length(chain: list[int], places: np.ndarray) -> float:
    return float(np.hypot(*np.diff(places[chain], axis=0).T).sum())


def _without_spurs(
    chains: list[list[int]], graph: Graph, places: np.ndarray, radius: float
) -> list[list[int]]:
    """Return the lines again after short ones that lead from a fork to nowhere are cut off."""
    for chain in chains:
        degrees = sorted((len(graph[chain[0]]), len(graph[chain[-1]])))
        if degrees[0] == 1 and degrees[1] > 2 and _length(chain, places) < 1.2 * radius:
            for a, b in pairwise(chain):
                graph[a].discard(b)
                graph[b].discard(a)
    for node in [node for node, near in graph.items() if not near]:
        del graph[node]
    return _chains(graph)


def _merged(
    chains: list[list[int]], graph: Graph, places: np.ndarray, radius: float
) -> tuple[dict[int, np.ndarray], list[Chain]]:
    """Make one fork of forks that are close: two strokes that cross have two forks.

    Returns
    -------
    nodes : dict
        Where each fork is.
    chains : list of Chain
        The lines between forks and ends.
    """
    home = {node: node for chain in chains for node in (chain[0], chain[-1])}

    def find(node: int) -> int:
        while home[node] != node:
            node = home[node]
        return node

    kept = []
    for chain in chains:
        forks = len(graph[chain[0]]) > 2 and len(graph[chain[-1]]) > 2
        if forks and chain[0] != chain[-1] and _length(chain, places) < 1.6 * radius:
            home[find(chain[0])] = find(chain[-1])
        else:
            kept.append(chain)
    members: dict[int, list[int]] = {}
    for node in home:
        members.setdefault(find(node), []).append(node)
    nodes = {node: places[of_node].mean(axis=0) for node, of_node in members.items()}
    return nodes, [(find(chain[0]), find(chain[-1]), places[chain]) for chain in kept]


def _joined(chains: list[Chain], nodes: dict[int, np.ndarray], radius: float) -> list[np.ndarray]:
    """Join lines that run on straight across a fork, and let loose ends reach the ink's rim."""
    ends: dict[int, list[tuple[int, int]]] = {}
    for number, chain in enumerate(chains):
        for side in (0, 1):
            ends.setdefault(chain[side], []).append((number, side))
    partner = {}
    for node, meeting in ends.items():
        if len(meeting) > 1:
            partner |= _partners(node, meeting, chains, nodes, radius)
    strokes, used = [], set()
    loose = [end for meeting in ends.values() for end in meeting if end not in partner]
    for number, side in [*loose, *((number, 0) for number in range(len(chains)))]:
        if number in used:
            continue
        parts = []
        while number not in used:
            used.add(number)
            points = _trimmed(chains[number], ends, nodes, radius)
            points = points if side == 0 else points[::-1]
            parts.append(points)
            number, side = partner.get((number, 1 - side), (number, side))
        strokes.append(np.concatenate(parts))
    return [stroke for stroke in strokes if np.ptp(stroke, axis=0).max() > 0.5 * radius]


def _partners(
    node: int,
    meeting: list[tuple[int, int]],
    chains: list[Chain],
    nodes: dict[int, np.ndarray],
    radius: float,
) -> dict[tuple[int, int], tuple[int, int]]:
    """Return which lines' ends run on into which at a fork, the straightest first."""

    def direction(end: tuple[int, int]) -> np.ndarray:
        points = chains[end[0]][2][:: 1 if end[1] == 0 else -1]
        away = np.hypot(*(points - nodes[node]).T)
        far = points[int(np.argmax(away > 2.5 * radius)) if (away > 2.5 * radius).any() else -1]
        return (far - nodes[node]) / max(1e-6, np.hypot(*(far - nodes[node])))

    ways = {end: direction(end) for end in meeting}
    pairs = sorted(
        (float(ways[one] @ ways[other]), one, other)
        for place, one in enumerate(meeting)
        for other in meeting[place + 1 :]
    )
    partner: dict[tuple[int, int], tuple[int, int]] = {}
    for cosine, one, other in pairs:
        if cosine < -0.3 and one not in partner and other not in partner:
            partner |= {one: other, other: one}
    return partner


def _trimmed(
    chain: Chain,
    ends: dict[int, list[tuple[int, int]]],
    nodes: dict[int, np.ndarray],
    radius: float,
) -> np.ndarray:
    """Lead a line straight into its forks, where the middle swerves, and to the rim at ends."""
    first, last, points = chain
    for _ in range(2):
        here = nodes[first]
        if len(ends[first]) > 1:
            away = np.hypot(*(points - here).T)
            clear = np.flatnonzero(away > 0.9 * radius)
            points = points[clear[0] :] if len(clear) else points[-1:]
            points = np.concatenate([here[np.newaxis], points])
        else:
            back = points[0] - points[min(len(points) - 1, 6)]
            step = 0.7 * radius * back / max(1e-6, np.hypot(*back))
            points = np.concatenate([[points[0] + step], points])
        first, last, points = last, first, points[::-1]
    return points
