"""What the camera panel of chapter 13 costs a room's network and a hub's processors.

JupyterLab, its kernel and Chromium run on this machine, and a fake camera plays a sheet with four
digits, 640 x 480. Between the browser and Jupyter stands a relay that counts what passes at the
socket, both ways, with the frames' envelopes and everything else that a page sends. It can hold
the traffic back to a rate, as one radio that many share does: then the panel's own brake, at most
two frames on the way, shows what a student with a small share still gets.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Page, Playwright, expect, sync_playwright

from benchmarks.environment import environment
from benchmarks.frame_counter import write_counted_video
from benchmarks.webcam import FOUR, KERNEL, SHOW, camera_options, kernel
from tests.browser import (
    REPLY,
    START,
    Lab,
    chromium,
    jupyterlab,
    open_notebook,
    sheet,
    sheet_in_a_room,
)

RESULT = Path(__file__).parent / "results" / "hub_camera.json"
PACKAGES = ("jupyterlab", "jupyter-server", "ipywidgets", "anywidget", "onnxruntime")
CELL = "from digitlib.course.webcam import WebcamReader\nshown = WebcamReader()"
CHUNK = 16_384
WARM_UP_SECONDS = 3
# A frame is the only thing that a page sends which is this large.
COUNT_FRAMES = """(() => {
  window.frames_sent = [];
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (message) {
    const size = message.byteLength ?? message.size ?? message.length;
    if (size > 5000) window.frames_sent.push(size);
    return send.call(this, message);
  };
})()"""


class Relay:
    """Passes bytes between a browser and a server, counts them, and holds them back.

    Parameters
    ----------
    port : int
        Where the server listens, on 127.0.0.1.

    Attributes
    ----------
    port : int
        Where the relay listens, on 127.0.0.1; set when it has started.
    up, down : int
        Bytes that went to the server, and from it.
    megabits : float
        The most that passes in a second, both ways together; 0 for no limit.
    """

    def __init__(self, port: int):
        self.server = port
        self.port = 0
        self.up = self.down = 0
        self.megabits = 0.0
        self._free_at = 0.0

    async def _pass(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: str
    ) -> None:
        try:
            while part := await source.read(CHUNK):
                setattr(self, way, getattr(self, way) + len(part))
                if self.megabits:
                    # One radio: whoever comes next waits until the air is free.
                    now = time.monotonic()
                    seconds = len(part) * 8 / (1e6 * self.megabits)
                    self._free_at = max(now, self._free_at) + seconds
                    await asyncio.sleep(self._free_at - now)
                sink.write(part)
                await sink.drain()
        except ConnectionError:
            pass
        finally:
            sink.close()

    async def _accept(self, browser: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        server, forth = await asyncio.open_connection("127.0.0.1", self.server)
        await asyncio.gather(self._pass(browser, forth, "up"), self._pass(server, back, "down"))

    @contextmanager
    def running(self):
        """Listen in a thread until the block ends."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        # A small buffer: what a large one holds would look like a network that is faster.
        opening = asyncio.start_server(self._accept, "127.0.0.1", 0, limit=CHUNK)
        listener = asyncio.run_coroutine_threadsafe(opening, loop).result()
        self.port = listener.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(listener.close)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()


def seconds_of(process: psutil.Process) -> float:
    """Return the processor's seconds that a process has used."""
    times = process.cpu_times()
    return times.user + times.system


def measure(page: Page, relay: Relay, seconds: float) -> dict:
    """Return what passes while the camera runs, and what it takes of the processors."""
    python = kernel(page)
    server = python.parent()
    page.evaluate("window.frames_sent = []")
    up, down = relay.up, relay.down
    work, serving = seconds_of(python), seconds_of(server)
    started = time.perf_counter()
    page.wait_for_timeout(1000 * seconds)
    passed = time.perf_counter() - started
    up, down = relay.up - up, relay.down - down
    work, serving = seconds_of(python) - work, seconds_of(server) - serving
    sizes = page.evaluate("window.frames_sent")
    pace = page.locator(".webcam-reader .pace").inner_text()
    frames = max(len(sizes), 1)
    return {
        "limit_megabits": relay.megabits,
        "frames_a_second": len(sizes) / passed,
        "frame_bytes_median": statistics.median(sizes) if sizes else None,
        "bytes_up_a_frame": up / frames,
        "bytes_down_a_frame": down / frames,
        "megabits_up": 8e-6 * up / passed,
        "megabits_down": 8e-6 * down / passed,
        "kernel_ms_a_frame": 1000 * work / frames,
        "server_ms_a_frame": 1000 * serving / frames,
        "kernel_cores": work / passed,
        "server_cores": serving / passed,
        "panel_says": pace,
    }


def open_panel(lab: Lab, page: Page, relay: Relay, name: str) -> None:
    """Open a notebook with the panel through the relay, and wait for its first answer."""
    page.add_init_script(COUNT_FRAMES)
    cell = new_code_cell(f"{CELL}\n{SHOW}")
    lab.put(new_notebook(cells=[cell], metadata={"kernelspec": KERNEL}), name)
    open_notebook(page, lab._replace(port=relay.port).address(name))
    page.locator(".jp-CodeCell .cm-content").click()
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Start", exact=True).click(timeout=START)
    pace = page.locator(".webcam-reader .pace")
    expect(pace).to_contain_text("frames a second", timeout=REPLY)


def quiet(page: Page, relay: Relay, seconds: float) -> dict:
    """Return what an open notebook sends and gets while its camera is off."""
    page.get_by_role("button", name="Stop", exact=True).click()
    page.wait_for_timeout(1000 * WARM_UP_SECONDS)
    up, down = relay.up, relay.down
    page.wait_for_timeout(1000 * seconds)
    return {
        "bytes_up_a_second": (relay.up - up) / seconds,
        "bytes_down_a_second": (relay.down - down) / seconds,
    }


def at_a_rate(video: Path, rate: int, target: Path) -> Path:
    """Copy a video with another number of frames a second in its header."""
    content = video.read_bytes()
    target.write_bytes(content.replace(b" F15:1 ", f" F{rate}:1 ".encode(), 1))
    return target


def run(playwright: Playwright, home: Path, seconds: float, limits: list[float]) -> dict:
    """Measure a plain sheet and a sheet before a street, at two rates, then with limits."""
    room, plain = home / "room.y4m", home / "plain.y4m"
    write_counted_video(plain, sheet(FOUR, digit_height=130))
    write_counted_video(room, sheet_in_a_room(FOUR))
    fast = at_a_rate(room, 30, home / "fast.y4m")
    ways = {
        "plain sheet, camera of 15 a second": plain,
        "before a street, camera of 15 a second": room,
        "before a street, camera of 30 a second": fast,
    }
    found: dict = {"ways": {}, "limits": []}
    with jupyterlab(home / "lab") as lab:
        for at, (way, video) in enumerate(ways.items()):
            with (
                Relay(lab.port).running() as relay,
                chromium(playwright, *camera_options(video)) as page,
            ):
                open_panel(lab, page, relay, f"panel{at}.ipynb")
                page.wait_for_timeout(1000 * WARM_UP_SECONDS)
                found["ways"][way] = measured = measure(page, relay, seconds)
                print(way, json.dumps(measured, indent=2), flush=True)
                if video == fast:
                    for megabits in limits:
                        relay.megabits = megabits
                        page.wait_for_timeout(1000 * WARM_UP_SECONDS)
                        found["limits"].append(measure(page, relay, seconds))
                        print(json.dumps(found["limits"][-1], indent=2), flush=True)
                    relay.megabits = 0
                found["camera off"] = quiet(page, relay, seconds)
    return found


def main() -> None:
    """Measure bytes, frames and processor time of the camera panel."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="length of a measurement")
    parser.add_argument(
        "--limits", type=float, nargs="*", default=[8, 4, 2, 1], help="megabits a second"
    )
    parser.add_argument("--json", type=Path, default=RESULT, help="where the result goes")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        found = run(playwright, Path(home), given.seconds, given.limits)
    result = {"environment": environment(PACKAGES), **found}
    given.json.parent.mkdir(exist_ok=True)
    given.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
