"""Chapter 13 as a reader uses it: JupyterLab, Chromium, and a camera that shows a made-up sheet."""

import re
from pathlib import Path

import cv2
import nbformat
import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import (
    FAKE_CAMERA,
    REPLY,
    ROOT,
    TRACKS,
    Lab,
    chromium,
    errors_of_the_widgets,
    keep_picture,
    labels,
    open_notebook,
    run_all,
    sheet,
    write_video,
)

CHAPTER = ROOT / "notebooks" / "13_webcam.ipynb"


def cell_with(page: Page, button: str) -> Locator:
    """Return the output in which a button stands."""
    found = page.get_by_role("button", name=button)
    return page.locator(".jp-CodeCell .jp-OutputArea-output").filter(has=found)


def press(output: Locator, button: str) -> None:
    output.get_by_role("button", name=button).click()


def text(output: Locator, words: str | re.Pattern) -> Locator:
    return output.locator(".widget-label").filter(has_text=words)


def number(output: Locator, digits: str) -> Locator:
    return text(output, re.compile(f"^{digits}$"))


def ten_numbers(output: Locator) -> list[float]:
    """Return the numbers beside the ten bars, in the order of the digits."""
    rows = output.locator(".widget-hprogress .widget-label").all_inner_texts()
    assert [row.split(": ")[0] for row in rows] == [str(digit) for digit in range(10)]
    return [float(row.split(": ")[1]) for row in rows]


def open_and_run(page: Page, lab: Lab, name: str) -> None:
    notebook = nbformat.read(CHAPTER, as_version=4)
    lab.put(notebook, name)
    open_notebook(page, lab.address(name))
    run_all(page, notebook)


@pytest.fixture(scope="module")
def chapter(lab, playwright, tmp_path_factory):
    """Run the chapter in a browser whose camera shows one line of digits."""
    video = tmp_path_factory.mktemp("video") / "sheet.y4m"
    write_video(video, sheet(slice(24, 28), digit_height=130))
    camera = f"--use-file-for-fake-video-capture={video}"
    with chromium(playwright, FAKE_CAMERA, camera, "--use-fake-ui-for-media-stream") as page:
        open_and_run(page, lab, "chapter.ipynb")
        yield page


def test_running_the_chapter_asks_for_no_camera(chapter):
    assert chapter.evaluate(TRACKS) == []


def test_snapshot_is_read_and_the_camera_ends(chapter):
    output = cell_with(chapter, "Start camera")
    press(output, "Take a snapshot")
    expect(text(output, "The camera is off")).to_be_visible(timeout=REPLY)

    press(output, "Start camera")
    expect(output.locator("video")).to_be_visible(timeout=REPLY)
    press(output, "Take a snapshot")
    expect(text(output, "The picture came after")).to_be_visible(timeout=REPLY)
    expect(number(output, labels(slice(24, 28)))).to_be_visible(timeout=REPLY)
    # The 0 is by far the largest of 4, 0, 7, 4.
    assert np.argmax(ten_numbers(output)) == 0
    assert max(ten_numbers(output)) > 0.6
    keep_picture(output.locator("> .jupyter-widgets"), "13_snapshot.png")

    press(output, "Stop camera")
    expect(output.locator("video")).to_have_count(0, timeout=REPLY)
    chapter.wait_for_function(f"{TRACKS}.every((state) => state === 'ended')", timeout=REPLY)
    assert chapter.evaluate(TRACKS) == ["ended"]


def test_camera_starts_again_after_a_stop(chapter):
    output = cell_with(chapter, "Start camera")
    press(output, "Start camera")
    expect(output.locator("video")).to_be_visible(timeout=REPLY)
    press(output, "Take a snapshot")
    expect(text(output, "The picture came after")).to_be_visible(timeout=REPLY)
    press(output, "Stop camera")
    chapter.wait_for_function(f"{TRACKS}.every((state) => state === 'ended')", timeout=REPLY)


def upload(page: Page, path: Path) -> Locator:
    output = cell_with(page, "Upload")
    with page.expect_file_chooser() as chooser:
        press(output, "Upload")
    chooser.value.set_files(path)
    return output


def test_uploaded_file_is_read(chapter, tmp_path):
    lines = slice(5, 10), slice(10, 15)
    path = tmp_path / "sheet.jpg"
    cv2.imwrite(str(path), sheet(*lines))
    output = upload(chapter, path)
    expect(number(output, labels(*lines))).to_be_visible(timeout=REPLY)
    keep_picture(output.locator("> .jupyter-widgets"), "13_upload.png")


def test_uploaded_text_is_refused_and_an_image_taken_after_it(chapter, tmp_path):
    diary, path = tmp_path / "diary.txt", tmp_path / "sheet.png"
    diary.write_text("Dear diary, ...")
    output = upload(chapter, diary)
    expect(text(output, "Could not read this picture")).to_be_visible(timeout=REPLY)
    expect(number(output, "no digit")).to_be_visible(timeout=REPLY)
    assert ten_numbers(output) == [0.0] * 10

    cv2.imwrite(str(path), sheet(slice(0, 4)))
    upload(chapter, path)
    expect(number(output, labels(slice(0, 4)))).to_be_visible(timeout=REPLY)


# A 4 in two strokes, in pixels of the pad.
FOUR = [[(185, 50), (75, 165), (225, 165)], [(175, 110), (165, 240)]]


def pad_of(page: Page) -> tuple[Locator, float, float]:
    output = cell_with(page, "Clear")
    press(output, "Clear")
    output.scroll_into_view_if_needed()
    corner = output.locator("canvas").bounding_box()
    return output, corner["x"], corner["y"]


def test_drawn_digit_is_read_after_each_stroke(chapter):
    output, left, top = pad_of(chapter)
    for stroke in FOUR:
        (x, y), *others = stroke
        chapter.mouse.move(left + x, top + y)
        chapter.mouse.down()
        for x, y in others:
            chapter.mouse.move(left + x, top + y, steps=12)
        chapter.mouse.up()
    expect(number(output, "4")).to_be_visible(timeout=REPLY)
    assert np.argmax(ten_numbers(output)) == 4
    dark = output.locator("canvas").evaluate(
        """(canvas) => {
          const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          return pixels.data.filter((value, index) => index % 4 === 0 && value < 128).length;
        }"""
    )
    assert 3_000 < dark < 15_000
    keep_picture(output.locator("> .jupyter-widgets"), "13_pad.png")


def test_pad_takes_a_finger(chapter):
    output, left, top = pad_of(chapter)
    finger = chapter.context.new_cdp_session(chapter)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        finger.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": left + x, "y": top + y} for x, y in points]},
        )

    touch("touchStart", (140, 50))
    for y in range(60, 240, 10):
        touch("touchMove", (140, y))
    touch("touchEnd")
    expect(number(output, "1")).to_be_visible(timeout=REPLY)


def test_page_has_no_error_of_the_widgets(chapter):
    assert errors_of_the_widgets(chapter) == []


def test_refused_camera_is_reported(lab, playwright):
    # Without a fake answer to its question, a browser with no window refuses the camera.
    with chromium(playwright, FAKE_CAMERA) as page:
        open_and_run(page, lab, "refused.ipynb")
        output = cell_with(page, "Start camera")
        press(output, "Start camera")
        expect(output.get_by_text("Permission denied")).to_be_visible(timeout=REPLY)
        press(output, "Take a snapshot")
        expect(text(output, "No picture in 8 s: camera refused")).to_be_visible(timeout=REPLY)
        expect(number(output, "no digit")).to_be_visible(timeout=REPLY)
