"""The checks of chapter 12: your own sheet, a rule and what it costs, straight by ruled lines."""

from collections.abc import Callable
from functools import cache
from typing import Any

import cv2
import numpy as np

from digitlib.course.exercises.checking import Steps, Wrong, a_function, a_number, exercise
from digitlib.data import load_mnist
from digitlib.reading import photo
from digitlib.recognizer import Recognizer, load_recognizer
from digitlib.training.paper import photograph
from digitlib.training.scenes import Scene, draw_scene

# --- Your own sheet ---------------------------------------------------------------------------


def _texts(answer: Any, what: str) -> list[str]:
    """Return texts in a list, each without blanks."""
    if isinstance(answer, str) or not all(isinstance(one, str) for one in answer):
        raise Wrong(f"{what} should be a list of strings, one for each picture")
    lines = [one.splitlines() for one in answer]
    return ["\n".join(line.replace(" ", "") for line in some) for some in lines]


def _first_lost(answer: Any, what: str, texts: list[str], truth: str) -> None:
    """Object to a place that is not that of the first text with a loss."""
    place = next((number for number, one in enumerate(texts) if one != truth), None)
    if answer is None and place is None:
        return
    if answer is None:
        raise Wrong(f"{what} is not None: one of the texts is not what you wrote")
    given = a_number(answer, what, -np.inf, np.inf)
    if place is None:
        raise Wrong(f"{what} should be None, since every text is what you wrote")
    if given == place + 1:
        raise Wrong(f"{what} should be counted from 0")
    if given != place:
        raise Wrong(f"{what} is not {given:g}: compare each text with what you wrote")


@exercise(
    "ex-12-own",
    "what you wrote, a list of two strings",
    "what the recognizer reads in each picture, from above first, a list of strings",
    "what it reads in the same pictures straightened",
    "the place of the first picture that is not read whole, None if there is none",
    "the same for the straightened ones",
)
def own(written: Any, texts: Any, straight: Any, place: Any, straight_place: Any) -> Steps:
    """Check that a row of photographs is read off as it is."""
    lines = _texts(written, "what you wrote")
    if len(lines) != 2 or not all(line.isdigit() for line in lines):
        raise Wrong("what you wrote should be two strings of digits, one for each line")
    if len(lines[0]) != 4 or len(lines[1]) < 3:
        raise Wrong("the first line should be a year and the second one a date")
    truth = "\n".join(lines)
    read, again = _texts(texts, "the texts"), _texts(straight, "the texts when straightened")
    if len(read) < 4:
        raise Wrong(f"these are {len(read)} pictures: one from above and three from lower down")
    if len(again) != len(read):
        raise Wrong(f"there are {len(read)} pictures and {len(again)} straightened ones")
    if "\n" not in read[0]:
        raise Wrong("the first text has one line: do you hand over what readings.text() returns")
    pairs = zip(read[0].ljust(len(truth)), truth, strict=False)
    if sum(one == other for one, other in pairs) < 0.6 * len(truth):
        raise Wrong("the first text is far from what you wrote: begin with the one from above")
    if read == again and set(read) != {truth}:
        raise Wrong("straightened or not, the texts are the same: was straightened called")
    yield 1 / 2
    _first_lost(place, "the place", read, truth)
    yield 3 / 4
    _first_lost(straight_place, "the place when straightened", again, truth)
    if sum(one == truth for one in again) < sum(one == truth for one in read):
        return "though straightening costs you pictures: does corners_of find your sheet"
    return "whether it is your own hand, only you know"


# --- Mend one rule ----------------------------------------------------------------------------

KINDS = ("ring", "ruled paper", "touching", "bar apart", "in a view")
PEN, PAPER = (60, 45, 40), (200, 210, 213)


@cache
def _recognizer() -> Recognizer:
    return load_recognizer()


def _by_steps(picture: np.ndarray) -> str:
    """Return what connected strokes make of a picture, ? for a shape that is no digit."""
    found = photo.find_digits(picture)
    if not found:
        return ""
    numbers = _recognizer().predict(np.stack([one.image for one in found]))
    return "".join(str(one.argmax()) if one.max() >= 0.4 else "?" for one in numbers)


def _ring(sheet: np.ndarray) -> np.ndarray:
    turn = np.linspace(0.1, 2 * np.pi + 0.3, 60)
    around = [320 + 250 * np.cos(turn), 240 + 140 * np.sin(turn)]
    points = [np.stack(around, axis=1).astype(np.int32)]
    return cv2.polylines(sheet, points, False, PEN, 7, cv2.LINE_AA)


def _ruled(sheet: np.ndarray) -> np.ndarray:
    for row in range(30, 480, 60):
        cv2.line(sheet, (0, row), (639, row + 4), (170, 140, 110), 2, cv2.LINE_AA)
    return sheet


def _in_a_view(sheet: np.ndarray) -> np.ndarray:
    from sklearn.datasets import load_sample_image

    view = load_sample_image("china.jpg")[:, :, ::-1].copy()
    corners = np.array([[0, 0], [240, 0], [240, 160], [0, 160]], np.float32)
    hands = np.array([[210, 170], [452, 186], [440, 350], [202, 332]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, hands)
    cv2.warpPerspective(sheet, matrix, (640, 427), view, borderMode=cv2.BORDER_TRANSPARENT)
    return view


def _pushed_together(images: np.ndarray) -> np.ndarray:
    """Return a digit at the right rim of its image, and one at the left rim of its own."""
    first, second = images
    first = np.roll(first, 27 - np.flatnonzero(first.any(axis=0))[-1], axis=1)
    second = np.roll(second, 1 - np.flatnonzero(second.any(axis=0))[0], axis=1)
    return np.stack([first, second])


@cache
def _pictures(kind: str) -> list[tuple[np.ndarray, str]]:
    """Return further pictures of a kind that the steps do not read, and what is on them."""
    (train_images, _), (images, labels) = load_mnist()
    chance = np.random.default_rng(KINDS.index(kind))
    found: list[tuple[np.ndarray, str]] = []
    start = 0
    while len(found) < 4:
        # The numbers of the chapter, 7 2 1, come first; the others are new.
        chosen = np.arange(3) if start == 0 else chance.choice(1000, 3)
        start += 1
        if kind == "touching":
            chosen = np.array([84, 85]) if start == 1 else chosen[:2]
            pair = _pushed_together(images[chosen])
            picture = photograph([pair], chance, digit_height=280)
        elif kind == "bar apart":
            chosen = np.array([15])  # a 5; it is drawn as the chapter's, in several sizes
            five = train_images[[52255]]
            picture = photograph([five], chance, digit_height=int(chance.integers(240, 400)))
        elif kind == "in a view":
            line = [images[chosen]]
            sheet = photograph(line, chance, width=240, height=160, digit_height=70)
            picture = _in_a_view(sheet)
        else:
            sheet = photograph([images[chosen]], chance, digit_height=130)
            picture = _ring(sheet) if kind == "ring" else _ruled(sheet)
        text = "".join(str(labels[index]) for index in chosen)
        if _by_steps(picture) != text:
            found.append((picture, text))
    return found


@cache
def _numbers() -> list[Scene]:
    """Return the chapter's sixty numbers of severity 3."""
    # Not an int, which would be drawn anew for graded answers: these are to be counted.
    chance, digits = np.random.default_rng(np.random.SeedSequence(12)), load_mnist()[1]
    return [draw_scene("number", 3, chance, *digits) for _ in range(60)]


@cache
def _read_by_steps() -> np.ndarray:
    """Return, for each of the sixty, whether the steps read it."""
    return np.array([_by_steps(scene.image) == scene.lines[0] for scene in _numbers()])


def _text_by(rule: Callable, picture: np.ndarray) -> str:
    """Return what a rule reads in a picture."""
    text = rule(picture.copy())
    if not isinstance(text, str):
        raise Wrong(f"your function should return a string of digits, not {type(text).__name__}")
    return text


@exercise(
    "ex-12-rule",
    "the name of the picture that you mend, as in the chapter's pictures",
    "your function, which takes a picture and returns its text",
    "how many of the sixty numbers are read with your rule",
    "how many without it",
    "how many are read without it and lost with it",
)
def rule(name: Any, function: Any, with_rule: Any, without: Any, lost: Any) -> Steps:
    """Check that a rule mends pictures of its kind, and that its cost was counted."""
    if not isinstance(name, str) or name not in KINDS:
        raise Wrong(f"the name should be one of {', '.join(KINDS)}")
    mended = a_function(function, "your function")
    own_kind = [_text_by(mended, picture) == text for picture, text in _pictures(name)]
    if not own_kind[0] and not any(own_kind):
        raise Wrong(f"your rule does not mend the picture called {name}")
    if sum(own_kind) < 2:
        raise Wrong(f"of four pictures like the one called {name}, your rule mends one only")
    others = [kind for kind in KINDS if kind != name]
    also = sum(_text_by(mended, _pictures(kind)[0][0]) == _pictures(kind)[0][1] for kind in others)
    if also > 2:
        raise Wrong("one rule can hardly mend so many kinds: is the recognizer behind it")
    before = _read_by_steps()
    pairs = [(_text_by(mended, scene.image), scene.lines[0]) for scene in _numbers()]
    after = np.array([said == truth for said, truth in pairs])
    spoiled = int(np.sum(before & ~after))
    counts = (
        (without, "read without the rule", int(before.sum())),
        (with_rule, "read with the rule", int(after.sum())),
        (lost, "lost to the rule", spoiled),
    )
    for so_far, (answer, what, count) in zip((3 / 6, 4 / 6, 5 / 6), counts, strict=True):
        yield so_far
        given = a_number(answer, f"the count of those {what}", -np.inf, np.inf)
        if abs(given - count) > 1:
            fresh = "" if what != "read without the rule" else ": is chance fresh, with SEED"
            raise Wrong(f"of the sixty it is not {given:g} that are {what}{fresh}")
    return None if spoiled else "your rule harms none of the sixty: where would it do harm"


# --- Straight by its lines --------------------------------------------------------------------

SHEET = np.array([[0, 0], [1280, 0], [1280, 960], [0, 960]], np.float32)
NOT_LEVEL = "what is level on the sheet does not lie level"
OUT = "part of the writing is out of the picture"
# Four red dots on the sheet, round its digits; they tell whether a picture is straight.
DOTS = np.array([[440, 505], [840, 505], [840, 775], [440, 775]])


@cache
def _ruled_sheets() -> list[np.ndarray]:
    """Return the middles of ruled sheets, seen from low down, with a red dot at four places."""
    images = load_mnist()[1][0]
    chance = np.random.default_rng(12)
    pictures = []
    for degrees in (-20, -9, 4, 12, 19):
        eight = images[chance.choice(len(images), (2, 4), replace=False)]
        # The writing lies where the middle of the picture will be.
        sheet = photograph(list(eight), chance, width=1280, height=1280, tilt=0, shadow=0.2)[:960]
        sheet = np.ascontiguousarray(sheet)
        for row in range(int(chance.integers(10, 60)), 960, 60):
            cv2.line(sheet, (0, row), (1279, row), (170, 140, 110), 2, cv2.LINE_AA)
        for across, down in DOTS.tolist():
            cv2.circle(sheet, (across, down), 11, (30, 30, 220), -1, cv2.LINE_AA)
        lying = (SHEET - [640, 480]) * [1, 0.5]
        lying[:2] *= [0.5, 1]
        turn = np.radians(degrees)
        turned = lying @ [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
        matrix = cv2.getPerspectiveTransform(SHEET, (0.85 * turned + [240, 135]).astype(np.float32))
        pictures.append(cv2.warpPerspective(sheet, matrix, (480, 270), borderValue=PAPER))
    return pictures


def _dots(picture: np.ndarray) -> np.ndarray | None:
    """Return the places of four red dots, clockwise from the upper left; None if one is missing."""
    apart = picture.astype(int)
    red = (apart[..., 2] - apart[..., :2].max(axis=2) > 45).astype(np.uint8)
    count, _, boxes, centers = cv2.connectedComponentsWithStats(red)
    if count < 5:
        return None
    largest = 1 + np.argsort(-boxes[1:, cv2.CC_STAT_AREA])[:4]
    places = centers[largest]
    above = places[np.argsort(places[:, 1])]
    upper, lower = (half[np.argsort(half[:, 0])] for half in (above[:2], above[2:]))
    return np.array([*upper, lower[1], lower[0]])


def _wrong_with(places: np.ndarray) -> str | None:
    """Return what keeps four corners of a rectangle from being upright and of its proportions."""
    sides = np.roll(places, -1, axis=0) - places
    length = np.hypot(*sides.T)
    level = np.degrees(np.arctan2(np.abs(sides[[0, 2], 1]), np.abs(sides[[0, 2], 0])))
    if level.max() > 3:
        return NOT_LEVEL
    if abs(length[0] / length[2] - 1) > 0.1:
        return "the far edge of a rectangle is still not as long as its near one"
    upright = np.degrees(np.arctan2(np.abs(sides[[1, 3], 0]), np.abs(sides[[1, 3], 1])))
    if upright.max() > 8:
        return "what stands upright on the sheet leans"
    proportion = (length[0] + length[2]) / (length[1] + length[3])
    true = 400 / 270
    if not 0.72 * true <= proportion <= 1.4 * true:
        return f"everything comes out too {'wide' if proportion > true else 'narrow'}"
    return None


@exercise(
    "ex-12-lines",
    "your function, which takes a picture and returns it straightened",
    "how many of forty sheets the recognizer reads before",
    "and how many after",
)
def lines(function: Any, before: Any, after: Any) -> Steps:
    """Check that a rectangle on a ruled sheet is one again in the straightened picture."""
    straightened = a_function(function, "your function")
    faults = []
    for picture in _ruled_sheets():
        flat = np.asarray(straightened(picture.copy()))
        if flat.ndim != 3 or flat.dtype != np.uint8:
            raise Wrong("your function should return a picture, uint8, of height × width × 3")
        places = _dots(flat)
        if places is None:
            faults.append(OUT)
        else:
            faults.append(_wrong_with(places) or "")
    wrong = [fault for fault in faults if fault]
    if sum(fault in (NOT_LEVEL, OUT) for fault in wrong) <= 1:
        yield 1 / 4
    if len(wrong) > 1:
        most = max(wrong, key=wrong.count)
        raise Wrong(f"on {len(wrong)} of 5 ruled sheets it is not straight: {most}")
    yield 1 / 2
    counts = [
        a_number(given, f"the count {when}", 0, 40)
        for given, when in ((before, "before"), (after, "after"))
    ]
    if max(counts) <= 1 or any(count % 1 for count in counts):
        raise Wrong("both should be counts of sheets, from 0 to 40")
    if counts[1] < counts[0] + 8:
        raise Wrong(
            f"with {counts[0]:g} before and {counts[1]:g} after, straightening gains next to "
            "nothing: straight sheets are read far more often"
        )
    return None
