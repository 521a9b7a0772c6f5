"""A sheet that is held in a room before a camera."""

import cv2
import numpy as np

from digitlib.training.pages import grounds
from digitlib.training.pages.page import SIDE


def hold(
    view: np.ndarray, boxes: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hold a page in a room.

    Parameters
    ----------
    view : numpy.ndarray of float32, (SIDE, SIDE)
        The page, gray values.
    boxes : numpy.ndarray of float, (n, 4)
        Left, top, right and bottom of its digits.
    rng : numpy.random.Generator
        The source of chance.

    Returns
    -------
    view : numpy.ndarray of float32, (SIDE, SIDE)
        The room with the sheet.
    boxes : numpy.ndarray of float, (n, 4)
        Where the digits are there.
    hidden : numpy.ndarray of int, (n,)
        2 for a digit that nobody sees any more, behind a finger or cut off; 1 for one that is
        seen in part; 0 for the others.
    """
    behind = grounds.room(SIDE, rng)
    wide = rng.uniform(0.45, 1.5) * SIDE
    # The sheet may be cut off the page's upper or lower part, as a note is.
    top, bottom = (0.0, SIDE) if rng.random() < 0.5 else np.sort(rng.uniform(0, SIDE, 2))
    if bottom - top < 0.3 * SIDE:
        top, bottom = 0.0, float(SIDE)
    high = wide * (bottom - top) / SIDE * rng.uniform(0.85, 1.15)
    spare = np.array([SIDE - wide, SIDE - high])
    corner = np.where(spare > 0, rng.uniform(-0.1, 1.1, 2), rng.uniform(-0.15, 1.15, 2)) * spare
    corners = grounds.corners_of(corner[0], corner[1], corner[0] + wide, corner[1] + high)
    corners += rng.normal(0, 0.03, (4, 2)) * wide
    turn = rng.normal(0, 0.07)
    middle = corners.mean(0)
    corners = (corners - middle) @ np.array(
        [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
    ) + middle
    flat = grounds.corners_of(0, top, SIDE, bottom)
    matrix = cv2.getPerspectiveTransform(flat.astype(np.float32), corners.astype(np.float32))
    shrink = SIDE / wide
    if shrink > 1.1:
        view = cv2.GaussianBlur(view, (0, 0), 0.35 * shrink)
    sheet = cv2.warpPerspective(view, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
    cover = np.zeros((SIDE, SIDE), np.float32)
    cv2.fillConvexPoly(cover, np.rint(corners * 8).astype(np.int32), 1.0, cv2.LINE_AA, 3)
    cover = cv2.GaussianBlur(cover, (0, 0), 0.6)
    if rng.random() < 0.3:
        # The sheet's own shadow on what is behind it.
        shade = cv2.GaussianBlur(
            np.roll(cover, rng.integers(-8, 9, 2), (0, 1)), (0, 0), rng.uniform(2, 8)
        )
        behind = behind * (1 - rng.uniform(0.2, 0.6) * shade)
    out = behind * (1 - cover) + sheet * cover
    fingers = np.zeros((SIDE, SIDE), np.uint8)
    if rng.random() < 0.5:
        _fingers(out, fingers, corners, rng)
    placed, hidden = [], []
    for left, up, right, down in boxes:
        around = grounds.corners_of(left, up, right, down).astype(np.float32)
        seen = cv2.perspectiveTransform(around[np.newaxis], matrix)[0]
        placed.append([*seen.min(0), *seen.max(0)])
        x0, y0, x1, y1 = np.clip(placed[-1], 0, SIDE).astype(int)
        covered = fingers[y0:y1, x0:x1].mean() if x1 > x0 and y1 > y0 else 0
        lost = max(top - up, down - bottom) / (down - up)
        hidden.append(2 if lost > 0.9 or covered > 0.9 else int(lost > 0.1 or covered > 0.12))
    return out, np.array(placed).reshape(-1, 4), np.array(hidden, int)


def _fingers(
    out: np.ndarray, fingers: np.ndarray, corners: np.ndarray, rng: np.random.Generator
) -> None:
    edge = int(rng.integers(4))
    start, end = corners[edge], corners[(edge + 1) % 4]
    inward = corners.mean(0) - (start + end) / 2
    inward /= np.hypot(*inward)
    along = (end - start) / max(1, np.hypot(*(end - start)))
    size = rng.uniform(0.03, 0.07) * SIDE
    place = start + rng.uniform(0.1, 0.9) * (end - start)
    skin = rng.uniform(50, 220)
    for number in range(int(rng.integers(1, 5))):
        tip = place + along * number * 1.7 * size + inward * rng.uniform(0.5, 3) * size
        root = tip - inward * rng.uniform(3, 9) * size
        finger = np.zeros_like(fingers)
        ends = grounds.pixel_of(root), grounds.pixel_of(tip)
        cv2.line(finger, *ends, 1, max(2, int(1.5 * size)))
        out[finger > 0] = skin * rng.uniform(0.85, 1.1)
        fingers |= finger
