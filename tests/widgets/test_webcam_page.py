"""The webcam panel's page, without JupyterLab: the test answers in Python's place."""

import re
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Playwright, Route, expect

from digitlib.course.webcam import panel as kernels_half
from tests.browser import (
    FAKE_CAMERA,
    TRACKS,
    chromium,
    keep_picture,
    sheet,
    watch_errors,
)
from tests.widgets.test_webcam_messages import Kernel, kinds_in_python, packed

ADDRESS = "http://localhost/"
ALLOWED = "--use-fake-ui-for-media-stream"
ALL_ENDED = f"{TRACKS}.every((state) => state === 'ended')"
KINDS = kinds_in_python()
FILES = {path.name: path for path in kernels_half.HERE.glob("panel.*s")}
# Milliseconds: nobody else works here.
SOON = 10_000

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>The panel</title>
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="panel.css"></head>
<body><main></main></body>
</html>"""

# What a widget's model does for the page, and `say` and `hold`, which are Python's part.
OPEN = """async (state) => {
  const { default: panel } = await import("/panel.js");
  const listeners = new Map();
  const heard = (name, ...given) => listeners.get(name)?.forEach((listener) => listener(...given));
  const each = (names, change) => names.split(" ").forEach((name) => {
    if (!listeners.has(name)) listeners.set(name, new Set());
    change(listeners.get(name));
  });
  const set = (name, value) => {
    if (JSON.stringify(state[name]) === JSON.stringify(value)) return;
    state[name] = value;
    heard(`change:${name}`, model, value);
  };
  const model = {
    get: (name) => state[name],
    set,
    save_changes: () => (window.saved = { ...state }),
    on: (names, listener) => each(names, (known) => known.add(listener)),
    off: (names, listener) => each(names, (known) => known.delete(listener)),
    send: (message, _, pictures = []) =>
      sent.push({ message, pictures: pictures.map((file) => [...new Uint8Array(file)]) }),
  };
  Object.assign(window, {
    sent: [],
    hold: (traits) => Object.entries(traits).forEach((trait) => set(...trait)),
    say: (message, files = []) =>
      heard("msg:custom", message, files.map((file) => new DataView(new Uint8Array(file).buffer))),
    restart: () => heard("comm_live_update"),
    listening: () => [...listeners.values()].reduce((sum, known) => sum + known.size, 0),
    close_panel: panel.render({ model, el: document.querySelector("main") }),
  });
}"""

# The colors that JupyterLab gives to its dark theme.
DARK = """:root {
  --jp-ui-font-color1: rgba(255, 255, 255, 0.87); --jp-ui-font-color2: rgba(255, 255, 255, 0.54);
  --jp-layout-color0: #111111; --jp-layout-color1: #212121; --jp-layout-color2: #424242;
  --jp-border-color1: #616161; --jp-brand-color1: #2196f3;
}
body { background: var(--jp-layout-color0); }"""

STATE = {
    "constraints": None,
    "running": False,
    "status": "The camera is off.",
    "trouble": False,
    "threshold": 0.6,
    "facing": "environment",
    "device": "",
    "mirror": False,
    "steps": False,
}
BACK = {"audio": False, "video": {"facingMode": "environment", "width": 640, "height": 480}}


class Panel:
    """The panel in its page, and what Python does at the other end."""

    def __init__(self, page: Page, address: str = ADDRESS, **state: Any):
        self.page = page
        self.part = page.locator(".webcam-reader")
        page.page_errors.clear()
        page.goto(address)
        page.evaluate(OPEN, {**STATE, **state})
        expect(self.part).to_be_visible()

    def check(self) -> None:
        """Look at the form of each message that was sent, and for errors of the page."""
        sent = [one["message"] for one in self.all_sent()]
        for message in sent:
            assert set(message) == {"kind", "id", *KINDS[message["kind"]]}
        assert len({message["id"] for message in sent}) == len(sent)
        assert self.page.page_errors == []

    def find(self, selector: str) -> Locator:
        return self.part.locator(selector)

    def press(self, name: str) -> None:
        self.part.get_by_role("button", name=name, exact=True).click()

    def sent(self, kind: str, least: int = 1) -> list[dict]:
        """Wait for messages of a kind; return all that were sent, each with its pictures."""
        count = f"sent.filter(({{ message }}) => message.kind === '{kind}').length >= {least}"
        self.page.wait_for_function(count, timeout=SOON)
        return [one for one in self.all_sent() if one["message"]["kind"] == kind]

    def all_sent(self) -> list[dict]:
        return self.page.evaluate("sent")

    def hold(self, **traits: Any) -> None:
        self.page.evaluate("hold", traits)

    def answer(self, *digits: dict, pictures: dict[str, bytes] | None = None, **more: Any) -> None:
        """Answer as Python does; the ten numbers are those of the digit that is selected."""
        answer = {
            "kind": "answer",
            "id": 0,
            "source": "still",
            "number": "".join(str(digit["digit"]) for digit in digits),
            "selected": 0 if digits else None,
            "readings": list(digits),
            "unread": [],
            "probabilities": ten(digits[0]["digit"]) if digits else [],
            "python_ms": None,
            "fps": None,
            "pictures": list(pictures or {}),
            **more,
        }
        files = [list(file) for file in (pictures or {}).values()]
        self.page.evaluate("([answer, files]) => say(answer, files)", [answer, files])

    def done(self, number: int, unreadable: bool = False) -> None:
        self.page.evaluate("say", {"kind": "done", "id": number, "unreadable": unreadable})

    def start(self, number: int = 1, **video: Any) -> None:
        """Ask for a camera as Python does, and wait until the page shows it."""
        constraints = {**BACK, "video": {**BACK["video"], **video}, "start": number}
        self.hold(constraints=constraints, running=True)
        expect(self.find("video")).to_be_visible(timeout=SOON)


def ten(digit: int, share: float = 0.91) -> list[float]:
    return [share if each == digit else (1 - share) / 9 for each in range(10)]


def shown(digit: int, *box: float, sure: bool = True) -> dict:
    return {"digit": digit, "sure": sure, "box": list(box or (0.25, 0.5, 0.25, 0.125))}


def png(*size: int, shade: int = 128) -> bytes:
    return cv2.imencode(".png", np.full(size, shade, np.uint8))[1].tobytes()


def serve(route: Route) -> None:
    name = Path(route.request.url).name
    if name in FILES:
        route.fulfill(path=FILES[name])
    elif name == "favicon.ico":
        route.fulfill(status=204)
    else:
        route.fulfill(body=PAGE, content_type="text/html")


@contextmanager
def blank_page(playwright: Playwright, *options: str):
    """Open a browser that finds the panel's files, and nothing else, under every address."""
    with chromium(playwright, *options) as page:
        page.route("**/*", serve)
        watch_errors(page)
        yield page


@pytest.fixture(scope="module")
def page(playwright):
    with blank_page(playwright, f"{FAKE_CAMERA}=device-count=2", ALLOWED) as page:
        yield page


@pytest.fixture
def panel(page):
    page.set_viewport_size({"width": 1000, "height": 1100})
    panel = Panel(page)
    yield panel
    panel.check()


# ---- what an answer shows


def test_boxes_stand_where_the_answer_says(panel):
    panel.press("Draw")
    panel.answer(shown(4), shown(0, 0.5, 0.05, 0.2, 0.4), source="pad")
    stage = panel.find("canvas.pad").bounding_box()
    boxes = panel.find(".overlay > div")
    expect(boxes).to_have_text(["4", "0"])
    for index, (x, y, width, height) in enumerate(
        [(0.25, 0.5, 0.25, 0.125), (0.5, 0.05, 0.2, 0.4)]
    ):
        box = boxes.nth(index).bounding_box()
        assert box["x"] == pytest.approx(stage["x"] + x * stage["width"], abs=1)
        assert box["y"] == pytest.approx(stage["y"] + y * stage["height"], abs=1)
        assert box["width"] == pytest.approx(width * stage["width"], abs=1)
        assert box["height"] == pytest.approx(height * stage["height"], abs=1)
    expect(panel.find(".overlay > .selected")).to_have_text("4")
    expect(panel.find(".overlay > .at-top")).to_have_text("0")


def test_number_bars_and_digits_belong_together(panel):
    panel.answer(shown(4), shown(0), selected=1, probabilities=ten(0), number="40\n7")
    expect(panel.find(".number")).to_have_text("40 7")
    assert panel.find(".number").inner_text() == "40\n7"
    expect(panel.find(".highest .digit")).to_have_text("0")
    names = [bar.get_attribute("aria-label") for bar in panel.find(".bar").all()]
    assert names == ["0: 0.91", *[f"{digit}: 0.01" for digit in range(1, 10)]]
    widths = panel.find(".fill").evaluate_all("(fills) => fills.map((fill) => fill.style.width)")
    assert widths[0] == "91%"
    digits = panel.part.get_by_role("group").get_by_role("button")
    expect(digits).to_have_text(["4", "0"])
    expect(digits.nth(1)).to_have_attribute("aria-pressed", "true")
    digits.nth(0).click()
    (choice,) = panel.sent("choose")
    assert choice["message"]["index"] == 0
    # The same digits again: the buttons stay, and the focus with them.
    panel.answer(shown(4), shown(0), selected=0)
    expect(digits.nth(0)).to_be_focused()
    expect(digits.nth(0)).to_have_attribute("aria-pressed", "true")
    expect(panel.find(".highest .digit")).to_have_text("4")


def test_unsure_and_unread_shapes_are_marked(panel):
    panel.answer(shown(4), shown(3, sure=False), number="4??", unread=[[0.7, 0.5, 0.1, 0.2]])
    expect(panel.find(".overlay > div")).to_have_text(["4", "3?", "?"])
    expect(panel.find(".overlay > .unsure")).to_have_text(["3?", "?"])
    expect(panel.find(".number")).to_have_text("4??")


def test_no_digit_is_said_and_no_bar_is_the_highest(panel):
    expect(panel.find(".number")).to_have_text("")
    panel.answer(shown(4), pictures={"saw": png(28, 28)})
    expect(panel.find(".saw")).to_be_visible()
    panel.answer(pictures={"preview": png(48, 64)})
    expect(panel.find(".number.none")).to_have_text("no digit")
    expect(panel.find(".highest")).to_have_count(0)
    expect(panel.find(".value")).to_have_text(["0.00"] * 10)
    expect(panel.find(".saw")).to_be_hidden()
    expect(panel.find(".overlay > div")).to_have_count(0)


def test_pictures_and_steps_are_painted(panel):
    steps = {"gray": png(24, 32, shade=90), "strokes": png(24, 32, shade=200)}
    panel.answer(shown(4), pictures={"saw": png(28, 28), "preview": png(48, 64), **steps})
    still = panel.part.get_by_label("The picture that was read")
    expect(still).to_be_visible()
    expect(panel.find(".stages figcaption")).to_have_text(["gray", "strokes"])
    first = """(canvas) => [
      canvas.width,
      canvas.height,
      ...canvas.getContext('2d').getImageData(0, 0, 1, 1).data,
    ]"""
    panel.page.wait_for_function(
        "document.querySelector('.stages figure:last-child canvas').width === 32"
    )
    assert still.evaluate(first) == [64, 48, 128, 128, 128, 255]
    for image, shade in zip(panel.find(".stages canvas").all(), (90, 200), strict=True):
        assert image.evaluate(first) == [32, 24, shade, shade, shade, 255]
    panel.answer(shown(4), pictures=steps)
    expect(panel.find(".stages canvas")).to_have_count(2)
    panel.answer(shown(4))
    expect(panel.find(".stages")).to_be_hidden()


def test_status_is_shown_as_text(panel):
    words = "<img src=x onerror='window.hit = true'> & more"
    panel.hold(status=words, trouble=True)
    expect(panel.find(".status.trouble")).to_have_text(words)
    panel.answer(shown(4), number=words, pictures={words: png(8, 8)})
    expect(panel.find(".number")).to_have_text(words)
    expect(panel.find(".stages figcaption")).to_have_text(words)
    expect(panel.find("img")).to_have_count(0)
    assert not panel.page.evaluate("'hit' in window")


def test_undecodable_picture_is_a_failure(panel):
    panel.answer(shown(4), pictures={"saw": b"no picture"})
    (failure,) = panel.sent("failure")
    assert failure["message"]["name"] == "InvalidStateError"
    assert "decoded" in failure["message"]["message"]


def test_unreadable_picture_leaves_no_old_answer(panel):
    panel.answer(shown(4), pictures={"saw": png(28, 28)})
    expect(panel.part.get_by_role("button", name="Save")).to_be_enabled()
    panel.done(1, unreadable=True)
    expect(panel.find(".number")).to_have_text("no digit")
    expect(panel.part.get_by_role("button", name="Save")).to_be_disabled()


# ---- pictures that the page sends


def test_drawing_is_sent_as_a_png(panel):
    panel.press("Draw")
    panel.sent("draw")
    pad = panel.part.get_by_label("Drawing pad").bounding_box()
    x, y, width, height = pad["x"], pad["y"], pad["width"], pad["height"]
    mouse = panel.page.mouse
    mouse.move(x + width / 4, y + height / 2)
    mouse.down()
    mouse.move(x + width / 2, y + height / 2, steps=5)
    mouse.up()
    (drawing,) = panel.sent("drawing")
    (file,) = drawing["pictures"]
    assert bytes(file[:8]) == b"\x89PNG\r\n\x1a\n"
    drawn = cv2.imdecode(np.array(file, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert drawn.shape == (420, 560)
    rows, columns = np.nonzero(drawn < 128)
    assert (rows.min(), rows.max()) == pytest.approx((203, 217), abs=2)
    assert (columns.min(), columns.max()) == pytest.approx((133, 287), abs=2)

    panel.answer(shown(1), source="pad")
    panel.press("Wipe")
    expect(panel.find(".number")).to_have_text("no digit")
    dark = panel.find("canvas.pad").evaluate(
        """(canvas) => canvas.getContext('2d')
          .getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value < 255)"""
    )
    assert not dark


def test_file_is_sent_as_it_is_or_refused(panel, tmp_path):
    (tmp_path / "sheet.png").write_bytes(png(48, 64))
    (tmp_path / "film.png").write_bytes(bytes(10_000_001))
    chooser = panel.part.get_by_label("Open a picture")
    for _ in range(2):
        chooser.set_input_files(tmp_path / "sheet.png")
    for upload in panel.sent("upload", 2):
        assert upload["message"]["name"] == "sheet.png"
        assert bytes(upload["pictures"][0]) == png(48, 64)
    expect(panel.find(".status")).to_have_text("Reading sheet.png …")
    panel.done(1)
    expect(panel.find(".status")).to_have_text("The camera is off.")
    chooser.set_input_files(tmp_path / "film.png")
    (refused,) = panel.sent("oversized")
    assert (refused["message"]["size"], refused["message"]["limit"]) == (10_000_001, 10_000_000)
    assert refused["pictures"] == []


def test_file_that_went_away_is_a_failure(panel, tmp_path):
    (tmp_path / "sheet.png").write_bytes(png(48, 64))
    panel.page.evaluate(
        """() => { File.prototype.arrayBuffer = () =>
          Promise.reject(new DOMException('could not be read', 'NotReadableError')); }"""
    )
    panel.part.get_by_label("Open a picture").set_input_files(tmp_path / "sheet.png")
    (failure,) = panel.sent("failure")
    assert failure["message"]["name"] == "FileNotReadable"


def test_label_is_typed_and_sent_by_a_click_or_by_enter(panel):
    panel.part.get_by_label("Save as a sample of").focus()
    panel.page.keyboard.type(" 40")
    panel.page.keyboard.press("Enter")  # nothing to save yet
    panel.answer(shown(4))
    panel.page.keyboard.type("74 ")
    panel.page.keyboard.press("Enter")
    panel.press("Save")
    assert [one["message"]["label"] for one in panel.sent("save", 2)] == ["4074", "4074"]


# ---- settings


def test_settings_reach_the_model_and_come_from_it(panel):
    panel.part.get_by_label("Mirror").check()
    panel.part.get_by_label("Show the steps").check()
    slider = panel.part.get_by_role("slider")
    slider.focus()
    panel.page.keyboard.press("ArrowRight")
    saved = panel.page.evaluate("saved")
    assert (saved["mirror"], saved["steps"], saved["threshold"]) == (True, True, 0.65)
    expect(panel.find(".limit")).to_have_text("0.65")
    panel.hold(mirror=False, steps=False, threshold=0.3)
    expect(panel.part.get_by_label("Mirror")).not_to_be_checked()
    expect(panel.part.get_by_label("Show the steps")).not_to_be_checked()
    expect(slider).to_have_value("0.3")
    expect(panel.find(".limit")).to_have_text("0.30")


def test_mirror_turns_what_is_shown_of_the_camera(panel):
    panel.start()
    panel.answer(shown(4, 0.1, 0.5, 0.2, 0.2), source="camera")
    box = panel.find(".overlay > div")
    assert box.evaluate("(box) => box.style.left") == "10%"
    panel.part.get_by_label("Mirror").check()
    assert panel.find("video").evaluate("(video) => video.style.transform") == "scaleX(-1)"
    assert box.evaluate("(box) => parseFloat(box.style.left)") == pytest.approx(70)
    # A picture that was read stands still, and is shown as it was read.
    panel.answer(shown(4, 0.1, 0.5, 0.2, 0.2), pictures={"preview": png(48, 64)})
    assert box.evaluate("(box) => box.style.left") == "10%"


# ---- the camera


def test_cameras_are_chosen_by_side_and_then_by_name(panel):
    select = panel.part.get_by_label("Camera")
    expect(select.locator("option")).to_have_text(["back", "front"])
    expect(select).to_have_value("environment")
    select.focus()
    panel.page.keyboard.press("ArrowDown")
    assert panel.page.evaluate("[saved.facing, saved.device]") == ["user", ""]
    panel.hold(facing="environment")
    expect(select).to_have_value("environment")

    panel.start()
    expect(select.locator("option")).to_have_text(["fake_device_0", "fake_device_1"])
    names = select.locator("option").evaluate_all("(all) => all.map((option) => option.value)")
    expect(select).to_have_value(names[0])
    # Both are within reach of the keys.
    expect(select).to_be_focused()
    panel.page.keyboard.press("ArrowDown")
    assert panel.page.evaluate("[saved.facing, saved.device]") == ["environment", names[1]]

    panel.start(2, deviceId={"exact": names[1]})
    panel.page.wait_for_function(f"{TRACKS}.length === 2", timeout=SOON)
    assert panel.page.evaluate("asked.at(-1).video.deviceId.exact") == names[1]
    assert panel.page.evaluate("streams.at(-1).getTracks()[0].getSettings().deviceId") == names[1]
    assert panel.page.evaluate(TRACKS) == ["ended", "live"]
    expect(select).to_have_value(names[1])
    expect(select).to_be_focused()
    panel.hold(constraints=None, running=False)
    expect(select).to_have_value(names[1])
    assert panel.all_sent()[-1]["message"]["kind"] == "frame"


def test_camera_has_a_number_without_a_name_and_room_for_a_long_one(panel):
    panel.page.set_viewport_size({"width": 390, "height": 1100})
    panel.page.evaluate(
        """() => { navigator.mediaDevices.enumerateDevices = async () => [
          { kind: 'audioinput', deviceId: 'a', label: 'Microphone' },
          { kind: 'videoinput', deviceId: 'b', label: '' },
          { kind: 'videoinput', deviceId: 'c', label: 'Integrated camera '.repeat(5).trim() },
        ]; }"""
    )
    panel.start()
    options = panel.part.get_by_label("Camera").locator("option")
    expect(options).to_have_text(["Camera 1", re.compile("Integrated")])
    assert panel.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_device_that_is_not_there_is_a_failure_and_another_can_be_chosen(panel):
    panel.hold(device="none such")
    select = panel.part.get_by_label("Camera")
    expect(select).to_have_value("")
    video = {"deviceId": {"exact": "none such"}}
    panel.hold(constraints={"audio": False, "video": video, "start": 1}, running=True)
    (failure,) = panel.sent("failure")
    assert failure["message"]["name"] == "OverconstrainedError"
    select.select_option("back")
    assert panel.page.evaluate("[saved.facing, saved.device]") == ["environment", ""]


def test_two_frames_are_on_the_way_and_no_more(panel):
    panel.start()
    first, second = panel.sent("frame", 2)
    panel.page.wait_for_timeout(500)
    assert len(panel.sent("frame")) == 2
    panel.done(first["message"]["id"])
    panel.sent("frame", 3)
    for one in (first, second):
        assert bytes(one["pictures"][0][:3]) == b"\xff\xd8\xff"
        assert cv2.imdecode(np.array(one["pictures"][0], np.uint8), 1).shape == (480, 640, 3)


def test_frame_that_could_not_be_copied_is_not_waited_for(panel):
    panel.page.evaluate(
        """() => {
          window.copy = HTMLCanvasElement.prototype.toBlob;
          HTMLCanvasElement.prototype.toBlob = (done) => done(null);
        }"""
    )
    panel.start()
    failures = [one["message"] for one in panel.sent("failure", 2)]
    assert failures[0]["message"] == "the browser could not copy the picture"
    panel.page.evaluate("() => { HTMLCanvasElement.prototype.toBlob = copy; }")
    for one in panel.sent("failure"):
        panel.done(one["message"]["id"])
    panel.sent("frame", 2)


def test_pace_is_told_for_frames_alone(panel):
    panel.start()
    frame, _ = panel.sent("frame", 2)
    panel.answer(shown(4), source="camera", id=frame["message"]["id"], fps=14.96, python_ms=31.4)
    pattern = r"15\.0 frames a second, \d+ ms from picture to bars, 31 ms of it in Python"
    expect(panel.find(".pace")).to_have_text(re.compile(pattern))
    panel.answer(shown(4), source="again")
    expect(panel.find(".pace")).to_have_text("")


def test_same_request_once_more_opens_the_camera_anew(panel):
    panel.start(1)
    panel.start(2)
    panel.page.wait_for_function(f"{TRACKS}.length === 2", timeout=SOON)
    panel.page.wait_for_function(f"{TRACKS}.join() === 'ended,live'", timeout=SOON)
    asked = panel.page.evaluate("asked")
    assert asked == [BACK, BACK]


def test_light_goes_out_at_stop_without_an_answer(panel):
    panel.start()
    panel.answer(shown(4), source="camera")
    panel.press("Stop")
    panel.page.wait_for_function(ALL_ENDED, timeout=SOON)
    expect(panel.find("video")).to_be_hidden()
    expect(panel.find(".number")).to_have_text("")
    panel.sent("stop")
    # What was on its way comes too late to be shown.
    panel.answer(shown(4), source="camera")
    expect(panel.find(".number")).to_have_text("")
    panel.hold(constraints=None, running=False)
    expect(panel.part.get_by_role("button", name="Start")).to_be_enabled()
    expect(panel.part.get_by_role("button", name="Stop")).to_be_disabled()


def test_snapshot_is_sent_in_full(panel):
    panel.start()
    panel.press("Snapshot")
    (upload,) = panel.sent("upload")
    assert upload["message"]["name"] == "the snapshot"
    assert bytes(upload["pictures"][0][:4]) == b"\x89PNG"


HIDE = """(hidden) => {
  Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def answer_all(panel: Panel) -> int:
    """Answer every frame that was sent; return how many there were."""
    frames = [one["message"]["id"] for one in panel.sent("frame")]
    for number in frames:
        panel.done(number)
    return len(frames)


def test_hidden_tab_sends_no_frame_and_says_so(panel):
    panel.start()
    panel.sent("frame", 2)
    panel.page.evaluate(HIDE, True)
    (failure,) = panel.sent("failure")
    assert failure["message"]["name"] == "TabHidden"
    before = answer_all(panel)
    panel.page.wait_for_timeout(500)
    assert len(panel.sent("frame")) == before
    panel.page.evaluate(HIDE, False)
    panel.sent("frame", before + 1)


def test_unplugged_camera_is_a_failure(panel):
    panel.start()
    panel.page.evaluate("streams.at(-1).getTracks()[0].dispatchEvent(new Event('ended'))")
    (failure,) = panel.sent("failure")
    assert failure["message"]["name"] == "TrackEnded"


FAILING = {
    "NotFoundError": ([ALLOWED], ADDRESS),
    "NotAllowedError": ([FAKE_CAMERA], ADDRESS),
    "InsecureContext": ([FAKE_CAMERA, ALLOWED], "http://lab.example/"),
}


@pytest.mark.parametrize("name", FAILING)
def test_camera_that_cannot_be_had_is_a_failure(playwright, name):
    options, address = FAILING[name]
    with blank_page(playwright, *options) as page:
        panel = Panel(page, address)
        panel.press("Start")
        panel.sent("start")
        panel.hold(constraints={**BACK, "start": 1}, running=True)
        (failure,) = panel.sent("failure")
        assert failure["message"]["name"] == name
        assert name in kernels_half.FAILURES
        panel.check()


# The browser's own questions, answered by the test: a camera that another program holds
# cannot be had on a machine without cameras.
ANSWER = """() => {
  MediaDevices.prototype.getUserMedia = () =>
    new Promise((_, reject) => { window.refusal = { by: reject }; });
}"""
REFUSE = "(name) => { refusal.by(new DOMException('', name)); delete window.refusal; }"


def test_late_refusal_is_no_failure(panel):
    panel.page.evaluate(ANSWER)
    panel.hold(constraints={**BACK, "start": 1}, running=True)
    panel.page.evaluate(REFUSE, "NotReadableError")
    (failure,) = panel.sent("failure")
    assert failure["message"]["name"] == "NotReadableError"
    panel.hold(constraints=None, running=False)

    panel.hold(constraints={**BACK, "start": 2}, running=True)
    panel.hold(constraints=None, running=False)
    panel.page.evaluate(REFUSE, "NotAllowedError")
    # Asked again for the same, before the first question was answered.
    panel.hold(constraints={**BACK, "start": 3})
    panel.page.evaluate("window.first = refusal")
    panel.hold(constraints={**BACK, "start": 4})
    panel.page.evaluate("first.by(new DOMException('', 'AbortError'))")
    panel.page.evaluate(REFUSE, "NotFoundError")
    assert [one["message"]["name"] for one in panel.sent("failure", 2)] == [
        "NotReadableError",
        "NotFoundError",
    ]


# ---- silence, restart, end


def test_silence_is_reported_until_python_answers(playwright):
    with blank_page(playwright) as page:
        page.clock.install()
        panel = Panel(page)
        status = panel.find(".status")
        panel.press("Start")
        page.clock.run_for(4_000)
        expect(status).to_have_text("The camera is off.")
        page.clock.run_for(2_500)
        expect(panel.find(".status.trouble")).to_contain_text(
            "No answer from Python for 5 seconds."
        )
        panel.done(panel.sent("start")[0]["message"]["id"])
        expect(status).to_have_text("The camera is off.")
        page.clock.run_for(10_000)
        expect(status).to_have_text("The camera is off.")
        # A panel that is closed says nothing more.
        panel.press("Start")
        page.evaluate("close_panel()")
        page.clock.run_for(10_000)
        expect(status).to_have_text("The camera is off.")
        panel.check()


def test_restarted_python_ends_the_camera_and_the_panel(panel):
    panel.start()
    panel.page.evaluate("restart()")
    expect(panel.find(".status.trouble")).to_contain_text("Python was restarted")
    panel.page.wait_for_function(ALL_ENDED, timeout=SOON)
    for control in panel.find("button, input, select").all():
        expect(control).to_be_disabled()


def test_closing_ends_tracks_and_listeners(panel):
    assert panel.page.evaluate("listening()") > 5
    panel.page.evaluate(
        """() => {
          window.removed = [];
          const remove = document.removeEventListener;
          document.removeEventListener = function (name, ...more) {
            removed.push(name);
            remove.call(document, name, ...more);
          };
        }"""
    )
    panel.start()
    panel.page.evaluate("close_panel()")
    panel.page.wait_for_function(ALL_ENDED, timeout=SOON)
    assert panel.page.evaluate("listening()") == 0
    assert panel.page.evaluate("removed") == ["visibilitychange"]
    (gone,) = panel.sent("failure")
    assert gone["message"]["name"] == "ViewGone"
    before = len(panel.all_sent())
    panel.page.evaluate(HIDE, True)
    panel.hold(constraints={**BACK, "start": 2})
    panel.page.wait_for_timeout(300)
    assert len(panel.all_sent()) == before
    assert panel.page.evaluate(ALL_ENDED)


def test_camera_that_is_allowed_after_closing_ends_at_once(panel):
    panel.page.evaluate(
        "() => { hold({ constraints: { video: true, start: 1 } }); close_panel(); }"
    )
    panel.page.wait_for_function(f"{TRACKS}.join() === 'ended'", timeout=SOON)
    assert panel.all_sent() == []


# ---- for everybody

# Of axe's rules those on whole pages are left out: the panel stands on somebody else's.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
REACHED = """() => {
  const { activeElement } = document;
  return (activeElement.labels?.[0]?.firstChild ?? activeElement).textContent;
}"""


@pytest.fixture
def filled(panel, recognizer, tmp_path):
    """Show in each part of the panel what the kernel really sends."""
    kernel = Kernel(recognizer, tmp_path)
    kernel.reader.steps, kernel.reader.threshold = True, 0.97
    kernel.hear("upload", packed(sheet(slice(24, 28), digit_height=130)), name="sheet.png")
    answer, files = kernel.sent[0]
    panel.page.evaluate("([answer, files]) => say(answer, files)", [answer, [*map(list, files)]])
    expect(panel.find(".stages canvas")).to_have_count(3)
    return panel


@pytest.mark.parametrize("width", [1000, 390])
@pytest.mark.parametrize("ground", ["light", "dark"])
def test_panel_fits_and_can_be_read_by_everybody(filled, width, ground):
    panel = filled
    panel.page.set_viewport_size({"width": width, "height": 1300})
    if ground == "dark":
        panel.page.add_style_tag(content=DARK)
    panel.hold(status="Something went wrong.", trouble=True)
    assert panel.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(panel.page, ".webcam-reader", RULES)
    assert found.violations_count == 0, found.generate_report()
    keep_picture(panel.page.locator("body"), f"page_{ground}_{width}.png")


def test_every_control_is_reached_with_the_tab_key(filled):
    reached = []
    while not reached or reached[-1] != "Save":
        filled.page.keyboard.press("Tab")
        reached.append(filled.page.evaluate(REACHED))
        assert len(reached) < 20, reached
    assert reached == [
        *("Start", "Open a picture", "Draw"),
        *("4", "0", "7", "4"),
        *("Camera", "Mirror", "Not sure below", "Show the steps"),
        *("Save as a sample of", "Save"),
    ]
