"""Answers to the exercises of chapter 12, right ones and wrong ones as students give them."""

import cv2
import numpy as np

from digitlib.data import load_mnist
from digitlib.reading import photo
from digitlib.recognizer import load_recognizer
from digitlib.training.paper import photograph


def swap(values, place, value):
    return [value if index == place else old for index, old in enumerate(values)]


TEST_IMAGES, TEST_LABELS = load_mnist()[1]
RECOGNIZER = load_recognizer()

# --- Your own sheet

WRITTEN = ["1987", "26112026"]
WHOLE = "1987\n26112026"
TEXTS = [WHOLE, WHOLE, "1987\n2611202", "197\n261", ""]
STRAIGHT = [WHOLE, WHOLE, WHOLE, WHOLE, "1987\n2611226"]
OWN = [WRITTEN, TEXTS, STRAIGHT, 2, 4]

# --- Mend one rule


def read(ink, mask, boxes=None):
    if boxes is None:
        boxes = [box for line in photo.reading_order(photo.find_boxes(mask)) for box in line]
    cut = [photo.fit_into_20(photo.cut_out(ink, mask, box)) for box in boxes]
    if not cut:
        return ""
    numbers = RECOGNIZER.predict(np.stack([photo.center_by_mass(digit) for digit in cut]))
    return "".join(str(one.argmax()) if one.max() >= 0.4 else "?" for one in numbers)


def ink_and_mask(picture):
    ink = photo.even_light(photo.to_gray(picture))
    return ink, photo.threshold(ink)


def steps(picture):
    return read(*ink_and_mask(picture))


def without_lines(picture, share=0.3):
    ink, mask = ink_and_mask(picture)
    wide = np.ones((1, int(share * mask.shape[1])), np.uint8)
    straight = cv2.dilate(cv2.morphologyEx(mask, cv2.MORPH_OPEN, wide), np.ones((3, 1), np.uint8))
    left = cv2.subtract(mask, straight)
    return read(ink, cv2.morphologyEx(left, cv2.MORPH_CLOSE, np.ones((7, 3), np.uint8)))


def with_shorter_lines(picture):
    return without_lines(picture, 0.12)


def gap_between(one, other):
    across = max(one.x, other.x) - min(one.x + one.width, other.x + other.width)
    down = max(one.y, other.y) - min(one.y + one.height, other.y + other.height)
    return max(across, down) / max(one.width, one.height, other.width, other.height)


def joined(picture):
    ink, mask = ink_and_mask(picture)
    boxes = [box for line in photo.reading_order(photo.find_boxes(mask)) for box in line]
    together = boxes[:1]
    for box in boxes[1:]:
        last = together[-1]
        if gap_between(last, box) > 0.09:
            together.append(box)
            continue
        left, top = min(last.x, box.x), min(last.y, box.y)
        right = max(last.x + last.width, box.x + box.width)
        bottom = max(last.y + last.height, box.y + box.height)
        together[-1] = photo.Box(left, top, right - left, bottom - top)
    return read(ink, mask, together)


def without_rings(picture):
    ink, mask = ink_and_mask(picture)
    count, pieces = cv2.connectedComponents(mask)
    kept = mask.copy()
    boxes = [cv2.boundingRect(np.uint8(pieces == piece)) for piece in range(1, count)]
    for piece, (x, y, width, height) in enumerate(boxes, 1):
        inside = [
            one
            for one in boxes
            if x < one[0] and one[0] + one[2] < x + width
            and y < one[1] and one[1] + one[3] < y + height and one[3] > height / 5
        ]  # fmt: skip
        if inside:
            kept[pieces == piece] = 0
    return read(ink, kept)


def by_the_recognizer(picture):
    return RECOGNIZER.read(picture).text().replace("\n", "")


# Of sixty numbers: read with the rule, without it, lost.
RULED = ["ruled paper", without_lines, 29, 29, 0]
SHORTER = ["ruled paper", with_shorter_lines, 29, 29, 0]
JOINED = ["bar apart", joined, 21, 29, 9]

# --- Straight by its lines


def pieces_of(picture):
    _, mask = ink_and_mask(picture)
    found = cv2.HoughLinesP(mask, 1, np.pi / 360, 60, minLineLength=120, maxLineGap=12)
    found = np.float64(found).reshape(-1, 2, 2)
    across, down = (found[:, 1] - found[:, 0]).T
    angles = np.degrees(np.arctan(down / np.maximum(across, 1e-9)))
    return found[np.abs(angles - np.median(angles)) < 4], np.median(angles)


def turned(picture):
    height, width = picture.shape[:2]
    pieces, angle = pieces_of(picture)
    return pieces, cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)


def level(picture):
    height, width = picture.shape[:2]
    return cv2.warpAffine(picture, turned(picture)[1], (width, height), borderValue=(205, 215, 220))


def counted(rows):
    """Return the horizon of level lines, and the function that counts lines down to a row."""
    best = np.inf, None, None
    for horizon in -np.geomspace(30, 3000, 100):
        near = 1 / (rows - horizon)
        number = np.round((near[0] - near) / np.median(-np.diff(near)))
        line = np.polyfit(number, near, 1)
        error = np.abs(near - np.polyval(line, number)).mean() / -line[0]
        best = min(best, (error, horizon, line), key=lambda one: one[0])
    _, horizon, (slope, start) = best
    return horizon, lambda row: (1 / (row - horizon) - start) / slope


def straight(picture, wide=1.7, size=(640, 480)):
    height, width = picture.shape[:2]
    pieces, matrix = turned(picture)
    middles = np.sort(cv2.transform(pieces, matrix)[:, :, 1].mean(axis=1))
    groups = np.split(middles, np.flatnonzero(np.diff(middles) > 5) + 1)
    horizon, number = counted(np.array([group.mean() for group in groups]))
    seen, flat = [], []
    for row in (groups[0].mean(), groups[-1].mean()):
        down = 40 * (number(row) - number(height / 2)) + size[1] / 2
        for side in (-1, 1):
            seen.append((width / 2 + 0.3 * side * (row - horizon), row))
            flat.append((size[0] / 2 + 100 * side * wide, down))
    matrix = cv2.getPerspectiveTransform(np.float32(seen), np.float32(flat)) @ [*matrix, [0, 0, 1]]
    return cv2.warpPerspective(picture, matrix, size, borderValue=(200, 210, 213))


def a_little_wider(picture):
    return straight(picture, 1.9, (800, 520))


def too_wide(picture):
    return straight(picture, 2.9, (1000, 480))


def drawn_out(picture):
    flat = level(picture)
    return cv2.resize(flat, (flat.shape[1], 2 * flat.shape[0]))


def cropped(picture):
    return straight(picture)[260:, 200:400]


BLANK = photograph([], np.random.default_rng(0))

RIGHT = {
    "ex-12-own": [
        OWN,
        (tuple(WRITTEN), [WHOLE, f"{WHOLE}1", WHOLE, WHOLE], ["1987\n26 11 2026"] * 4, 1, None),
    ],
    "ex-12-rule": [
        RULED,
        SHORTER,
        JOINED,
        ["ring", without_rings, 29, 29, 0],
    ],
    "ex-12-lines": [(straight, 15, 36), (a_little_wider, np.int64(13), 33)],
}

WRONG = {
    "ex-12-own": [
        (swap(OWN, 0, [WHOLE]), "two strings of digits"),
        (swap(OWN, 0, ["1987", "26.11.2026"]), "two strings of digits"),
        (swap(OWN, 0, WRITTEN[::-1]), "should be a year"),
        (swap(OWN, 1, WHOLE), "a list of strings"),
        (swap(OWN, 1, TEXTS[:3]), "three from lower down"),
        (swap(OWN, 1, TEXTS[::-1]), "has one line"),
        (swap(OWN, 1, ["19\n201", *TEXTS[1:]]), "begin with the one from above"),
        (swap(OWN, 1, ["198726112026"] * 5), "has one line"),
        (swap(OWN, 2, STRAIGHT[:4]), "straightened ones"),
        (swap(OWN, 2, TEXTS), "was straightened called"),
        (swap(OWN, 3, 3), "counted from 0", 1 / 2),
        (swap(OWN, 3, 1), "is not 1", 1 / 2),
        (swap(OWN, 3, None), "is not None", 1 / 2),
        (swap(swap(OWN, 2, [WHOLE] * 5), 4, 4), "should be None", 3 / 4),
    ],
    "ex-12-rule": [
        (swap(RULED, 0, "cat"), "should be one of"),
        (swap(RULED, 0, "ring"), "does not mend"),
        (swap(RULED, 1, steps), "does not mend"),
        (swap(RULED, 1, lambda picture: "721"), "mends one only"),
        (swap(RULED, 1, by_the_recognizer), "so many kinds"),
        (swap(RULED, 1, lambda picture: photo.find_digits(picture)), "a string of digits"),
        (swap(RULED, 1, "721"), "should be a function"),
        (swap(JOINED, 2, JOINED[3]), "read with the rule", 2 / 3),
        (swap(RULED, 3, 60), "is chance fresh", 1 / 2),
        (swap(JOINED, 4, 0), "lost to the rule", 5 / 6),
    ],
    "ex-12-lines": [
        ((lambda picture: picture, 15, 36), "does not lie level"),
        ((level, 15, 36), "not as long", 1 / 4),
        ((drawn_out, 15, 36), "not as long", 1 / 4),
        ((too_wide, 15, 36), "too wide", 1 / 4),
        ((cropped, 15, 36), "out of the picture"),
        ((lambda picture: BLANK, 15, 36), "out of the picture"),
        ((lambda picture: photo.to_gray(picture), 15, 36), "should return a picture"),
        ((straight, 36, 15), "next to nothing", 1 / 2),
        ((straight, 0.4, 0.9), "counts of sheets", 1 / 2),
        ((straight, 15, 90), "the count after", 1 / 2),
        ((BLANK, 15, 36), "should be a function"),
    ],
}
