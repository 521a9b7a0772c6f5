"""``make show``: the panel alone, alive without a key press, as long as the program runs."""

import re
import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import cv2
import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser import (
    REPLY,
    ROOT,
    START,
    chromium,
    environment,
    errors_of_the_widgets,
    labels,
    sheet,
    watch_errors,
)

FOUR = slice(24, 28)


@pytest.fixture
def shown(tmp_path):
    """Start the program as ``make show`` does, but with no browser; yield it and its address."""
    command = [sys.executable, "tools/show.py", "--no-browser", "--allow-root"]
    program = subprocess.Popen(
        command, cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE, text=True
    )
    try:
        address = re.fullmatch("The panel: (.*)\n", program.stdout.readline())
        assert address, "the program printed no address"
        yield program, address[1]
    finally:
        program.terminate()
        program.wait(300)


def listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def test_panel_is_there_at_once_and_ends_with_the_program(shown, playwright, tmp_path):
    program, address = shown
    assert urlsplit(address).hostname == "127.0.0.1"
    cv2.imwrite(str(tmp_path / "sheet.png"), sheet(FOUR, digit_height=130))
    with chromium(playwright) as page:
        watch_errors(page)
        page.goto(address)
        panel = page.locator(".webcam-reader")
        # A page that is loaded again, by mistake in class, must not be the end of it.
        for _ in range(2):
            expect(panel).to_be_visible(timeout=START)
            panel.get_by_label("Open a picture").set_input_files(tmp_path / "sheet.png")
            expect(panel.locator(".status")).to_have_text("Read sheet.png.", timeout=REPLY)
            expect(panel.locator(".number")).to_have_text(labels(FOUR), timeout=REPLY)
            page.reload()
        expect(panel).to_be_visible(timeout=START)
        expect(page.locator(".cm-content")).to_be_hidden()
        expect(page.locator(".jp-Dialog, .Toastify__toast")).to_have_count(0)
        assert errors_of_the_widgets(page) == []
    program.send_signal(signal.SIGINT)
    assert program.wait(300) == 0
    assert not listens(urlsplit(address).port)
    notebook = nbformat.read(ROOT / "_build" / "show" / "show.ipynb", as_version=4)
    assert [cell.metadata.jupyter.source_hidden for cell in notebook.cells] == [True]
