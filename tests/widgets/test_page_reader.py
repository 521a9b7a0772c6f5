"""The reader of photographs in JavaScript reads what the package reads."""

import base64
import json
import shutil
from contextlib import contextmanager

import cv2
import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from playwright.sync_api import Error, Page

from digitlib.onnx_network import OnnxNetwork
from digitlib.reading.components import Box
from digitlib.reading.finder import SHIPPED_FINDER
from digitlib.reading.pyramid import halved, shrunk
from digitlib.readings import Reading, Readings, Unread
from tests.browser import ROOT, chromium, labels, sheet
from tests.golden import pictures
from tools import page_engine

STATIC = ROOT / "book" / "_static"
# In the order in which a page loads them.
SCRIPTS = [
    "pad/weights.js",
    *(
        f"reader/{name}.js"
        for name in (
            *("network", "engine", "pictures", "pyramid", "places", "finder", "components"),
            *("binarize", "normalize", "form", "order", "second_look", "turning", "reader"),
            "worker",
        )
    ),
]
PAGE = "<!doctype html>{head}<title>The reader</title>{scripts}"

# What the tests say to the page: pictures come as text.
HELPERS = """
  const unpacked = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const packed = (array) => {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192)
      text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return btoa(text);
  };
  const pixels = async (png) => {
    const bitmap = await createImageBitmap(new Blob([unpacked(png)]));
    const pen = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    pen.drawImage(bitmap, 0, 0);
    return pen.getImageData(0, 0, bitmap.width, bitmap.height);
  };
"""


def text_of(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def png(image: np.ndarray) -> str:
    return base64.b64encode(cv2.imencode(".png", image)[1].tobytes()).decode()


def write_page(folder, head: str = "", scripts: list[str] = SCRIPTS):
    """Write a page that loads the reader, as one of the book does, and return its path."""
    for name in SCRIPTS:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(STATIC / name, folder / name)
    loaded = "".join(f'<script src="{name}"></script>' for name in scripts)
    path = folder / "page.html"
    path.write_text(PAGE.format(head=head, scripts=f"<script>{HELPERS}</script>{loaded}"))
    return path


@contextmanager
def ready(playwright, folder, *scripts: str):
    """Open a page from a folder with the reader, which is ready, after scripts have run."""
    with chromium(playwright) as page:
        for script in scripts:
            page.add_init_script(script)
        page.goto(write_page(folder).as_uri())
        page.evaluate("Reader.load()")
        yield page


@pytest.fixture(scope="module")
def page(playwright, tmp_path_factory):
    with ready(playwright, tmp_path_factory.mktemp("page")) as page:
        yield page


@pytest.fixture(scope="module")
def older_page(playwright, tmp_path_factory):
    """The same in a browser whose vectors can't multiply and add in one step."""
    # The module that finds out about vectors at all is a small one.
    refuse = "const known = WebAssembly.validate; WebAssembly.validate = (module) =>"
    script = f"{refuse} module.length < 100 && known(module);"
    with ready(playwright, tmp_path_factory.mktemp("older"), script) as page:
        yield page


# --- What the tool writes -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def stored() -> dict:
    """What the script holds."""
    text = page_engine.SCRIPT.read_text().partition(f"{page_engine.NAME} = ")[2]
    return json.loads(text.removesuffix(";\n"))


def test_weights_and_settings_are_those_that_the_tool_would_write_now(stored):
    # As JSON has it: a tuple is a list there.
    content = json.loads(json.dumps(page_engine.content()))
    assert {name: stored[name] for name in content} == content, "python -m tools.page_engine"


def test_engines_are_those_that_the_tool_would_write_now(stored):
    engines = page_engine.engines()
    assert {name: stored[name] for name in engines} == engines, "python -m tools.page_engine"


def test_one_engine_multiplies_and_adds_in_one_step_and_the_other_does_without():
    source = page_engine.SOURCE.read_text()
    # As a browser encodes it: a vector's operation of a relaxed kind, and which.
    relaxed = bytes([0xFD, 0x85, 0x02])
    assert relaxed in page_engine.engine(source, fused=True)
    assert relaxed not in page_engine.engine(source, fused=False)


def test_scripts_are_those_of_the_folder():
    assert {f"reader/{path.name}" for path in (STATIC / "reader").glob("*.js")} == set(SCRIPTS[1:])


# --- The networks -------------------------------------------------------------------------------


def in_half_precision() -> OnnxNetwork:
    """Return the page network as a page loads it."""
    model = onnx.load(SHIPPED_FINDER)
    for stored in model.graph.initializer:
        values = numpy_helper.to_array(stored)
        if values.dtype == np.float32:
            rounded = values.astype(np.float16).astype(np.float32)
            stored.CopyFrom(numpy_helper.from_array(rounded, stored.name))
    return OnnxNetwork(model.SerializeToString())


@pytest.mark.parametrize("browser", ["page", "older_page"])
@pytest.mark.parametrize("sides", [(32, 32), (32, 96), (96, 96), (160, 64), (384, 512), (64, 1120)])
def test_page_network_answers_as_in_onnx_runtime(request, browser, sides):
    page = request.getfixturevalue(browser)
    rng = np.random.default_rng(sides)
    coarse = rng.integers(0, 256, (sides[0] // 4, sides[1] // 4, 3), dtype=np.uint8)
    seen = cv2.resize(coarse, sides[::-1], interpolation=cv2.INTER_CUBIC)
    answer = page.evaluate(
        """([text, rows, columns]) => {
          const seen = { data: unpacked(text), width: columns, height: rows };
          const measured = { ground: 128, reach: 100 };
          return packed(Reader.network.look(seen, measured, { rows, columns, margin: 0 }).data);
        }""",
        [text_of(seen), *sides],
    )
    got = np.frombuffer(base64.b64decode(answer), np.float32)
    got = got.reshape(sides[0] // 4, sides[1] // 4, 16)[..., :15]
    shown = ((seen.astype(np.float32) - 128) / 100)[np.newaxis]
    # The same sums in another order.
    assert np.abs(got - in_half_precision()(shown)[0]).max() < 1e-4
    # What half precision costs: the answers reach 5 and more.
    assert np.abs(got - OnnxNetwork(SHIPPED_FINDER.read_bytes())(shown)[0]).max() < 0.01


def test_a_thousand_digits_are_answered_as_in_onnx_runtime(page, recognizer, test_digits):
    images = test_digits[0][:1_000]
    answers = page.evaluate(
        """(text) => {
          const all = unpacked(text);
          return Array.from({ length: all.length / 784 }, (_, index) =>
            Array.from(Reader.network.numbers(all.subarray(784 * index, 784 * (index + 1)))));
        }""",
        text_of(images),
    )
    assert np.abs(np.array(answers) - recognizer.predict(images)).max() < 1e-3


# --- OpenCV's functions -------------------------------------------------------------------------


def made(page: Page, name: str, image: np.ndarray, *given) -> np.ndarray:
    """Return what a function of the reader makes of a picture."""
    height, width = image.shape[:2]
    wide, high, data = page.evaluate(
        """([name, text, width, height, given]) => {
          const made = Reader[name]({ data: unpacked(text), width, height }, ...given);
          return [made.width, made.height, packed(made.data)];
        }""",
        [name, text_of(image), width, height, given],
    )
    return np.frombuffer(base64.b64decode(data), np.uint8).reshape(high, wide, -1).squeeze()


def square(side: int) -> np.ndarray:
    return np.ones((side, side), np.uint8)


@pytest.fixture(params=[(61, 47), (90, 96), (33, 128)], ids=str)
def gray(request):
    rng = np.random.default_rng(request.param)
    noise = rng.integers(0, 256, request.param, dtype=np.uint8)
    return cv2.addWeighted(noise, 0.5, cv2.GaussianBlur(noise, (0, 0), 4), 0.5, 0)


@pytest.mark.parametrize("size", [(20, 31), (13, 20), (47, 33)])
def test_pictures_shrink_as_in_opencv(page, gray, size):
    expected = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    assert (made(page, "shrinkTo", gray, *size) == expected).all()


@pytest.mark.parametrize("block", [2, 3, 4])
def test_pictures_shrink_by_whole_numbers_as_in_opencv(page, gray, block):
    whole = gray[: gray.shape[0] // 12 * 12, : gray.shape[1] // 12 * 12]
    size = whole.shape[1] // block, whole.shape[0] // block
    expected = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
    assert (made(page, "shrinkTo", whole, *size) == expected).all()


@pytest.mark.parametrize("scale", [1.2, 2.0, 3.3])
def test_pictures_grow_as_in_opencv(page, gray, scale):
    size = [round(scale * side) for side in gray.shape[::-1]]
    expected = cv2.resize(gray, size, interpolation=cv2.INTER_CUBIC).astype(int)
    different = made(page, "enlargeTo", gray, *size) - expected
    # Sums in another order, where a value lies between two.
    assert np.abs(different).max() <= 1
    assert np.mean(different != 0) < 1e-3


@pytest.mark.parametrize("side", [2, 3, 9, 30])
def test_extremes_are_those_of_opencv(page, gray, side):
    assert (made(page, "extreme", gray, side, False) == cv2.erode(gray, square(side))).all()
    assert (made(page, "extreme", gray, side, True) == cv2.dilate(gray, square(side))).all()


@pytest.mark.parametrize("side", [3, 11, 41])
def test_neighborhoods_are_those_of_opencv(page, gray, side):
    assert (made(page, "medians", gray, side) == cv2.medianBlur(gray, side)).all()
    assert (made(page, "means", gray, side) == cv2.blur(gray, (side, side))).all()


def test_smoothing_is_that_of_opencv(page, gray):
    assert (made(page, "smoothed", gray) == cv2.GaussianBlur(gray, (0, 0), 0.8)).all()


def test_gray_values_are_those_of_opencv(page):
    bgr = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    rgba = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGBA)
    assert (made(page, "toGray", rgba) == cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)).all()


@pytest.mark.parametrize("scale", [1.0, 0.7, 0.31])
def test_sizes_of_the_pyramid_are_those_of_the_package(page, gray, scale):
    level = shrunk(gray, scale)
    assert (made(page, "shrunk", gray, scale) == level).all()
    assert (made(page, "halved", level) == halved(level)).all()


# --- Whole readings -----------------------------------------------------------------------------

READ = """async (png) => {
  const reading = Reader.read(await pixels(png));
  const boxes = (shapes) => shapes.map(({ box }) => [box.x, box.y, box.width, box.height]);
  return {
    text: Reader.text(reading),
    turned: reading.turned,
    boxes: boxes(reading.digits),
    unread: boxes(reading.unread),
    probabilities: reading.digits.map(({ probabilities }) => probabilities),
    images: reading.digits.map(({ image }) => Array.from(image)),
  };
}"""


def test_sixty_four_of_the_golden_pictures_are_read_as_by_the_package(page, recognizer):
    same, differences, identical = [], [], []
    # The smallest ones, as the large ones take most of the time.
    chosen = sorted((image for _, image, _ in pictures()), key=lambda image: image.size)[:64]
    for image in chosen:
        expected, got = recognizer.read(image), page.evaluate(READ, png(image))
        same.append((expected.text(), expected.turned) == (got["text"], got["turned"]))
        if not same[-1] or not expected:
            continue
        boxes = np.array([tuple(one.box) for one in expected])
        assert np.abs(boxes - got["boxes"]).max() <= 2
        probabilities = np.array([one.probabilities for one in expected])
        differences.append(np.abs(probabilities - got["probabilities"]).max())
        images = np.array([one.image.ravel() for one in expected])
        identical += (images == got["images"]).all(axis=1).tolist()
    assert np.mean(same) >= 0.97
    # An edge that is rounded to another pixel moves a digit in its window.
    assert max(differences) < 0.1
    assert np.mean(differences) < 0.01
    assert np.mean(identical) > 0.9


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_sheet_is_read_with_boxes_where_it_lies(page, recognizer, quarters):
    image = np.ascontiguousarray(np.rot90(sheet(slice(0, 6), slice(6, 12)), quarters))
    expected, got = recognizer.read(image), page.evaluate(READ, png(image))
    assert got["turned"] == expected.turned == 360 - 90 * quarters
    assert got["text"] == expected.text()
    assert np.abs(np.array(got["boxes"]) - [tuple(one.box) for one in expected]).max() <= 2


@pytest.mark.parametrize("least", [0, 0.6])
def test_text_is_that_of_the_package(page, least):
    rng = np.random.default_rng(0)
    box, image = Box(0, 0, 1, 1), np.zeros((28, 28), np.uint8)
    for _ in range(20):
        lines = np.sort(rng.integers(0, 3, 6)).tolist()
        digits = [
            Reading(index, rng.random(), np.zeros(10), box, image, line)
            for index, line in enumerate(lines)
        ]
        afters = np.sort(rng.integers(0, 7, 3)).tolist()
        unread = [Unread(box, (*lines, 3)[after], after) for after in afters]
        got = page.evaluate(
            "([digits, unread, least]) => Reader.text({ digits, unread }, least)",
            [
                [one.as_dict() for one in digits],
                [{"line": one.line, "after": one.after} for one in unread],
                least,
            ],
        )
        assert got == Readings(digits, unread).text(least)


@pytest.mark.parametrize("ink", [0, 255], ids=["dark", "light"])
def test_what_is_transparent_lies_on_paper(page, ink):
    drawn = sheet(slice(0, 4))[..., 0]
    strokes = np.clip(3 * (150 - drawn.astype(int)), 0, 255).astype(np.uint8)
    color = np.full_like(strokes, ink)
    clear = cv2.merge([color, color, color, strokes])
    assert page.evaluate(READ, png(clear))["text"] == labels(slice(0, 4))


def test_blank_paper_and_the_smallest_picture_hold_no_digit(page):
    for shape in ((480, 640), (1, 1), (3, 200)):
        assert page.evaluate(READ, png(np.full(shape, 200, np.uint8)))["text"] == ""


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        ("{ data: new Uint8Array(0), width: 0, height: 4 }", "at least one pixel, found 0 x 4"),
        ("{ data: new Uint8Array(5), width: 2, height: 2 }", "one or four values a pixel, found 5"),
        ("{ data: new Uint8Array(1), width: 20000, height: 9000 }", "at most 100,000,000"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_reason(page, picture, words):
    with pytest.raises(Error, match=words):
        page.evaluate(f"() => Reader.read({picture})")


# --- Beside the page ----------------------------------------------------------------------------

START = """async (png) => {
  const reader = await Reader.start();
  const picture = await pixels(png);
  const { width, height } = picture;
  const refused = await reader.read({ data: new Uint8Array(3), width: 1, height: 1 })
    .catch(({ message }) => message);
  const [one, two] = await Promise.all([reader.read({ data: picture.data.slice(), width, height }),
    reader.read(picture)]);
  const late = reader.inWorker && reader.read({ data: new Uint8Array(1), width: 1, height: 1 });
  reader.close();
  return {
    inWorker: reader.inWorker,
    texts: [one, two].map((reading) => Reader.text(reading)),
    size: [one.width, one.height],
    refused,
    closed: await Promise.allSettled([late, reader.read(picture)])
      .then((all) => all.map(({ reason }) => reason?.message)),
  };
}"""

FORBIDDEN = "<meta http-equiv='Content-Security-Policy' content=\"worker-src 'none'\">"


@pytest.mark.parametrize("where", ["folder", "server", "without workers"])
def test_reader_runs_beside_the_page_where_it_may(playwright, tmp_path, where):
    path = write_page(tmp_path, FORBIDDEN if where == "without workers" else "")
    with chromium(playwright) as page:
        if where == "server":
            page.route("http://localhost/**", lambda route: route.fulfill(
                path=tmp_path / route.request.url.removeprefix("http://localhost/")
            ))  # fmt: skip
            page.goto("http://localhost/page.html")
        else:
            page.goto(path.as_uri())
        got = page.evaluate(START, png(sheet(slice(0, 4))))
    beside = where != "without workers"
    assert got["inWorker"] is beside
    assert got["texts"] == [labels(slice(0, 4))] * 2
    assert got["size"][0] > got["size"][1] > 0
    assert "one or four values a pixel" in got["refused"]
    assert got["closed"] == ["the reader was closed" if beside else None, "the reader was closed"]


def test_old_browser_is_told_so(playwright, tmp_path):
    with chromium(playwright) as page:
        page.add_init_script("WebAssembly.validate = () => false;")
        page.goto(write_page(tmp_path, FORBIDDEN).as_uri())
        with pytest.raises(Error, match="too old for the reader"):
            page.evaluate("Reader.start().then(() => true)")


def test_nothing_is_asked_of_anybody(playwright, tmp_path):
    with chromium(playwright) as page:
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(write_page(tmp_path).as_uri())
        page.evaluate(START, png(sheet(slice(0, 2))))
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)
