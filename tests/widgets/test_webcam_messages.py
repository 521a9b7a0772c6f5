"""What page and kernel of the webcam panel say to each other, and what the kernel makes of it."""

import asyncio
import csv
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args, is_typeddict

import cv2
import numpy as np
import pytest

from digitlib.course.webcam import WebcamReader, messages, panel
from tests.browser import labels, sheet

PAGE = Path(panel.HERE, "panel.js").read_text()
FOUR = slice(24, 28)

# ---- what each side states


def kinds_in_python() -> dict[str, set[str]]:
    """Return what each message from the page carries besides its kind and its number."""
    kinds = {}
    for stated in vars(messages).values():
        if is_typeddict(stated) and "kind" in stated.__annotations__:
            (kind,) = get_args(stated.__annotations__["kind"])
            kinds[kind] = set(stated.__annotations__) - {"kind", "id"}
    return {kind: keys for kind, keys in kinds.items() if kind not in ("answer", "done")}


def typedef(page: str, name: str) -> dict[str, str]:
    """Return the properties of a typedef, by their names, with their types."""
    (body,) = re.findall(rf"@typedef {{object}} {name}\n(.*?)\*/", page, re.DOTALL)
    found = re.findall(r"@property \{(.*)\} (\w+)", body)
    return {name: kind for kind, name in found}


def kinds_in_page(page: str) -> dict[str, set[str]]:
    kinds = typedef(page, "FromPage")
    return {kind: set(re.findall(r"(\w+):", keys)) for kind, keys in kinds.items()}


def kinds_told(page: str) -> set[str]:
    return set(re.findall(r'\btell\("(\w+)"', page))


def keys_read(page: str) -> set[str]:
    """Return what the page takes from an answer, or from the end of one."""
    return set(re.findall(r"\b(?:answer|given|message)\.(\w+)", page))


def test_both_sides_state_the_same_messages_from_the_page():
    assert kinds_in_page(PAGE) == kinds_in_python()


def test_what_is_stated_is_told_and_handled(recognizer):
    assert kinds_told(PAGE) == set(kinds_in_python())
    assert set(WebcamReader(recognizer)._handlers) == set(kinds_in_python())


@pytest.mark.parametrize("name", ["Answer", "Shown", "Done"])
def test_both_sides_state_the_same_answers(name):
    assert set(typedef(PAGE, name)) == set(getattr(messages, name).__annotations__)


def test_the_page_reads_nothing_that_is_not_stated():
    assert keys_read(PAGE) <= {*messages.Answer.__annotations__, *messages.Done.__annotations__}
    assert keys_read(PAGE) >= {"readings", "unread", "probabilities", "pictures", "unreadable"}


def test_a_difference_is_noticed():
    without_kind = re.sub(r" \* @property .* choose\n", "", PAGE)
    assert kinds_in_page(without_kind) != kinds_in_python()
    without_key = PAGE.replace("size: number, ", "")
    assert kinds_in_page(without_key) != kinds_in_python()
    assert "choose" not in kinds_told(PAGE.replace('tell("choose"', 'tell("chosen"'))
    assert "fps" not in typedef(PAGE.replace("} fps", "} rate"), "Answer")


# ---- what is really sent


class Kernel:
    """A reader whose messages are kept instead of sent."""

    def __init__(self, recognizer, folder: Path):
        self.reader = WebcamReader(recognizer, samples=folder)
        self.sent: list[tuple[dict, list[bytes]]] = []
        self.reader.send = lambda message, buffers=(): self.sent.append((message, list(buffers)))

    def hear(self, kind: str, picture: bytes | None = None, **content) -> dict:
        """Let the reader hear a message; return what it answers, if it answers."""
        assert set(content) == kinds_in_python()[kind]
        self.sent.clear()
        message = {"kind": kind, "id": 7, **content}
        self.reader._on_message(self.reader, message, [] if picture is None else [picture])
        *answers, (done, _) = self.sent
        assert set(done) == set(messages.Done.__annotations__)
        assert (done["kind"], done["id"]) == ("done", 7)
        self.unreadable = done["unreadable"]
        return answers[-1][0] if answers else {}

    @property
    def pictures(self) -> list[np.ndarray]:
        """The pictures that came with the last answer."""
        files = [buffers for message, buffers in self.sent if message["kind"] == "answer"][-1]
        return [cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR) for file in files]

    @property
    def said(self) -> tuple[str, bool]:
        return self.reader.status, self.reader.trouble


@pytest.fixture
def kernel(recognizer, tmp_path):
    return Kernel(recognizer, tmp_path / "samples")


def packed(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


@pytest.fixture(scope="module")
def four():
    return sheet(FOUR, digit_height=130)


def test_answer_has_the_keys_that_both_sides_state(kernel, four):
    kernel.reader.steps = True
    answer = kernel.hear("upload", packed(four), name="sheet.png")
    assert set(answer) == set(messages.Answer.__annotations__) == set(typedef(PAGE, "Answer"))
    for shown in answer["readings"]:
        assert set(shown) == set(messages.Shown.__annotations__)
    assert json.loads(json.dumps(answer)) == answer
    assert answer["number"] == labels(FOUR)
    # The 0 is by far the largest of 4, 0, 7, 4.
    assert answer["selected"] == 1
    assert np.argmax(answer["probabilities"]) == 0
    assert answer["pictures"][:2] == ["saw", "preview"]
    assert len(answer["pictures"]) == 5
    assert [picture.shape[:2] for picture in kernel.pictures] == [
        (28, 28),
        (480, 640),
        *[(240, 320)] * 3,
    ]
    assert kernel.said == ("Read sheet.png.", False)


def test_boxes_are_shares_of_the_picture(kernel, four):
    answer = kernel.hear("upload", packed(four), name="sheet.png")
    for shown, reading in zip(answer["readings"], kernel.reader.readings, strict=True):
        x, y, width, height = reading.box
        assert shown["box"] == [x / 640, y / 480, width / 640, height / 480]


def test_frames_are_read_while_the_camera_is_on(kernel, four):
    async def frames() -> None:
        assert kernel.hear("frame", packed(four)) == {}
        kernel.hear("start")
        assert kernel.said[0].startswith("Waiting for the camera.")
        answer = kernel.hear("frame", packed(four))
        assert (answer["source"], answer["id"], answer["number"]) == ("camera", 7, labels(FOUR))
        assert answer["python_ms"] > 0
        assert kernel.said[0].startswith(("Reading.", "Reading this picture took"))
        kernel.hear("failure", name="TabHidden", message="")
        assert kernel.said == (panel.FAILURES["TabHidden"], False)
        assert kernel.reader.running
        kernel.hear("frame", packed(four))
        assert kernel.said[0].startswith(("Reading.", "Reading this picture took"))
        kernel.hear("stop")
        assert kernel.said == ("The camera is off.", False)
        assert kernel.reader.constraints is None

    # A browser of another test keeps a loop running in this thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, frames()).result()


def test_blank_sheet_is_no_digit(kernel):
    answer = kernel.hear("upload", packed(sheet()), name="blank.png")
    nothing = {"number": "", "selected": None, "readings": [], "probabilities": []}
    assert {key: answer[key] for key in nothing} == nothing
    assert answer["pictures"] == ["preview"]


def test_threshold_steps_and_choice_hold_for_what_was_read(kernel, four):
    kernel.hear("drawing", packed(four))
    kernel.reader.threshold = 1
    assert kernel.sent[-1][0]["number"] == "????"
    assert not any(shown["sure"] for shown in kernel.sent[-1][0]["readings"])
    kernel.reader.steps = True
    assert len(kernel.pictures) == 4
    answer = kernel.hear("choose", index=2)
    assert (answer["source"], answer["selected"]) == ("again", 2)
    assert np.argmax(answer["probabilities"]) == 7


FAILING = sorted(set(panel.FAILURES) - {"TabHidden", "NoFrames"})


@pytest.mark.parametrize("name", FAILING)
def test_failures_close_the_camera_and_say_what_to_do(kernel, name):
    kernel.hear("start")
    kernel.hear("failure", name=name, message="")
    assert kernel.said == (panel.FAILURES[name], True)
    assert not kernel.reader.running
    assert kernel.reader.constraints is None


def test_a_failure_without_words_of_its_own_is_told_as_it_came(kernel):
    kernel.hear("failure", name="AbortError", message="the device hung up")
    assert kernel.said == ("AbortError: the device hung up", True)


def test_a_view_that_is_gone_is_no_trouble(kernel):
    kernel.hear("start")
    kernel.hear("failure", name="ViewGone", message="")
    assert kernel.said == ("The camera is off.", False)
    assert not kernel.reader.running


def test_pictures_that_cannot_be_read_are_said_to_be_so(kernel):
    assert kernel.hear("upload", b"Dear diary, ...", name="diary.png") == {}
    assert kernel.unreadable
    assert kernel.said[1]
    kernel.hear("oversized", name="film.png", size=10_000_001, limit=10_000_000)
    assert kernel.unreadable
    assert kernel.said[0] == "film.png has 10,000,001 bytes, expected at most 10,000,000"
    kernel.hear("draw")
    assert kernel.said == ("Draw digits with mouse, pen or finger.", False)
    assert not kernel.unreadable


def test_sample_is_saved_with_its_label_and_reading(kernel, four, tmp_path):
    folder = tmp_path / "samples"
    kernel.hear("save", label="4074")
    assert kernel.said == ("expected a picture to save, nothing was read yet", True)
    kernel.hear("drawing", packed(four))
    kernel.hear("save", label="four")
    assert kernel.said == ("expected digits as the label, found 'four'", True)
    assert not folder.exists()
    kernel.hear("save", label="4074")
    kernel.hear("save", label="")
    first, second = sorted(folder.glob("*.png"))
    np.testing.assert_array_equal(cv2.imread(str(first)), four)
    with (folder / "labels.csv").open(newline="") as table:
        assert list(csv.reader(table)) == [
            ["file", "label", "reading"],
            [first.name, "4074", labels(FOUR)],
            [second.name, "", labels(FOUR)],
        ]


# ---- what the browser is asked for


def test_each_start_is_another_request(recognizer):
    reader = WebcamReader(recognizer)
    assert reader.constraints is None
    reader.start()
    first = reader.constraints
    reader.start()
    assert first.pop("start") < reader.constraints.pop("start")
    assert first == reader.constraints
    assert first == {
        "audio": False,
        "video": {"facingMode": "environment", "width": 640, "height": 480},
    }
    reader.stop()
    assert reader.constraints is None


def test_another_side_or_device_opens_another_camera(recognizer):
    reader = WebcamReader(recognizer)
    reader.facing, reader.device = "user", "a1b2"
    assert reader.constraints is None

    def asked() -> dict:
        return {name: reader.constraints["video"].get(name) for name in ("facingMode", "deviceId")}

    reader.start()
    assert asked() == {"facingMode": None, "deviceId": {"exact": "a1b2"}}
    start = reader.constraints["start"]
    reader.device = "c3d4"
    assert asked() == {"facingMode": None, "deviceId": {"exact": "c3d4"}}
    reader.facing = "environment"
    assert reader.device == ""
    assert asked() == {"facingMode": "environment", "deviceId": None}
    reader.facing = "user"
    assert asked() == {"facingMode": "user", "deviceId": None}
    assert reader.constraints["start"] == start + 3
    reader.stop()
