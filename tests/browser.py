"""JupyterLab and Chromium for tests, with a camera that shows a made-up sheet.

With the environment variable ``WEBCAM_PICTURES`` set to a folder, the pictures of the widgets
that the chapter shows are taken anew and saved there.
"""

import copy
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import cv2
import nbformat
import numpy as np
import pytest
from PIL import Image, ImageOps
from playwright.sync_api import Error, Locator, Page, Playwright, expect
from sklearn.datasets import load_sample_image

from digitlib import load_mnist
from digitlib.training.paper import photograph
from tools.ensure_browser import on_path

ROOT = Path(__file__).resolve().parent.parent

# Milliseconds. Nothing waits as long as this unless something is broken.
START, RUN, REPLY = 180_000, 180_000, 60_000

BROWSERS = ("chromium", "google-chrome", "chromium-browser")
COMMAND_LINE = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
FAKE_CAMERA = "--use-fake-device-for-media-stream"

# Keeps what was asked of the camera, and its streams, so that a test can look at both.
REMEMBER_STREAMS = """(() => {
  Object.assign(window, { streams: [], asked: [] });
  if (!navigator.mediaDevices) return;
  const ask = MediaDevices.prototype.getUserMedia;
  MediaDevices.prototype.getUserMedia = async function (constraints) {
    window.asked.push(constraints);
    const stream = await ask.call(this, constraints);
    window.streams.push(stream);
    return stream;
  };
})()"""
TRACKS = "window.streams.flatMap((stream) => stream.getTracks()).map((track) => track.readyState)"


def sheet(*lines: slice, digit_height: int = 100) -> np.ndarray:
    """Return a photograph of MNIST test images, one line of them for each slice."""
    _, (images, _) = load_mnist()
    return photograph(
        [images[line] for line in lines], np.random.default_rng(0), digit_height=digit_height
    )


def sheet_in_a_room(*lines: slice, share: float = 0.6) -> np.ndarray:
    """Return a picture of 640 x 480 in which such a sheet is held before a street.

    Its width is a share of the picture's, and it is held a little aslant.
    """
    picture = cv2.resize(load_sample_image("china.jpg")[:, :, ::-1], (640, 480))
    held = sheet(*lines, digit_height=130)
    height, width = held.shape[:2]
    wide, high = share * 640, share * 640 * height / width
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    placed = np.float32(
        [[0, 0.02 * high], [wide, 0], [0.99 * wide, high], [0.01 * wide, 0.97 * high]]
    )
    placed += np.float32([0.3 * (640 - wide), 0.6 * (480 - high)])
    matrix = cv2.getPerspectiveTransform(corners, placed)
    small = cv2.GaussianBlur(held, (0, 0), 0.4 / share)
    return cv2.warpPerspective(
        small, matrix, (640, 480), dst=picture, borderMode=cv2.BORDER_TRANSPARENT
    )


def labels(*lines: slice) -> str:
    _, (_, truth) = load_mnist()
    return "".join(str(label) for line in lines for label in truth[line])


def write_video(path: Path, picture: np.ndarray, frames: int = 30) -> None:
    """Write a YUV4MPEG2 video of a sheet held by a hand that trembles a little."""
    height, width = picture.shape[:2]
    rng = np.random.default_rng(0)
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F15:1 Ip A1:1 C420jpeg\n".encode())
        for angle in np.linspace(0, 2 * np.pi, frames, endpoint=False):
            move = np.array([[1, 0, 3 * np.sin(angle)], [0, 1, 3 * np.cos(angle)]])
            moved = cv2.warpAffine(
                picture, move, (width, height), borderMode=cv2.BORDER_REPLICATE
            ).astype(np.int16)
            moved += rng.integers(-3, 4, moved.shape, dtype=np.int16)
            frame = np.clip(moved, 0, 255).astype(np.uint8)
            file.write(b"FRAME\n" + cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).tobytes())


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def panel_alone(path: Path, starts: Sequence[str], made_up: str) -> nbformat.NotebookNode:
    """Return a notebook with only those code cells of a chapter that begin as given.

    What the chapter would have computed before them is made up in a cell after the first.
    """
    chapter = nbformat.read(path, as_version=4)
    cells = []
    for start in starts:
        (source,) = [cell.source for cell in code_cells(chapter) if cell.source.startswith(start)]
        cells.append(nbformat.v4.new_code_cell(source))
    cells.insert(1, nbformat.v4.new_code_cell(made_up))
    return nbformat.v4.new_notebook(cells=cells, metadata=chapter.metadata)


def fits_a_phone(panel: Locator) -> bool:
    """Make the page as narrow as a phone; tell whether the panel stays inside it."""
    files = panel.page.locator("#jp-left-stack")  # they would take most of the width
    if files.is_visible():
        panel.page.keyboard.press("Control+b")
    expect(files).to_be_hidden()
    panel.page.set_viewport_size({"width": 390, "height": 844})
    inside = panel.evaluate("box => box.scrollWidth <= box.clientWidth")
    return inside and panel.bounding_box()["width"] > 200


def drawn_by(panel: Locator) -> str:
    """Return the picture that a panel shows, as its address with all its data."""
    image = panel.locator(".jp-OutputArea img")
    expect(image).to_have_count(1, timeout=REPLY)
    return image.get_attribute("src")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(server: subprocess.Popen, status: str, log: Path) -> None:
    for _ in range(START // 500):
        try:
            urllib.request.urlopen(status, timeout=5)
            return
        except (urllib.error.URLError, OSError):
            pass
        try:
            server.wait(0.5)
            break
        except subprocess.TimeoutExpired:
            continue
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")


class Lab(NamedTuple):
    """A JupyterLab server: the folder it shows, and how to reach it."""

    work: Path
    port: int
    token: str

    def put(self, notebook: nbformat.NotebookNode, name: str) -> None:
        """Write a notebook into the folder, without its outputs."""
        bare = copy.deepcopy(notebook)
        for cell in code_cells(bare):
            cell.outputs, cell.execution_count = [], None
        nbformat.write(bare, self.work / name)

    def address(self, name: str, page: str = "lab/tree") -> str:
        return f"http://127.0.0.1:{self.port}/{page}/{name}?reset&token={self.token}"


def environment(home: Path) -> dict[str, str]:
    """Return variables that let Jupyter keep everything in a folder of the test."""
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
    }


@contextmanager
def jupyterlab(home: Path):
    """Start JupyterLab with settings of its own, and end it again."""
    work = home / "work"
    shutil.copytree(ROOT / "notebooks" / "images", work / "images")
    # The question whether to fetch news would lie over the page.
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    lab, log = Lab(work, free_port(), secrets.token_hex(16)), home / "lab.log"
    options = [
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={lab.port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={work}",
        f"--IdentityProvider.token={lab.token}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env=environment(home),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for(server, f"http://127.0.0.1:{lab.port}/api/status?token={lab.token}", log)
            yield lab
        finally:
            # The server ends its kernels before it ends.
            server.terminate()
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def browser_path() -> str | None:
    """Return the path of the system's Chromium, None where Playwright's own is to be used."""
    return on_path(BROWSERS)


@contextmanager
def chromium(playwright: Playwright, *options: str):
    """Open a page in the Chromium of the system, or else in Playwright's own."""
    try:
        browser = playwright.chromium.launch(
            executable_path=browser_path(), args=[*COMMAND_LINE, *options]
        )
    except Error as error:
        pytest.fail(
            f"no browser: none of {', '.join(BROWSERS)} is on PATH or it does not start, and "
            f"`playwright install chromium` has not been run: {error.message.splitlines()[0]}"
        )
    try:
        context = browser.new_context(
            viewport={"width": 1280, "height": 1400}, device_scale_factor=1.5
        )
        context.add_init_script(REMEMBER_STREAMS)
        yield context.new_page()
    finally:
        browser.close()


def watch_errors(page: Page) -> None:
    """Let ``page.page_errors`` take the errors of the page's scripts."""
    page.page_errors = []
    page.on("pageerror", lambda error: page.page_errors.append(f"{error}\n{error.stack}"))


def open_notebook(page: Page, address: str) -> None:
    """Open a notebook in JupyterLab and wait for its kernel."""
    watch_errors(page)
    page.goto(address)
    expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=START)


def run_all(page: Page, notebook: nbformat.NotebookNode) -> None:
    """Run all cells of the notebook that is open, and wait until each of them has run."""
    page.get_by_text("Run", exact=True).first.click()
    page.get_by_text("Run All Cells", exact=True).click()
    done = page.locator(".jp-CodeCell .jp-InputPrompt", has_text=re.compile(r"\[\d+\]"))
    failed = page.locator("[data-mime-type='application/vnd.jupyter.error']")
    last = done.nth(len(code_cells(notebook)) - 1)
    expect(last.or_(failed.first).first).to_be_attached(timeout=RUN)
    assert failed.all_inner_texts() == []
    expect(done).to_have_count(len(code_cells(notebook)))


# JupyterLab's own code stumbles over its cell toolbar on some pages, and Notebook's over plugins.
OTHERS_CODE = ("/static/lab/jlab_core", "/static/notebook/")


@contextmanager
def running(lab: Lab, playwright: Playwright, notebook: nbformat.NotebookNode, name: str):
    """Put a notebook into JupyterLab under a name, and yield its page when all cells have run."""
    lab.put(notebook, name)
    with chromium(playwright) as page:
        open_notebook(page, lab.address(name))
        run_all(page, notebook)
        yield page


def errors_of_the_widgets(page: Page) -> list[str]:
    return [error for error in page.page_errors if not any(code in error for code in OTHERS_CODE)]


def keep_picture(part: Locator, name: str) -> None:
    """Save a picture of a part of the page in few colors, where the environment asks for it."""
    if folder := os.environ.get("WEBCAM_PICTURES"):
        path = Path(folder) / name
        part.screenshot(path=path)
        with Image.open(path) as taken:
            framed = ImageOps.expand(taken.convert("RGB"), border=18, fill="white")
            few = framed.quantize(64, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
