"""Pictures that several test files draw."""

import cv2
import numpy as np


def stroke_on(paper: np.ndarray, ink: int) -> np.ndarray:
    """Draw a 2 on a copy of the paper."""
    drawn = paper.copy()
    cv2.putText(drawn, "2", (120, 160), cv2.FONT_HERSHEY_SIMPLEX, 4, ink, 8, cv2.LINE_AA)
    return drawn
