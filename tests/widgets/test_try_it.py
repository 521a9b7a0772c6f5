"""The page "Try it": a photograph or the camera, read in the page, with nothing sent."""

import re

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser import (
    FAKE_CAMERA,
    ROOT,
    chromium,
    labels,
    sheet,
    sheet_in_a_room,
    write_video,
)

PAGE = ROOT / "_build" / "html" / "book" / "try_it.html"
ALLOWED = "--use-fake-ui-for-media-stream"
FOUR = slice(0, 4)


def open_page(page: Page, width: int = 1280) -> Page:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(PAGE.as_uri())
    return page


def encoded(picture: np.ndarray) -> bytes:
    return cv2.imencode(".png", picture)[1].tobytes()


def give(page: Page, name: str, content: bytes) -> None:
    file = {"name": name, "mimeType": "image/png", "buffer": content}
    page.locator(".try-file input").set_input_files(file)


@pytest.fixture(scope="module")
def page(playwright):
    with chromium(playwright) as opened:
        yield opened


@pytest.mark.parametrize("width", [1280, 360])
def test_a_photograph_is_read(page, width):
    open_page(page, width)
    give(page, "sheet.png", encoded(sheet(FOUR, slice(4, 8))))
    expected = f"{labels(FOUR)}\n{labels(slice(4, 8))}"
    expect(page.locator(".try-answer")).to_have_text(expected, use_inner_text=True)
    expect(page.locator(".try-boxes div")).to_have_count(8)
    expect(page.locator(".try-status")).to_contain_text("It reads")
    page.locator(".try-digits button").nth(2).click()
    best = page.locator(".pad-bars .pad-best")
    expect(best.locator(".pad-name")).to_have_text(labels(FOUR)[2])
    assert float(best.locator(".pad-value").inner_text()) > 0.5
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_picture_without_a_digit_is_said_to_have_none(page):
    open_page(page)
    give(page, "street.png", encoded(np.full((480, 640), 200, np.uint8)))
    expect(page.locator(".try-answer")).to_have_text("no digit")
    expect(page.locator(".try-status")).to_have_text("It sees no digit here.")
    expect(page.locator(".try-boxes div")).to_have_count(0)


def test_a_file_that_is_no_picture_is_named(page):
    open_page(page)
    give(page, "poem.png", b"Shall I compare thee to a summer's day?")
    expect(page.locator(".try-status.try-trouble")).to_contain_text("poem.png is no picture")


def test_a_picture_may_be_dropped_or_pasted(page):
    open_page(page)
    for kind in ("drop", "paste"):
        page.evaluate(
            """([kind, content]) => {
                const files = new DataTransfer();
                const bytes = new Uint8Array(content);
                files.items.add(new File([bytes], "seven.png", { type: "image/png" }));
                const said = { bubbles: true, cancelable: true };
                const event = kind === "drop"
                    ? new DragEvent("drop", { ...said, dataTransfer: files })
                    : new ClipboardEvent("paste", { ...said, clipboardData: files });
                document.querySelector(".try-stage").dispatchEvent(event);
            }""",
            [kind, list(encoded(sheet(slice(0, 1 if kind == "drop" else 2))))],
        )
        read = labels(slice(0, 1 if kind == "drop" else 2))
        expect(page.locator(".try-answer")).to_have_text(read)


def test_the_page_lets_nothing_leave(page):
    asked = []
    page.context.on("request", lambda request: asked.append(request.url))
    open_page(page)
    give(page, "sheet.png", encoded(sheet(FOUR)))
    expect(page.locator(".try-answer")).to_have_text(labels(FOUR))
    assert [url for url in asked if not url.startswith(("file:", "blob:", "data:"))] == []
    refused = page.evaluate(
        """async () => {
            const told = new Promise((done) => document.addEventListener(
                "securitypolicyviolation", (violation) => done(violation.blockedURI)));
            await fetch("http://127.0.0.1:9/").catch(() => {});
            return told;
        }"""
    )
    assert refused.startswith("http://127.0.0.1:9")


def test_the_camera_is_read_until_it_is_stopped(playwright, tmp_path):
    write_video(tmp_path / "room.y4m", sheet_in_a_room(FOUR))
    video = f"--use-file-for-fake-video-capture={tmp_path / 'room.y4m'}"
    with chromium(playwright, FAKE_CAMERA, video, ALLOWED) as page:
        open_page(page)
        assert page.evaluate("navigator.mediaDevices !== undefined")
        page.get_by_role("button", name="Use the camera").click()
        answer = page.locator(".try-answer")
        # The last digit stands small and slanted before the street: it may be one to doubt.
        expect(answer).to_have_text(re.compile(rf"^{labels(FOUR)[:3]}"))
        page.context.set_offline(True)
        answer.evaluate("answer => answer.textContent = ''")
        expect(answer).to_have_text(re.compile(rf"^{labels(FOUR)[:3]}"))
        page.get_by_role("button", name="Stop the camera").click()
        expect(page.locator(".try-status")).to_have_text("The camera is off.")
        expect(page.get_by_role("button", name="Use the camera")).to_be_visible()


def test_a_camera_that_is_refused_or_missing_is_explained(page, playwright):
    open_page(page)
    page.get_by_role("button", name="Use the camera").click()
    expect(page.locator(".try-status.try-trouble")).to_contain_text("There is no camera")
    with chromium(playwright, FAKE_CAMERA, "--deny-permission-prompts") as without:
        open_page(without)
        without.get_by_role("button", name="Use the camera").click()
        expect(without.locator(".try-status.try-trouble")).to_contain_text("refused")
