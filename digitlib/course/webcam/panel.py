"""The widget's half in Python: what it holds, and how it answers the page."""

import asyncio
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, Literal

import anywidget
import cv2
import numpy as np
import traitlets

from digitlib.course.own_digits import NAME, add_digits
from digitlib.course.webcam import messages, pictures
from digitlib.course.webcam.samples import save_sample
from digitlib.images import load_image
from digitlib.readings import Reading, Readings, Unread
from digitlib.recognizer import Recognizer, load_recognizer

HERE = Path(__file__).parent

# The number shown is the one read most often within this many seconds.
SMOOTHING_SECONDS = 0.8

# Python waits this long for a frame before it says that none comes.
PATIENCE_SECONDS = 5.0

# What the browser's names for a failure mean to the person in front of it.
FAILURES = {
    "NotAllowedError": "The camera was refused. Allow it for this page (the symbol left of the "
    "address), then press Start again.",
    "NotFoundError": "There is no camera. Plug one in and press Start again, or upload a picture, "
    "or draw.",
    "NotReadableError": "The camera is there, but another program or tab uses it. Close that one, "
    "then press Start again.",
    "OverconstrainedError": "No camera of this kind: choose the other one.",
    "InsecureContext": "A browser gives the camera only to pages from https or from localhost, "
    "and this page came another way. Upload a picture, or draw.",
    "FileNotReadable": "The file could not be read. Was it moved or changed? Choose it again.",
    "TrackEnded": "The camera was unplugged or taken away. Press Start when it is back.",
    "TabHidden": "Paused: this tab is hidden. Reading goes on when it is shown again.",
    "NoFrames": "No picture has come for a while. Is the notebook still open in a browser?",
}

WAITING = "Waiting for the camera. Allow it if the browser asks."

# The kinds of messages that bring a picture: where one fails, no old answer may stay.
PICTURED = {"frame", "upload", "oversized", "drawing"}

# A frame that took Python longer than this, in milliseconds, is said to have done so.
SLOW_MS = 700
SLOW = "Reading this picture took {:.1f} s: the computer is busy, or the picture full of detail."
SLOW_BEGINS = SLOW.partition("{")[0]

TURNED = "The sheet is turned: it was read the way round that shows most digits."

# The next frame shows that these no longer hold; any other status stays until it was read.
PASSING = {WAITING, TURNED, FAILURES["TabHidden"], FAILURES["NoFrames"]}


class WebcamReader(anywidget.AnyWidget):
    """A panel that reads digits from the camera, an uploaded picture, or a drawing.

    Nothing that the camera shows is stored: frames travel as messages, not as the state
    of the widget, and are forgotten when they have been read. Only a click on "Save"
    writes one, with its reading, into the folder ``samples``, and the digits that were cut out
    of it into ``my_digits.npz`` there: the one file that a student hands in. Each writer needs
    a folder of their own.

    Parameters
    ----------
    recognizer : Recognizer, optional
        The network that reads; the one that ships with the package, unless told otherwise.
    samples : str or Path, optional
        Folder for the frames that the reader chooses to save.

    Attributes
    ----------
    readings : Readings
        What was read last.
    number : str
        The digits in reading order, each line of writing on its own line, over the last
        frames; ``?`` for one that is not sure, and for a shape that could not be read.
    status : str
        What the panel says about itself.
    trouble : bool
        Whether ``status`` says that something went wrong.
    running : bool
        Whether the camera is on.
    threshold : float
        Readings with a lower confidence, 0 to 1, are shown as not sure.
    constraints : dict or None
        What the browser is asked for; ``None`` while the camera is off. ``start`` counts the
        times, so that the page can tell a second request from the first.
    facing : str
        ``"environment"`` for the camera on the back of a phone, ``"user"`` for the front;
        setting it ends the choice of a device.
    device : str
        The camera to open, by the name that the browser has for it; empty to go by ``facing``.
    mirror : bool
        Whether the live picture is shown as in a mirror; it is read as it is.
    steps : bool
        Whether the pictures between a photograph and its digits are shown.
    """

    _esm = HERE / "panel.js"
    _css = HERE / "panel.css"

    # The types that traitlets brings along don't know of a dictionary that may be None.
    constraints: Any = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    running = traitlets.Bool(False).tag(sync=True)
    status = traitlets.Unicode("The camera is off.").tag(sync=True)
    trouble = traitlets.Bool(False).tag(sync=True)
    number = traitlets.Unicode("")
    threshold = traitlets.Float(0.6, min=0, max=1).tag(sync=True)
    facing = traitlets.Enum(["environment", "user"], "environment").tag(sync=True)
    device = traitlets.Unicode("").tag(sync=True)
    mirror = traitlets.Bool(False).tag(sync=True)
    steps = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        recognizer: Recognizer | None = None,
        samples: str | Path = "samples",
        **traits: Any,
    ):
        super().__init__(**traits)
        self.recognizer = recognizer or load_recognizer()
        self.samples = Path(samples)
        self.readings = Readings()
        # JupyterLab may deliver messages in a second thread while a cell runs.
        self._lock = threading.RLock()
        self._image: np.ndarray | None = None
        self._selected: int | None = None
        self._numbers: deque[tuple[float, str]] = deque()
        self._frames: deque[float] = deque(maxlen=30)
        self._watchdog: asyncio.TimerHandle | None = None
        self._starts = count(1)
        self._handlers: dict[str, Callable[[Any, list[memoryview]], object]] = {
            "start": lambda message, buffers: self.start(),
            "stop": lambda message, buffers: self.stop(),
            "draw": lambda message, buffers: self._stop("Draw digits with mouse, pen or finger."),
            "frame": self._on_frame,
            "upload": self._on_upload,
            "drawing": self._on_drawing,
            "oversized": self._on_oversized,
            "choose": self._on_choose,
            "save": self._on_save,
            "failure": self._on_failure,
        }
        self.on_msg(self._on_message)
        # Settings travel beside the messages and may arrive after them, so each is acted on
        # where it changes.
        self.observe(self._on_facing, "facing")
        self.observe(self._on_device, "device")
        self.observe(self._answer_again, ["threshold", "steps"])

    def start(self) -> None:
        """Ask the browser for the camera; it asks its user, and the light goes on."""
        video: dict[str, Any] = {"width": 640, "height": 480}
        if self.device:
            video["deviceId"] = {"exact": self.device}
        else:
            video["facingMode"] = self.facing
        with self._lock:
            self.stop()
            self._frames.clear()
            self._numbers.clear()
            self._selected = None
            self.constraints = {"start": next(self._starts), "audio": False, "video": video}
            self.running = True
            self._say(WAITING)

    def stop(self) -> None:
        """Close the camera; its light goes off."""
        self._stop("The camera is off.")

    def _stop(self, status: str, trouble: bool = False) -> None:
        with self._lock:
            self._expect_frames(False)
            self.running = False
            self.constraints = None
            self._say(status, trouble)

    def read(self, image: np.ndarray) -> Readings:
        """Read an image and show the answer in the panel.

        Parameters
        ----------
        image : numpy.ndarray of uint8, (height, width) or (height, width, 3)
            Gray, or BGR as OpenCV gives it.

        Returns
        -------
        Readings

        Raises
        ------
        ValueError
            If the array is no such image.
        """
        readings = self.recognizer.read(image)
        with self._lock:
            self._stop("Read.")
            self._numbers.clear()
            self._selected = None
            self._answer(image, readings, "still", preview=True)
        return readings

    def save(self, label: str) -> Path:
        """Save the picture that was read last as a labeled sample, and its digits.

        Parameters
        ----------
        label : str
            The digits that stand on it, in reading order; empty for none.

        Returns
        -------
        Path
            The image file; its row in ``labels.csv`` beside it has label and reading. The
            digits are added to ``my_digits.npz`` if as many were found as the label has.

        Raises
        ------
        ValueError
            If nothing was read yet, or the label is not made of digits, or ``my_digits.npz``
            is there and is no such file.
        """
        if self._image is None:
            raise ValueError("expected a picture to save, nothing was read yet")
        path = save_sample(self.samples, self._image, label, self.number)
        try:
            added = add_digits(self.samples / NAME, self.readings, label)
        except ValueError as error:
            raise ValueError(f"Saved {path}, but not into {NAME}: {error}") from error
        self._say(f"Saved {path}{'; ' + added if added else ''}")
        return path

    def close(self) -> None:
        """Close the camera and remove the panel."""
        self.stop()
        super().close()

    def _on_message(self, widget: anywidget.AnyWidget, content: dict, buffers: list) -> None:
        # What is raised here would be shown nowhere in the notebook: it goes to the panel.
        unreadable = False
        try:
            with self._lock:
                self._handlers[content["kind"]](content, buffers)
        except Exception as error:
            self._say(f"{error}" if isinstance(error, ValueError) else repr(error), trouble=True)
            unreadable = content["kind"] in PICTURED
        done: messages.Done = {"kind": "done", "id": content["id"], "unreadable": unreadable}
        self.send(done)

    def _on_frame(self, message: messages.Frame, buffers: list[memoryview]) -> None:
        started = time.perf_counter()
        if not self.running:
            return
        image = cv2.imdecode(np.frombuffer(buffers[0], np.uint8), cv2.IMREAD_COLOR)
        if image is None:
            raise ValueError(f"the frame of {len(buffers[0])} bytes is not an image")
        readings = self.recognizer.read(image)
        self._frames.append(started)
        python_ms = 1000 * (time.perf_counter() - started)
        self._answer(image, readings, "camera", to=message["id"], python_ms=python_ms)
        self._expect_frames(True)
        if python_ms > SLOW_MS:
            self._say(SLOW.format(python_ms / 1000))
        elif readings.turned:
            self._say(TURNED)
        elif self.status in PASSING or self.status.startswith(SLOW_BEGINS):
            self._say("Reading. Hold the sheet still and fill the picture.")

    def _on_upload(self, message: messages.Upload, buffers: list[memoryview]) -> None:
        image = load_image(bytes(buffers[0]))
        self.read(image)
        self._say(f"Read {message['name']}.")

    def _on_oversized(self, message: messages.Oversized, buffers: list[memoryview]) -> None:
        name, size, limit = message["name"], message["size"], message["limit"]
        raise ValueError(f"{name} has {size:,} bytes, expected at most {limit:,}")

    def _on_drawing(self, message: messages.Drawing, buffers: list[memoryview]) -> None:
        image = load_image(bytes(buffers[0]))
        self._numbers.clear()
        self._selected = None
        self._answer(image, self.recognizer.read(image), "pad", to=message["id"])
        self._say("Read the drawing.")

    def _on_choose(self, message: messages.Choose, buffers: list[memoryview]) -> None:
        self._selected = message["index"]
        self._answer_again()

    def _on_save(self, message: messages.Save, buffers: list[memoryview]) -> None:
        self.save(message["label"])

    def _on_failure(self, message: messages.Failure, buffers: list[memoryview]) -> None:
        name = message["name"]
        said = FAILURES.get(name, f"{name}: {message['message']}")
        if name == "TabHidden":
            self._expect_frames(False)
            self._say(said)
        elif name == "ViewGone":
            self.stop()
        else:
            self._stop(said, trouble=True)

    def _on_facing(self, change: dict) -> None:
        if self.device:
            self.device = ""
        elif self.running:
            self.start()

    def _on_device(self, change: dict) -> None:
        if self.running:
            self.start()

    def _answer_again(self, change: dict | None = None) -> None:
        # A running camera shows the change with its next frame.
        with self._lock:
            if self._image is not None and not self.running:
                self._numbers.clear()
                self._answer(self._image, self.readings, "again")

    def _say(self, status: str, trouble: bool = False) -> None:
        with self.hold_sync():
            self.status, self.trouble = status, trouble

    def _expect_frames(self, expected: bool) -> None:
        if self._watchdog is not None:
            self._watchdog.cancel()
            self._watchdog = None
        if expected:
            loop = asyncio.get_running_loop()
            self._watchdog = loop.call_later(PATIENCE_SECONDS, self._miss_frames)

    def _miss_frames(self) -> None:
        self._watchdog = None
        self._say(FAILURES["NoFrames"], trouble=True)

    def _answer(
        self,
        image: np.ndarray,
        readings: Readings,
        source: Literal["camera", "pad", "still", "again"],
        *,
        to: int = 0,
        python_ms: float | None = None,
        preview: bool = False,
    ) -> None:
        """Send what was read to the page."""
        self._image, self.readings = image, readings
        self._smooth_number(readings)
        height, width = image.shape[:2]
        shown = self._choose(readings)
        sent = {}
        if shown is not None:
            sent["saw"] = pictures.png(readings[shown].image)
        if preview:
            sent["preview"] = pictures.jpeg(pictures.shrink(image, pictures.PREVIEW))
        if self.steps:
            sent |= {name: pictures.png(step) for name, step in pictures.steps(image).items()}
        answer: messages.Answer = {
            "kind": "answer",
            "id": to,
            "source": source,
            "number": self.number,
            "selected": shown,
            "readings": [
                {
                    "digit": reading.digit,
                    "sure": reading.confidence >= self.threshold,
                    "box": _shares(reading, width, height),
                }
                for reading in readings
            ],
            "unread": [_shares(shape, width, height) for shape in readings.unread],
            "probabilities": [] if shown is None else readings[shown].probabilities.tolist(),
            "python_ms": python_ms,
            "fps": self._frames_a_second(),
            "pictures": list(sent),
        }
        self.send(answer, list(sent.values()))

    def _choose(self, readings: Readings) -> int | None:
        if not readings:
            return None
        if self._selected is not None and self._selected < len(readings):
            return self._selected
        areas = [reading.box.width * reading.box.height for reading in readings]
        return int(np.argmax(areas))

    def _smooth_number(self, readings: Readings) -> None:
        now = time.perf_counter()
        self._numbers.append((now, readings.text(self.threshold)))
        while now - self._numbers[0][0] > SMOOTHING_SECONDS:
            self._numbers.popleft()
        self.number = Counter(text for _, text in self._numbers).most_common(1)[0][0]

    def _frames_a_second(self) -> float | None:
        if len(self._frames) < 2:
            return None
        return (len(self._frames) - 1) / max(self._frames[-1] - self._frames[0], 1e-6)


def _shares(shape: Reading | Unread, width: int, height: int) -> messages.Shares:
    """Return the box of a shape in shares of the picture: left, top, width, height."""
    x, y, wide, high = shape.box
    return [x / width, y / height, wide / width, high / height]
