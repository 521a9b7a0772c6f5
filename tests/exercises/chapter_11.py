"""Answers to the exercises of chapter 11, right ones and wrong ones as students give them."""

import cv2
import numpy as np

from digitlib.data import load_mnist
from digitlib.reading import photo
from digitlib.recognizer import load_recognizer
from digitlib.training.paper import photograph


def swap(values, place, value):
    return [value if index == place else old for index, old in enumerate(values)]


TEST_IMAGES, TEST_LABELS = load_mnist()[1]

# --- Your own digit: test images, written on paper and photographed, stand for a hand


def prepared(index, **setting):
    chance = np.random.default_rng(index)
    size = {"width": 320, "height": 240, "digit_height": 120}
    (found,) = photo.find_digits(photograph([TEST_IMAGES[[index]]], chance, **size, **setting))
    return found.image


FIRST = prepared(0)  # a 7
HARDER = np.stack([prepared(0, shadow=0.8), prepared(17), prepared(1), np.rot90(FIRST)])
SAYS = load_recognizer().predict(HARDER).argmax(axis=1)
NOTES = ["nothing" if digit == 7 else "reading" for digit in SAYS]
OWN = [7, FIRST, 7, HARDER, NOTES]
FORMS = ["form" if note == "reading" else note for note in NOTES]

# --- How wide is wide?


def paper_for(gray, share):
    return cv2.medianBlur(gray, int(share * max(gray.shape)) | 1)


def by_sorting(gray, share):
    half = round(share * max(gray.shape)) // 2
    framed = np.pad(gray, half, mode="edge")
    rows = [
        np.median(
            np.lib.stride_tricks.sliding_window_view(
                framed[row : row + 2 * half + 1], 2 * half + 1, axis=1
            ),
            axis=(0, 2),
        )
        for row in range(len(gray))
    ]
    return np.stack(rows)


def always_the_same(gray, share):
    return paper_for(gray, 0.45)


def of_the_shorter(gray, share):
    return cv2.medianBlur(gray, int(share * min(gray.shape)) | 1)


def mean_for(gray, share):
    side = int(share * max(gray.shape)) | 1
    return cv2.blur(gray, (side, side))


def of_two_axes(gray, share):
    return paper_for(gray, share)[share]


def too_wide(gray, share):
    return paper_for(gray, 2 * share)


MEDIAN, ADAPTIVE, SAUVOLA = [18, 23, 67, 99, 31], [85, 99, 99, 99, 26], [78, 99, 99, 98, 15]

# --- A red pen on a green board

WEIGHTS = np.array([0.114, 0.587, 0.299])


def painted(ground, ink, seed=0):
    sheet = np.full((240, 320, 3), ground, np.uint8)
    points = [(115, 75), (135, 50), (165, 55), (175, 85), (160, 120), (110, 195), (190, 192)]
    cv2.polylines(sheet, [np.int32(points)], False, ink, 9, cv2.LINE_AA)
    grain = np.random.default_rng(seed).normal(0, 3, sheet.shape)
    return np.clip(sheet + grain, 0, 255).astype(np.uint8)


RED_ON_GREEN = painted((60, 110, 50), (60, 44, 180))
BLUE_ON_OLIVE = painted((40, 120, 110), (200, 89, 110), 1)


def scaled(values):
    return cv2.normalize(values, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


def mixed(picture):
    apart = picture - np.median(picture, axis=(0, 1))
    values, vectors = np.linalg.eigh(np.cov(apart.reshape(-1, 3).T))
    return scaled(apart @ vectors[:, values.argmax()])


def mixed_in_even_light(picture):
    side = int(0.45 * max(picture.shape)) | 1
    channels = [channel.astype(float) - cv2.medianBlur(channel, side) for channel in
                (np.ascontiguousarray(picture[..., number]) for number in range(3))]  # fmt: skip
    apart = np.stack(channels, axis=-1)
    best = np.linalg.svd(apart.reshape(-1, 3), full_matrices=False)[2][0]
    return np.clip(128 + apart @ best, 0, 255).astype(np.uint8)


def fixed(picture):
    return (picture @ WEIGHTS).round().astype(np.uint8)


def channel(number):
    return lambda picture: picture[:, :, number].copy()


def hue(picture):
    return cv2.cvtColor(picture, cv2.COLOR_BGR2HSV)[:, :, 0].copy()


def red_minus_green(picture):
    return np.clip(128.0 + picture[..., 2] - picture[..., 1], 0, 255).astype(np.uint8)


RIGHT = {
    "ex-11-own": [OWN, swap(swap(OWN, 3, list(HARDER)), 4, FORMS)],
    "ex-11-median": [
        (paper_for, MEDIAN, ADAPTIVE, SAUVOLA),
        (by_sorting, np.array(MEDIAN) + 1, tuple(ADAPTIVE), np.array(SAUVOLA)),
    ],
    "ex-11-board": [
        (RED_ON_GREEN, 2, mixed),
        (BLUE_ON_OLIVE, 2, mixed_in_even_light),
    ],
}

WRONG = {
    "ex-11-own": [
        (swap(OWN, 0, 27), "from 0 to 9"),
        (swap(OWN, 1, TEST_IMAGES[0]), "one of MNIST's own"),
        (swap(OWN, 1, 255 - FIRST), "paper at 0"),
        (swap(OWN, 1, FIRST / 255), "from 0 to 255"),
        (swap(OWN, 1, cv2.resize(FIRST[4:24, 4:24], (28, 28))), "20 pixels"),
        (swap(OWN, 1, np.roll(FIRST, 2, axis=1)), "center of mass"),
        (swap(OWN, 1, FIRST[np.newaxis]), "28 × 28"),
        (swap(OWN, 2, 4), "something else"),
        (swap(OWN, 3, HARDER[:2]), "three are asked for", 1 / 2),
        (swap(OWN, 3, [FIRST, FIRST, FIRST]), "the first image again", 1 / 2),
        (swap(OWN, 4, NOTES[:3]), "a note for each", 1 / 2),
        (swap(OWN, 4, ["nothing"] * 4), "misreads it", 1 / 2),
        (swap(OWN, 4, ["form"] * 4), "and the network reads it", 1 / 2),
        (swap(OWN, 4, ["pen", *NOTES[1:]]), "not 'pen'", 1 / 2),
    ],
    "ex-11-median": [
        ((always_the_same, MEDIAN, ADAPTIVE, SAUVOLA), "the same for each share"),
        ((of_the_shorter, MEDIAN, ADAPTIVE, SAUVOLA), "shorter side"),
        ((mean_for, MEDIAN, ADAPTIVE, SAUVOLA), "a mean"),
        ((of_two_axes, MEDIAN, ADAPTIVE, SAUVOLA), "raises IndexError"),
        ((too_wide, MEDIAN, ADAPTIVE, SAUVOLA), "not the median of such a square"),
        ((paper_for, np.divide(MEDIAN, 100), ADAPTIVE, SAUVOLA), "in percent", 1 / 2),
        ((paper_for, ADAPTIVE, MEDIAN, SAUVOLA), "with the median is not 85", 1 / 2),
        ((paper_for, MEDIAN[::-1], ADAPTIVE, SAUVOLA), "at 0.05", 1 / 2),
        ((paper_for, MEDIAN, MEDIAN, SAUVOLA), "with adaptiveThreshold is not 18", 2 / 3),
        ((paper_for, MEDIAN, ADAPTIVE, [99] * 5), "with Sauvola's level is not 99", 5 / 6),
        ((paper_for, [*MEDIAN, 99], ADAPTIVE, SAUVOLA), "the shape 5", 1 / 2),
    ],
    "ex-11-board": [
        ((RED_ON_GREEN, 2, fixed), "your own photograph is not read", 1 / 4),
        ((RED_ON_GREEN, 2, channel(2)), "olive board is not read", 1 / 2),
        ((BLUE_ON_OLIVE, 2, channel(0)), "green board is not read", 1 / 2),
        ((RED_ON_GREEN, 2, red_minus_green), "no longer read", 3 / 4),
        ((RED_ON_GREEN, 2, hue), "is no longer read", 3 / 4),
        ((RED_ON_GREEN, 3, mixed), "your own photograph is not read", 1 / 4),
        ((RED_ON_GREEN, 2, lambda picture: picture), "one number a pixel", 1 / 4),
        ((RED_ON_GREEN, 2, lambda picture: picture @ WEIGHTS), "should return uint8", 1 / 4),
        ((RED_ON_GREEN, 2, mixed(RED_ON_GREEN)), "should be a function", 1 / 4),
        ((painted((210, 220, 225), (60, 45, 40)), 2, mixed), "still finds something"),
        ((np.full((240, 320, 3), 90, np.uint8), 2, mixed), "is there a digit"),
        ((RED_ON_GREEN / 255, 2, mixed), "should be uint8"),
        ((fixed(RED_ON_GREEN), 2, mixed), "any × any × 3"),
    ],
}
