"""Answers to the exercises of chapter 05, right ones and wrong ones as students give them."""

import numpy as np

FALLING = np.array([[2, -1, -1], [-1, 2, -1], [-1, -1, 2]])

RIGHT = {
    "ex-05-slant": [(FALLING,), ([[1, -0.5, -0.5], [-0.5, 1, -0.5], [-0.5, -0.5, 1]],)],
}

# What is handed over, and words of the sentence that has to come.
WRONG = {
    "ex-05-slant": [
        ((FALLING[:, ::-1],), "the other slant"),
        ((np.eye(3),), "evenly gray"),
        ((np.array([[-1, 0, 1]] * 3),), "a stroke that stands"),
        ((np.kron(FALLING, np.ones((2, 2))),), "3 × 3"),
        ((np.zeros((3, 3)),), "answers to nothing"),
    ],
}
