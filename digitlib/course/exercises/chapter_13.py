"""The checks of chapter 13: twenty digits, doubts, what the network saw."""

from typing import Any

import numpy as np

from digitlib.course.bands import wilson_interval
from digitlib.course.exercises.checking import Wrong, a_function, a_number, an_array, exercise
from digitlib.reading.components import Box
from digitlib.readings import Reading, Readings

# --- Twenty digits of your own ----------------------------------------------------------------


def _digits(answer: Any, what: str) -> list[int | None]:
    """Return twenty digits, None where there is none."""
    try:
        given = list(answer)
    except TypeError:
        raise Wrong(f"{what} should be a list of twenty") from None
    if len(given) != 20:
        raise Wrong(f"{what} should be twenty, and there are {len(given)}")
    digits = [None if one is None or str(one) in ("", "-1", "?") else one for one in given]
    if any(one is not None and str(one) not in "0123456789" for one in digits):
        raise Wrong(f"{what} should be digits from 0 to 9, None where nothing was read")
    return [None if one is None else int(one) for one in digits]


@exercise(
    "ex-13-twenty",
    "the twenty digits that you wrote",
    "what was read for each, None where nothing was",
    "the 95 % interval of the share read right, two numbers in percent",
    "the recognizer's share on the 10,000 test images, in percent",
    "True if the two are compatible, else False",
)
def twenty(written: Any, read: Any, interval: Any, on_test: Any, fits: Any) -> str | None:
    """Check that a share of twenty digits has its interval, and what is concluded from it."""
    truth, said = _digits(written, "the written digits"), _digits(read, "what was read")
    missing = [digit for digit in range(10) if truth.count(digit) != 2]
    if missing:
        raise Wrong(
            f"each digit should be written twice, and the {missing[0]} was written "
            f"{truth.count(missing[0])} times"
        )
    right = sum(one == other for one, other in zip(truth, said, strict=True))
    if right < 4:
        raise Wrong(f"{right} of twenty are right; are the two lists in the same order")
    given = np.sort(an_array(interval, "the interval", (2,)).astype(float))
    low, high = 100 * np.array(wilson_interval(right, 20))
    if given[1] <= 1.01 and np.allclose(100 * given, (low, high), atol=1):
        raise Wrong("the interval should be in percent; this one looks like shares of 1")
    seen = 100 * right / 20
    if not given[0] - 0.05 <= seen <= given[1] + 0.05:
        raise Wrong(f"your lists say {right} of 20, {seen:g} %, and the interval leaves that out")
    if given[0] == given[1] or given[1] > 100.5:
        raise Wrong("near 100 % the share plus or minus two deviations fails; take Wilson's")
    if not np.allclose(given, (low, high), atol=0.6):
        raise Wrong(f"that is not Wilson's interval for {right} of 20 at 95 %")
    share = a_number(on_test, "the share on the test images", 99.5, 99.65)
    if not isinstance(fits, bool | np.bool_):
        raise Wrong("whether the two are compatible should be True or False")
    if bool(fits) != (low <= share <= high):
        raise Wrong("look once more whether your interval holds the share on the test images")
    if right == 19:
        return (
            "the interval only just leaves the other share out, and one miss in twenty happens to "
            "such a recognizer in 8 of 100 lots, so build nothing on it"
        )
    return "whether these are your own digits, only you know"


# --- What a screen may be shown ---------------------------------------------------------------


def _reading(digit: int, confidence: float, side: int, seed: int, line: int = 0) -> Reading:
    """Return a reading of an image that is alike in no two directions."""
    chance = np.random.default_rng(seed)
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 6:20] = chance.integers(0, 256, (20, 14))
    numbers = np.full(10, (1 - confidence) / 9, np.float32)
    numbers[digit] = confidence
    box = Box(int(chance.integers(0, 400)), int(chance.integers(0, 300)), side, 2 * side)
    return Reading(digit, confidence, numbers, box, image, line)


# --- Say so when in doubt ---------------------------------------------------------------------


@exercise("ex-13-doubt", "your function with_doubts, from readings to a text")
def doubt(answer: Any) -> str | None:
    """Check that digits below 0.8 get a question mark, and no others do."""
    with_doubts = a_function(answer, "with_doubts")

    def said(pairs: list[tuple[int, float]]) -> str:
        readings = Readings(_reading(*pair, 20, place) for place, pair in enumerate(pairs))
        text = with_doubts(readings)
        if not isinstance(text, str):
            raise Wrong(f"with_doubts should return a text, and this is {type(text).__name__}")
        return text

    if said([]) != "no digit":
        raise Wrong(f'with no reading it should say "no digit", and it says {said([])!r}')
    chance = np.random.default_rng(13)
    cases = [[(7, 0.99), (2, 0.99)], [(3, 0.45)], [(4, 0.99), (9, 0.45), (1, 0.97)], [(0, 0.8)]]
    for _ in range(20):
        count = int(chance.integers(1, 7))
        shares = chance.uniform(0.3, 1, count).round(3).tolist()
        cases.append(list(zip(chance.integers(0, 10, count).tolist(), shares, strict=True)))
    for pairs in cases:
        text = said(pairs)
        plain = "".join(str(digit) for digit, _ in pairs)
        wanted = "".join(f"{digit}{'?' if share < 0.8 else ''}" for digit, share in pairs)
        listed = ", ".join(f"{digit} with {share:g}" for digit, share in pairs)
        if text == wanted:
            continue
        if text == plain:
            raise Wrong(f"for {listed} it says {text!r}, without a sign of doubt")
        if "?" in text and text.replace("?", "") != plain and text.count("?") == wanted.count("?"):
            raise Wrong(f"for {listed} it says {text!r}: the digit should stay before its mark")
        if pairs == [(0, 0.8)]:
            raise Wrong("a confidence of 0.8 is not below 0.8, and got a mark")
        raise Wrong(f"for {listed} it says {text!r}")
    return None


# --- What did it see? -------------------------------------------------------------------------


def _shown(picture: np.ndarray, image: np.ndarray) -> bool:
    """Whether a picture of 280 x 280 shows an image, each pixel a square, light or dark ink."""
    squares = np.kron(image.astype(int), np.ones((10, 10), int))
    return any(np.abs(picture - side).max() <= 1 for side in (squares, 255 - squares))


@exercise("ex-13-seen", "your function seen, from readings to a picture of 280 × 280")
def seen(answer: Any) -> str | None:
    """Check that the largest reading's pixels are shown as squares, and nothing where none is."""
    picture_of = a_function(answer, "seen")

    def asked(readings: Readings) -> np.ndarray:
        picture = np.asarray(picture_of(readings))
        if picture.ndim == 3 and picture.shape[2] == 3 and np.ptp(picture, axis=2).max() == 0:
            picture = picture[..., 0]
        picture = an_array(picture, "the picture", (280, 280)).astype(float)
        if picture.max() <= 1 and picture.max() > 0:
            raise Wrong("the picture should go from 0 to 255, as bytes do")
        return picture

    for seed in range(6):
        sides = np.random.default_rng(seed).permutation([20, 31, 44])
        some = Readings(
            _reading(place, 0.9, int(side), seed + place) for place, side in enumerate(sides)
        )
        picture, largest = asked(some), int(np.argmax(sides))
        if _shown(picture, some[largest].image):
            continue
        for place, one in enumerate(some):
            if _shown(picture, one.image):
                raise Wrong(
                    f"of boxes {', '.join(map(str, sides))} pixels wide it shows the one of "
                    f"{sides[place]}, and should show the largest"
                )
        if _shown(picture, some[largest].image.T):
            raise Wrong("rows and columns have changed places")
        blocks = picture.reshape(28, 10, 28, 10)
        if np.ptp(blocks, axis=(1, 3)).max() > 1:
            raise Wrong("the pixels are no squares of one gray each: they were smoothed")
        raise Wrong("it does not show the 28 × 28 pixels of the largest reading")
    if np.ptp(asked(Readings())) > 0:
        raise Wrong("with no reading the picture should be empty, of one gray")
    return "whether the screen shows it, a look will tell"
