"""What page and kernel say to each other.

``panel.js`` states the same in its typedefs, and a test compares the two. Whatever is listed
below travels as a message, and so is no part of the widget's state; the settings, the status
and what is asked of the camera are traits, which both sides hold.
"""

from typing import Literal, TypedDict

# A box in shares of the picture: left, top, width, height.
Shares = list[float]


class FromPage(TypedDict):
    """What every message from the page has.

    Attributes
    ----------
    id : int
        Its number; Python's answers carry it back.
    """

    id: int


class Start(FromPage):
    """*Start* was pressed."""

    kind: Literal["start"]


class Stop(FromPage):
    """*Stop* was pressed; the page has closed its camera."""

    kind: Literal["stop"]


class Draw(FromPage):
    """*Draw* was pressed; the page has closed its camera and shows the pad."""

    kind: Literal["draw"]


class Frame(FromPage):
    """A frame of the camera, as a JPEG in the buffer."""

    kind: Literal["frame"]


class Upload(FromPage):
    """A file, or a still of the camera; its content is in the buffer.

    Attributes
    ----------
    name : str
        What it is called in the panel.
    """

    kind: Literal["upload"]
    name: str


class Drawing(FromPage):
    """What stands on the pad, as a PNG in the buffer."""

    kind: Literal["drawing"]


class Oversized(FromPage):
    """A file that is too large to be sent.

    Attributes
    ----------
    name : str
        The file's name.
    size, limit : int
        Its bytes, and how many are allowed.
    """

    kind: Literal["oversized"]
    name: str
    size: int
    limit: int


class Choose(FromPage):
    """A digit was chosen, whose ten numbers are to be shown.

    Attributes
    ----------
    index : int
        Which of the readings it is.
    """

    kind: Literal["choose"]
    index: int


class Save(FromPage):
    """*Save* was pressed.

    Attributes
    ----------
    label : str
        The digits that stand on the picture.
    """

    kind: Literal["save"]
    label: str


class Failure(FromPage):
    """Something went wrong in the page.

    Attributes
    ----------
    name : str
        The browser's or the page's name for it.
    message : str
        What the browser says about it; may be empty.
    """

    kind: Literal["failure"]
    name: str
    message: str


class Shown(TypedDict):
    """One digit of an answer.

    Attributes
    ----------
    digit : int
        0 to 9.
    sure : bool
        Whether its confidence reaches the threshold.
    box : list of float
        Where it stands.
    """

    digit: int
    sure: bool
    box: Shares


class Answer(TypedDict):
    """What was read; the pictures that it names are in the buffers, in the same order.

    Attributes
    ----------
    id : int
        The number of the message that is answered; 0 where Python answers on its own.
    source : str
        ``"camera"``, ``"pad"``, ``"still"`` for one picture, ``"again"`` for another look at
        the last one.
    number : str
        The digits in reading order, with ``?`` where the reader is not sure.
    selected : int or None
        Which of the readings the ten numbers belong to.
    readings : list of Shown
        The digits.
    unread : list of list of float
        Boxes of shapes that could not be read.
    probabilities : list of float
        The ten numbers; empty where there is no digit.
    python_ms : float or None
        How long reading a frame took, in milliseconds.
    fps : float or None
        How many frames a second are read.
    pictures : list of str
        ``"saw"`` for what the network saw, ``"preview"`` for the picture that was read; any
        other name is that of a step.
    """

    kind: Literal["answer"]
    id: int
    source: Literal["camera", "pad", "still", "again"]
    number: str
    selected: int | None
    readings: list[Shown]
    unread: list[Shares]
    probabilities: list[float]
    python_ms: float | None
    fps: float | None
    pictures: list[str]


class Done(TypedDict):
    """The last answer to a message.

    Attributes
    ----------
    id : int
        The number of that message.
    unreadable : bool
        Whether it brought a picture that could not be read.
    """

    kind: Literal["done"]
    id: int
    unreadable: bool
