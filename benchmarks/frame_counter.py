"""A number in every frame of a video, so that a delay can be read from the frames themselves.

The kernel of the benchmark's notebook imports this module, so it loads nothing that a kernel
with the panel would not load anyway.
"""

import dataclasses
from pathlib import Path

import cv2
import ipywidgets
import numpy as np
from ipywebrtc import CameraStream, ImageRecorder

from digitlib import load_image, load_recognizer
from digitlib.course.webcam import WebcamReader
from digitlib.readings import Readings

WIDTH, HEIGHT = 640, 480
BITS, STRIP = 8, 24
FRAMES = 2**BITS
CELL = WIDTH // BITS
FRAMES_A_SECOND = 15


def write_counted_video(path: Path, picture: np.ndarray) -> None:
    """Write a YUV4MPEG2 video in which each frame carries its number in a strip at the top.

    Parameters
    ----------
    path : Path
        Where the video goes; Chromium's fake camera plays it again and again.
    picture : numpy.ndarray of uint8, (480, 640, 3)
        What the frames show below the strip, BGR.
    """
    rng = np.random.default_rng(0)
    with path.open("wb") as file:
        header = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAMES_A_SECOND}:1 Ip A1:1 C420jpeg\n"
        file.write(header.encode())
        for number in range(FRAMES):
            # A camera's grain, so that no two frames are the same but for the strip.
            frame = picture + rng.integers(-3, 4, picture.shape, dtype=np.int16)
            frame = np.clip(frame, 0, 255).astype(np.uint8)
            for bit in range(BITS):
                value = 255 if number >> bit & 1 else 0
                frame[:STRIP, bit * CELL : (bit + 1) * CELL] = value
            file.write(b"FRAME\n" + cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).tobytes())


def read_counter(frame: np.ndarray) -> int:
    """Return the number of a frame, uint8 (480, 640, 3)."""
    middles = frame[STRIP // 2, CELL // 2 :: CELL, 1]
    return sum(int(value > 127) << bit for bit, value in enumerate(middles))


class CountingRecognizer:
    """Reads as the course's recognizer does, and answers with the frame's number as well.

    The number stands in the first of the ten, as a share of 256, where the page shows it as
    the length of the first bar.
    """

    def __init__(self):
        self._recognizer = load_recognizer()

    def read(self, image: np.ndarray) -> Readings:
        """Read a frame, uint8 (480, 640, 3), without its strip."""
        number = read_counter(image)
        image[:STRIP] = image[STRIP]
        numbers = np.zeros(10, np.float32)
        numbers[0] = number / FRAMES
        readings = self._recognizer.read(image)
        return Readings(dataclasses.replace(reading, probabilities=numbers) for reading in readings)


def panel() -> WebcamReader:
    """Return the course's panel, reading with the counter."""
    return WebcamReader(CountingRecognizer())


def plain_loop() -> ipywidgets.VBox:
    """Return what a reader would write: ipywebrtc's recorder asked again after each answer."""
    recognizer = CountingRecognizer()
    video = {"facingMode": "environment", "width": WIDTH, "height": HEIGHT}
    camera = CameraStream(constraints={"audio": False, "video": video})
    recorder = ImageRecorder(stream=camera, format="jpeg")
    button = ipywidgets.Button(description="Start")
    number = ipywidgets.Label()
    bars = [ipywidgets.FloatProgress(max=1) for _ in range(10)]

    def ask(_: object = None) -> None:
        recorder.recording = True

    def on_recording(change: dict) -> None:
        if change["new"] or not recorder.image.value:
            return
        readings = recognizer.read(load_image(recorder.image.value))
        number.value = "".join(str(reading.digit) for reading in readings)
        if readings:
            for bar, value in zip(bars, readings[0].probabilities, strict=True):
                bar.value = value
        ask()

    recorder.observe(on_recording, "recording")
    button.on_click(ask)
    return ipywidgets.VBox([camera, button, number, *bars])
