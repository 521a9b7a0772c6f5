"""How fast the panel of chapter 13 answers, beside the plain loop with ipywebrtc's recorder.

JupyterLab, its kernel and Chromium run on this machine; a fake camera plays a sheet with four
digits, 640 x 480, 15 frames a second, and each frame carries a number. The page notes when a
number comes out of the camera and when it stands in the bars. Panel and loop take turns in one
run, each round in a browser of its own; in a third way, the panel's sheet is held before a
room. With ``--minutes``, the panel runs that long instead,
and the memory of kernel and page must stay flat.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import websocket
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser, Error, Page, Playwright, expect, sync_playwright

from benchmarks.environment import environment
from benchmarks.frame_counter import BITS, CELL, STRIP, write_counted_video
from digitlib import load_recognizer
from digitlib.course import stored
from tests.browser import (
    COMMAND_LINE,
    FAKE_CAMERA,
    REPLY,
    START,
    Lab,
    browser_path,
    chromium,
    free_port,
    jupyterlab,
    open_notebook,
    sheet,
    sheet_in_a_room,
)

RESULTS = stored.RESULTS
FOUR = slice(24, 28)
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
PANEL = "from benchmarks.frame_counter import panel\nshown = panel()"
CELL_OF = {
    "panel": PANEL,
    "plain loop": "from benchmarks.frame_counter import plain_loop\nshown = plain_loop()",
    "panel before a room": PANEL,
}
SHOW = "import os\nprint('kernel', os.getpid())\nshown"
# Where the page shows the first of the ten numbers, as a width in percent.
PANELS_BAR, LOOPS_BAR = ".webcam-reader .bar:first-child .fill", ".widget-hprogress .progress-bar"
WARM_UP_SECONDS = 3
MOST_GROWTH_MB = 20
PACKAGES = ("jupyterlab", "ipywidgets", "ipywebrtc", "anywidget", "onnxruntime", "numpy")

PROBE = """async ([selector, bits, cell, strip]) => {
  window.seen = [];
  window.shown = [];
  const video = Object.assign(document.createElement('video'), { muted: true });
  video.srcObject = new MediaStream(window.streams.at(-1).getVideoTracks());
  await video.play();
  const canvas = new OffscreenCanvas(bits * cell, strip);
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  const look = (now, frame) => {
    pen.drawImage(video, 0, 0);
    const row = pen.getImageData(0, strip / 2, canvas.width, 1).data;
    let number = 0;
    for (let bit = 0; bit < bits; bit++)
      if (row[4 * (bit * cell + cell / 2)] > 127) number += 1 << bit;
    window.seen.push([number, frame.captureTime ?? now]);
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  const bar = document.querySelector(selector);
  new MutationObserver(() => {
    const number = Math.round((parseFloat(bar.style.width) / 100) * 2 ** bits);
    // What was written now is painted with the next frame of the screen.
    requestAnimationFrame((now) => window.shown.push([number, now]));
  }).observe(bar, { attributes: true, attributeFilter: ['style'] });
}"""


def open_cell(lab: Lab, page: Page, way: str) -> float:
    """Run the cell of a way, start its camera, and return the seconds until the first answer."""
    name = f"{way.replace(' ', '_')}.ipynb"
    cell = new_code_cell(f"{CELL_OF[way]}\n{SHOW}")
    lab.put(new_notebook(cells=[cell], metadata={"kernelspec": KERNEL}), name)
    open_notebook(page, lab.address(name))
    page.locator(".jp-CodeCell .cm-content").click()
    started = time.perf_counter()
    page.keyboard.press("Control+Enter")
    if way == "plain loop":
        # A recorder that is asked before the camera has started may never answer.
        page.wait_for_function("document.querySelector('video')?.readyState >= 2", timeout=START)
    page.get_by_role("button", name="Start", exact=True).click(timeout=START)
    number = ".widget-label" if way == "plain loop" else ".webcam-reader .number"
    expect(page.locator(number).filter(has_text="4074").first).to_be_visible(timeout=REPLY)
    return time.perf_counter() - started


def measure(lab: Lab, page: Page, way: str, seconds: float) -> dict:
    """Return frames a second and delays of one way, and the seconds to its first answer."""
    first_answer = open_cell(lab, page, way)
    page.wait_for_timeout(1000 * WARM_UP_SECONDS)
    bar = LOOPS_BAR if way == "plain loop" else PANELS_BAR
    page.evaluate(PROBE, [bar, BITS, CELL, STRIP])
    page.wait_for_timeout(1000 * seconds)
    seen, shown = page.evaluate("[window.seen, window.shown]")
    return {
        "first_answer_s": first_answer,
        "camera_frames_a_second": len(seen) / seconds,
        "frames_a_second": len({tuple(pair) for pair in shown}) / seconds,
        "delays_ms": delays(seen, shown),
        "kernel_mb": kernel(page).memory_info().rss / 1e6,
    }


def delays(seen: list[list[float]], shown: list[list[float]]) -> list[float]:
    """Return for each number shown the milliseconds since it last came from the camera."""
    found = []
    for number, at in shown:
        times = [time for other, time in seen if other == number and time <= at]
        if times:
            found.append(at - times[-1])
    return found


def kernel(page: Page) -> psutil.Process:
    """Return the process that ran the cell."""
    said = page.locator(".jp-OutputArea-output").filter(has_text="kernel").first.inner_text()
    return psutil.Process(int(said.split()[1]))


def work_a_frame(frame: np.ndarray) -> float:
    """Return the median milliseconds that reading a 640 x 480 frame takes, without a browser."""
    recognizer, times = load_recognizer(), []
    for _ in range(100):
        started = time.perf_counter()
        recognizer.read(frame)
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def compare(
    lab: Lab, playwright: Playwright, videos: dict[str, Path], seconds: float, rounds: int
) -> dict:
    """Measure panel, plain loop, and panel before a room in turns."""
    results = {way: [] for way in CELL_OF}
    for _ in range(rounds):
        for way, measured in results.items():
            with chromium(playwright, *camera_options(videos[way])) as page:
                measured.append(measure(lab, page, way, seconds))
                end_kernel(page)
    summary = {
        "work_a_frame_ms": work_a_frame(sheet(FOUR, digit_height=130)),
        "work_a_frame_before_a_room_ms": work_a_frame(sheet_in_a_room(FOUR)),
    }
    for way, measured in results.items():
        together = [delay for one in measured for delay in one["delays_ms"]]
        summary[way] = {
            "frames_a_second": [one["frames_a_second"] for one in measured],
            "camera_frames_a_second": [one["camera_frames_a_second"] for one in measured],
            "delay_median_ms": float(np.median(together)),
            "delay_95_ms": float(np.percentile(together, 95)),
            "first_answer_s": [one["first_answer_s"] for one in measured],
            "kernel_mb": max(one["kernel_mb"] for one in measured),
        }
    return summary


def end_kernel(page: Page) -> None:
    """End the kernel of this round, so that the next one has the machine."""
    page.get_by_text("Kernel", exact=True).first.click()
    page.get_by_text("Shut Down Kernel", exact=True).click()
    expect(page.locator("#jp-main-statusbar")).to_contain_text("No Kernel", timeout=REPLY)


def report(summary: dict) -> None:
    """Print what was measured, and the ratio of panel to plain loop."""
    print(f"{'':>34}" + "".join(f"{way:>21}" for way in CELL_OF) + f"{'panel / loop':>14}")
    rows = [
        ("frames a second, median round", "frames_a_second", statistics.median),
        ("camera to bars, median (ms)", "delay_median_ms", float),
        ("camera to bars, 95th pct. (ms)", "delay_95_ms", float),
        ("run cell to first answer (s)", "first_answer_s", statistics.median),
        ("kernel memory, at most (MB)", "kernel_mb", float),
    ]
    for words, key, take in rows:
        values = [take(summary[way][key]) for way in CELL_OF]
        ratio = values[0] / values[1]
        print(f"{words:>34}" + "".join(f"{value:>21.1f}" for value in values) + f"{ratio:>14.2f}")
    plain, room = summary["work_a_frame_ms"], summary["work_a_frame_before_a_room_ms"]
    print(f"{'reading one frame (ms)':>34}{plain:>21.1f}{'':>21}{room:>21.1f}")


def camera_options(video: Path) -> list[str]:
    """Return what tells Chromium to play a video as its camera."""
    file = f"--use-file-for-fake-video-capture={video}"
    return [FAKE_CAMERA, file, "--use-fake-ui-for-media-stream"]


@contextmanager
def chromium_left_alone(playwright: Playwright, home: Path, options: list[str]):
    """Start a Chromium that runs on when nobody is connected to it; yield its process and port."""
    port = free_port()
    command = [
        browser_path() or playwright.chromium.executable_path,
        "--headless=new",
        f"--remote-debugging-port={port}",
        f"--user-data-dir={home / 'profile'}",
        *COMMAND_LINE,
        *options,
        "about:blank",
    ]
    with (home / "chromium.log").open("w") as log:
        process = psutil.Popen(command, stdout=log, stderr=log)
        try:
            yield process, port
        finally:
            process.terminate()
            process.wait(30)


def connect(playwright: Playwright, port: int) -> Browser:
    """Connect to a Chromium as soon as it listens."""
    for _ in range(START // 500):
        try:
            return playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
        except Error:
            time.sleep(0.5)
    sys.exit("Chromium did not start")


def watch_memory(lab: Lab, playwright: Playwright, options: list[str], minutes: float) -> dict:
    """Let the panel run, and print the memory of kernel and page every half minute.

    A connection for tests makes the page keep a copy of each message that it sends, so nobody
    is connected meanwhile.
    """
    rows = []
    with chromium_left_alone(playwright, lab.work.parent, options) as (process, port):
        browser = connect(playwright, port)
        page = browser.contexts[0].pages[0]
        page.set_viewport_size({"width": 1280, "height": 1400})
        open_cell(lab, page, "panel")
        python = kernel(page)
        browser.close()
        print(f"{'minute':>7}{'kernel MB':>12}{'page MB':>10}")
        for half in range(1, round(2 * minutes) + 1):
            time.sleep(30)
            collect_garbage(port)
            below = process.children(recursive=True)
            renderers = [one for one in below if "--type=renderer" in one.cmdline()]
            row = {
                "minute": half / 2,
                "kernel_mb": python.memory_info().rss / 1e6,
                "page_mb": sum(one.memory_full_info().uss for one in renderers) / 1e6,
            }
            rows.append(row)
            print("{minute:7.1f}{kernel_mb:12.1f}{page_mb:10.1f}".format(**row), flush=True)
        browser = connect(playwright, port)
        (page,) = [page for page in browser.contexts[0].pages if "/lab/" in page.url]
        expect(page.locator(".webcam-reader .number")).to_have_text("4074", timeout=REPLY)
        print("still read:", page.locator(".webcam-reader .pace").inner_text())
        browser.close()
    growth = {side: growth_after_a_minute(rows, side) for side in ("kernel_mb", "page_mb")}
    for side, grown in growth.items():
        print(f"{side[:-3]}: {grown:+.1f} MB from the second minute to the last")
    return {"rows": rows, "growth": growth}


def collect_garbage(port: int) -> None:
    """Let the page drop what it no longer needs, over a connection that asks for nothing else."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
        (page,) = [target for target in json.load(answer) if "/lab/" in target["url"]]
    connection = websocket.create_connection(
        page["webSocketDebuggerUrl"], timeout=START / 1000, suppress_origin=True
    )
    connection.send(json.dumps({"id": 1, "method": "HeapProfiler.collectGarbage"}))
    connection.recv()
    connection.close()


def growth_after_a_minute(rows: list[dict], side: str) -> float:
    """Return by how many MB the last minute's mean lies above the second minute's."""
    second = [row[side] for row in rows if 1 <= row["minute"] <= 2]
    last = [row[side] for row in rows if row["minute"] >= rows[-1]["minute"] - 1]
    return statistics.mean(last) - statistics.mean(second)


def main() -> None:
    """Compare the panel with the plain loop, or watch its memory."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="length of a round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each way")
    parser.add_argument("--minutes", type=float, help="watch the panel's memory this long instead")
    given = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        plain, room = Path(home) / "plain.y4m", Path(home) / "room.y4m"
        write_counted_video(plain, sheet(FOUR, digit_height=130))
        write_counted_video(room, sheet_in_a_room(FOUR))
        with jupyterlab(Path(home)) as lab:
            if given.minutes:
                measured = watch_memory(lab, playwright, camera_options(plain), given.minutes)
            else:
                videos = dict(zip(CELL_OF, (plain, plain, room), strict=True))
                measured = compare(lab, playwright, videos, given.seconds, given.rounds)
                report(measured)
    name = "webcam_memory" if given.minutes else "webcam"
    result = {"environment": environment(PACKAGES), **measured}
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n")
    if given.minutes and max(measured["growth"].values()) > MOST_GROWTH_MB:
        sys.exit(f"memory grew by more than {MOST_GROWTH_MB} MB")


if __name__ == "__main__":
    main()
