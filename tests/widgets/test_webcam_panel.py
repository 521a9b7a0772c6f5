"""The webcam panel in JupyterLab and Chromium, with a camera that shows a sheet.

What concerns the page alone, or the kernel alone, is tested without JupyterLab in
``test_webcam_page.py`` and ``test_webcam_messages.py``.
"""

import csv
import json
import re

import cv2
import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image
from playwright.sync_api import Error, Locator, Page, expect

from digitlib.training.paper import photograph
from tests.browser import (
    FAKE_CAMERA,
    REPLY,
    START,
    TRACKS,
    chromium,
    errors_of_the_widgets,
    keep_picture,
    labels,
    open_notebook,
    sheet,
    sheet_in_a_room,
    watch_errors,
    write_video,
)

FOUR, ONE = slice(24, 28), slice(0, 1)
# Milliseconds; Notebook shows its cells before it listens to keys.
WAIT_FOR_A_KEY = 10_000
ALLOWED = "--use-fake-ui-for-media-stream"
# Without it, JupyterLab asks which kernel is meant.
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
PANEL = """from digitlib.course.webcam import WebcamReader
reader = WebcamReader(samples="samples")
reader"""
SHOW_STATUS = "print('Python says:', reader.status)"
OTHER_SIDE = 'reader.facing = "user"'
# Python does nothing else meanwhile: unlike time.sleep, this keeps the interpreter's lock.
BE_BUSY = "import ctypes; ctypes.PyDLL(None).usleep(9_000_000)"
ALL_ENDED = f"{TRACKS}.every((state) => state === 'ended')"


@pytest.fixture(scope="module")
def put(lab):
    """Put a notebook with a panel into JupyterLab and return its address."""

    def put_panel(name: str, *more: str) -> str:
        cells = [new_code_cell(source) for source in (PANEL, *more)]
        lab.put(new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), name)
        return lab.address(name)

    return put_panel


def run_cell(page: Page, index: int) -> Locator:
    """Run a cell as a person does and return it."""
    cell = page.locator(".jp-CodeCell").nth(index)
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    return cell


def open_panel(page: Page, address: str) -> Locator:
    open_notebook(page, address)
    panel = run_cell(page, 0).locator(".webcam-reader")
    expect(panel).to_be_visible(timeout=START)
    return panel


def press(panel: Locator, name: str) -> None:
    panel.get_by_role("button", name=name, exact=True).click()


def expect_number(panel: Locator, words: str) -> None:
    expect(panel.locator(".number")).to_have_text(words, timeout=REPLY)


def expect_status(panel: Locator, words: str | re.Pattern) -> None:
    expect(panel.locator(".status")).to_contain_text(words, timeout=REPLY)


def expect_trouble(panel: Locator, words: str) -> None:
    """Expect a failure's message, in the colors of one."""
    expect(panel.locator(".status.trouble")).to_contain_text(words, timeout=REPLY)
    name = "_".join(re.findall(r"[a-z]+", words.lower())[:5])
    keep_picture(panel, f"failure_{name}.png")


def expect_python_says(page: Page, words: str, cell: int = 1) -> None:
    output = run_cell(page, cell).locator(".jp-OutputArea-output")
    expect(output).to_contain_text(words, timeout=REPLY)


def ten_numbers(panel: Locator) -> list[float]:
    rows = panel.locator(".bar")
    names = [rows.nth(digit).get_attribute("aria-label") for digit in range(rows.count())]
    assert [name.split(": ")[0] for name in names] == [str(digit) for digit in range(10)]
    return [float(name.split(": ")[1]) for name in names]


def upload(panel: Locator, path) -> None:
    panel.get_by_label("Open a picture").set_input_files(path)


@pytest.fixture(scope="module")
def camera_showing(playwright, tmp_path_factory):
    """Open a browser whose camera shows these lines of test digits."""

    def opened(*lines: slice, digit_height: int = 130):
        video = tmp_path_factory.mktemp("video") / "sheet.y4m"
        write_video(video, sheet(*lines, digit_height=digit_height))
        file = f"--use-file-for-fake-video-capture={video}"
        return chromium(playwright, FAKE_CAMERA, file, ALLOWED)

    return opened


# ---- four digits, in one page from beginning to end


@pytest.fixture(scope="module")
def page(put, camera_showing):
    with camera_showing(FOUR) as page:
        page.panel = open_panel(page, put("panel.ipynb", SHOW_STATUS, BE_BUSY, OTHER_SIDE))
        yield page


@pytest.fixture
def panel(page):
    """Return the panel, with its camera off."""
    stop = page.panel.get_by_role("button", name="Stop")
    # Unlike Playwright's click, this does not wait for a button that is disabled.
    stop.evaluate("(button) => button.click()")
    expect(stop).to_be_disabled(timeout=REPLY)
    return page.panel


def start(panel: Locator) -> None:
    press(panel, "Start")
    expect_number(panel, labels(FOUR))


def test_nothing_is_asked_for_before_start(page, panel):
    assert page.evaluate(TRACKS) == []
    expect_status(panel, "The camera is off.")


def test_four_digits_are_read_live_with_ten_numbers(page, panel):
    start(panel)
    expect_status(panel, "Reading.")
    # The 0 is by far the largest of 4, 0, 7, 4.
    assert np.argmax(ten_numbers(panel)) == 0
    expect(panel.locator(".highest .digit")).to_have_text("0")
    expect(panel.locator(".pace")).to_contain_text("frames a second", timeout=REPLY)
    expect(panel.locator(".saw")).to_be_visible()
    print("\npace:", panel.locator(".pace").inner_text())
    keep_picture(panel, "13_panel.png")

    digits = panel.get_by_role("group").get_by_role("button")
    digits.nth(2).click()
    expect(panel.locator(".highest .digit")).to_have_text("7", timeout=REPLY)
    expect(digits.nth(2)).to_have_attribute("aria-pressed", "true")


def test_a_sheet_held_before_a_room_is_read_live(put, playwright, tmp_path):
    write_video(tmp_path / "room.y4m", sheet_in_a_room(FOUR))
    file = f"--use-file-for-fake-video-capture={tmp_path / 'room.y4m'}"
    with chromium(playwright, FAKE_CAMERA, file, ALLOWED) as page:
        start(open_panel(page, put("room.ipynb")))


def test_keyboard_is_enough(page, panel):
    panel.get_by_role("button", name="Start").focus()
    page.keyboard.press("Enter")
    expect_number(panel, labels(FOUR))
    slider = panel.get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(panel.locator(".limit")).to_have_text("0.65", timeout=REPLY)
    page.keyboard.press("ArrowLeft")
    panel.get_by_role("button", name="Stop").focus()
    page.keyboard.press("Space")
    page.wait_for_function(ALL_ENDED, timeout=REPLY)


def test_readings_below_the_threshold_are_marked_as_not_sure(panel):
    start(panel)
    slider = panel.get_by_role("slider")
    slider.fill("1")
    expect_number(panel, "????")
    slider.fill("0.6")
    expect_number(panel, labels(FOUR))


def test_snapshot_is_read_and_the_camera_ends(page, panel):
    start(panel)
    press(panel, "Snapshot")
    expect_status(panel, "Read the snapshot.")
    expect_number(panel, labels(FOUR))
    expect(panel.get_by_label("The picture that was read")).to_be_visible()
    page.wait_for_function(ALL_ENDED, timeout=REPLY)


def test_frames_that_stop_coming_are_reported_until_they_come_again(page, panel):
    start(panel)
    panel.locator("video").evaluate("(video) => video.pause()")
    expect_trouble(panel, "No picture has come for a while.")
    panel.locator("video").evaluate("(video) => void video.play()")
    expect_status(panel, "Reading.")


def test_sample_is_saved_by_a_click_and_never_before(page, panel, lab):
    start(panel)
    folder = lab.work / "samples"
    assert not folder.exists()
    panel.get_by_label("Save as a sample of").fill("no digits")
    press(panel, "Save")
    expect_trouble(panel, "expected digits as the label, found 'no digits'")
    assert not folder.exists()

    panel.get_by_label("Save as a sample of").fill(labels(FOUR))
    press(panel, "Save")
    expect_status(panel, "Saved samples/")
    (picture,) = folder.glob("*.png")
    assert cv2.imread(str(picture)).shape == (480, 640, 3)
    with (folder / "labels.csv").open(newline="") as table:
        assert list(csv.reader(table)) == [
            ["file", "label", "reading"],
            [picture.name, labels(FOUR), labels(FOUR)],
        ]


def test_uploads_are_read_in_every_form_a_camera_writes(panel, tmp_path):
    lines = slice(5, 10), slice(15, 20)
    rgb = Image.fromarray(np.ascontiguousarray(sheet(*lines)[:, :, ::-1]))
    gray = np.asarray(rgb.convert("L"))
    sideways = Image.Exif()
    sideways[0x0112] = 6  # taken with the phone turned: rotate clockwise to see it upright
    rgb.rotate(90, expand=True).save(tmp_path / "phone.jpg", exif=sideways)
    rgb.convert("CMYK").save(tmp_path / "print.jpg")
    Image.fromarray(gray.astype(np.uint16) * 257).save(tmp_path / "deep.png")
    rgb.save(tmp_path / "moving.gif", save_all=True, append_images=[rgb.rotate(180)])
    for name in ("phone.jpg", "print.jpg", "deep.png", "moving.gif"):
        upload(panel, tmp_path / name)
        expect_status(panel, f"Read {name}.")
        expect_number(panel, " ".join(labels(line) for line in lines))


def test_unreadable_uploads_say_why(page, panel, tmp_path):
    (tmp_path / "diary.png").write_text("Dear diary, ...")
    Image.new("1", (30_000, 30_000)).save(tmp_path / "vast.png")
    (tmp_path / "film.png").write_bytes(bytes(10_000_001))
    cv2.imwrite(str(tmp_path / "dot.png"), np.zeros((1, 1), np.uint8))

    upload(panel, tmp_path / "diary.png")
    expect_trouble(panel, "not an image of a known format")
    expect_number(panel, "no digit")
    expect_python_says(page, "Python says: the uploaded file is not an image")
    upload(panel, tmp_path / "vast.png")
    expect_trouble(panel, "has 900,000,000 pixels, expected at most 100,000,000")
    upload(panel, tmp_path / "film.png")
    expect_trouble(panel, "film.png has 10,000,001 bytes, expected at most 10,000,000")
    expect_python_says(page, "Python says: film.png has 10,000,001 bytes")
    panel.get_by_label("Show the steps").check()
    upload(panel, tmp_path / "dot.png")
    expect_status(panel, "Read dot.png.")
    expect_number(panel, "no digit")
    panel.get_by_label("Show the steps").uncheck()


def test_drawn_digit_is_read(page, panel):
    press(panel, "Draw")
    pad = panel.get_by_label("Drawing pad")
    pad.scroll_into_view_if_needed()
    corner = pad.bounding_box()
    for stroke in ([(0.42, 0.2), (0.3, 0.6), (0.6, 0.6)], [(0.52, 0.4), (0.5, 0.85)]):
        points = [
            (corner["x"] + x * corner["width"], corner["y"] + y * corner["height"])
            for x, y in stroke
        ]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=10)
        page.mouse.up()
    expect_number(panel, "4")
    assert np.argmax(ten_numbers(panel)) == 4
    press(panel, "Wipe")
    expect_number(panel, "no digit")


def test_cell_run_twice_frees_the_first_camera(page, panel):
    start(panel)
    before = len(page.evaluate(TRACKS))
    run_cell(page, 0)
    page.wait_for_function(ALL_ENDED, timeout=REPLY)
    expect_status(page.panel, "The camera is off.")
    start(page.panel)
    assert page.evaluate(TRACKS)[before - 1 :] == ["ended", "live"]


def test_saved_notebook_holds_no_picture(page, panel, lab):
    start(panel)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")
    expect(page.locator(".lm-DockPanel-tabBar .jp-mod-dirty")).to_have_count(0, timeout=REPLY)
    saved = (lab.work / "panel.ipynb").read_text()
    notebook = nbformat.reads(saved, as_version=4)
    assert notebook.cells[0].execution_count > 1
    assert "widgets" not in notebook.metadata
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert kinds <= {"text/plain", "application/vnd.jupyter.widget-view+json"}
    assert len(json.dumps(outputs)) < 2000


def test_busy_python_is_reported_and_stop_works_all_the_same(page, panel):
    start(panel)
    run_cell(page, 2)
    expect_trouble(panel, "No answer from Python for 5 seconds. Is another cell running?")
    press(panel, "Stop")
    page.wait_for_function(ALL_ENDED, timeout=REPLY)
    expect_status(panel, "The camera is off.")


def test_restarted_python_is_reported_and_the_camera_ends(page, panel):
    start(panel)
    page.get_by_text("Kernel", exact=True).first.click()
    page.get_by_text("Restart Kernel…", exact=True).first.click()
    page.locator(".jp-Dialog").get_by_role("button", name="Confirm").click()
    expect_trouble(panel, "Python was restarted: run this cell again.")
    page.wait_for_function(ALL_ENDED, timeout=REPLY)
    expect(panel.get_by_role("button", name="Start")).to_be_disabled()

    expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=START)
    run_cell(page, 0)
    expect_status(page.panel, "The camera is off.")
    start(page.panel)


def test_settings_hold_for_what_was_read_before(page, panel, tmp_path):
    cv2.imwrite(str(tmp_path / "sheet.png"), sheet(FOUR))
    upload(panel, tmp_path / "sheet.png")
    expect_number(panel, labels(FOUR))
    panel.get_by_role("slider").fill("1")
    expect_number(panel, "????")
    panel.get_by_role("slider").fill("0.6")
    expect_number(panel, labels(FOUR))
    expect_status(panel, "Read sheet.png.")


def test_other_side_is_asked_for_and_the_first_camera_ends(page, panel):
    start(panel)
    before = len(page.evaluate(TRACKS))
    run_cell(page, 3)
    page.wait_for_function(f"{TRACKS}.length > {before}", timeout=REPLY)
    expect_status(panel, "Reading.")
    expect_number(panel, labels(FOUR))
    assert page.evaluate("window.asked.at(-1).video.facingMode") == "user"
    assert page.evaluate(TRACKS)[before - 1 :] == ["ended", "live"]


def test_page_has_no_error_of_the_panel(page):
    assert errors_of_the_widgets(page) == []


# ---- other cameras, and none


def test_one_digit_in_two_panels(put, camera_showing):
    with camera_showing(ONE) as page:
        first = open_panel(page, put("other.ipynb", PANEL.replace("reader", "second")))
        second = run_cell(page, 1).locator(".webcam-reader")
        for panel in (first, second):
            press(panel, "Start")
            expect_number(panel, labels(ONE))
        assert np.argmax(ten_numbers(first)) == int(labels(ONE))
        press(second, "Stop")
        expect_status(second, "The camera is off.")
        expect_status(first, "Reading.")
        assert page.evaluate(TRACKS) == ["live", "ended"]
        assert errors_of_the_widgets(page) == []


def test_refused_camera_is_reported_in_page_and_python(put, playwright, tmp_path):
    # Without a fake answer to its question, a browser with no window refuses the camera.
    with chromium(playwright, FAKE_CAMERA) as page:
        panel = open_panel(page, put("other.ipynb", SHOW_STATUS))
        press(panel, "Start")
        expect_trouble(panel, "The camera was refused.")
        expect(panel.get_by_role("button", name="Start")).to_be_enabled(timeout=REPLY)
        expect_python_says(page, "The camera was refused.")
        cv2.imwrite(str(tmp_path / "sheet.png"), photograph([], np.random.default_rng(0)))
        upload(panel, tmp_path / "sheet.png")
        expect_status(panel, "Read sheet.png.")
        assert errors_of_the_widgets(page) == []


def test_cameras_are_chosen_by_name(put, playwright):
    with chromium(playwright, f"{FAKE_CAMERA}=device-count=2", ALLOWED) as page:
        panel = open_panel(page, put("other.ipynb"))
        press(panel, "Start")
        expect_status(panel, "Reading.")
        choice = panel.get_by_label("Camera")
        choice.select_option("fake_device_1")
        page.wait_for_function(f"{TRACKS}.join() === 'ended,live'", timeout=REPLY)
        expect_status(panel, "Reading.")
        asked = page.evaluate("window.asked.at(-1).video.deviceId.exact")
        assert asked == choice.input_value()
        assert page.evaluate("streams.at(-1).getTracks()[0].getSettings().deviceId") == asked
        assert errors_of_the_widgets(page) == []


def run_first_cell(page: Page) -> Locator:
    """Run the first cell in Notebook; load the page anew where it did not take the key."""
    for _ in range(5):
        try:
            idle = page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']")
            expect(idle).to_be_attached(timeout=REPLY)
            cell = page.locator(".jp-CodeCell").first
            cell.locator(".cm-content").click(timeout=WAIT_FOR_A_KEY)
            page.keyboard.press("Control+Enter")
            expect(cell.locator(".jp-InputPrompt")).not_to_have_text("[ ]:", timeout=WAIT_FOR_A_KEY)
            return cell
        except (AssertionError, Error) as error:
            print("Notebook was not ready:", error)
            page.reload()
    pytest.fail("the first cell does not run")


def test_panel_reads_in_notebook_7(lab, put, camera_showing):
    with camera_showing(FOUR) as page:
        put("seven.ipynb")
        watch_errors(page)
        page.goto(lab.address("seven.ipynb", page="notebooks"))
        panel = run_first_cell(page).locator(".webcam-reader")
        expect(panel).to_be_visible(timeout=START)
        start(panel)
        assert np.argmax(ten_numbers(panel)) == 0
        keep_picture(panel, "notebook_7.png")
        press(panel, "Stop")
        page.wait_for_function(ALL_ENDED, timeout=REPLY)
        expect_status(panel, "The camera is off.")
        assert errors_of_the_widgets(page) == []
