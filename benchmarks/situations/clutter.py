"""Pictures without a digit: rooms, blank sheets, text, letters, drawings, tables, cloth, noise."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from benchmarks.situations.ink import (
    BLACK,
    BLUE,
    GRAPHITE,
    HAND_FONTS,
    PRINT_FONTS,
    Pen,
    any_pen,
    drawn,
    extent,
    pick,
    word,
)
from benchmarks.situations.paper import (
    Ruling,
    any_ground,
    any_size,
    blank,
    lit,
    pen_for,
    print_on,
    rule,
    seen,
    write_on,
)
from benchmarks.situations.rooms import any_color, box, checked, held, oval, put_hand, room, view
from benchmarks.situations.shapes import Canvas, Shape, turning
from digitlib.fonts import MATPLOTLIB_HELD_OUT

Pictured = tuple[Image.Image, str]

PROSE = (
    "the of and to in is you that it he was for on are as with his they at be this have from or "
    "by not word but what some we can out other were all there when up use your how said an each "
    "she which do their time if will way about many then them write would like so these her long "
    "make thing see him two has look more day could go come did number sound no most people my "
    "over know water than call first who may down side been now find school still learn plant "
    "Sommer Zeit Haus Welt Blume Gasse Zimmer Bild loch gelb Silbe Bogen Quelle Ziel Igel"
)
TEXT = tuple(PROSE.split())
SINGLE_WORDS = ("Hello", "Water", "Market", "Zebra", "Biology", "Summer", "Question", "Lisbon")

# A person takes none of these for a digit: not among them are O, l, I, S, Z, B, q, g, b, y ...
LETTERS = "AEFHKMNRTVWXaefhkmnrtuvwx"
GREEK = "αηκλμπφψωΔΛΞΠΣΨΩ"
SYMBOLS = "+=&@#§€?!*<>≠√∞→↑♥★✓♪"

# Lines through points in hundredths of the drawing's size, y downward from -100 to 0.
DRAWINGS = {
    "house": "0,0 0,-60 | 0,-60 40,-100 | 40,-100 80,-60 | 80,-60 80,0 | 80,0 0,0 | "
    "0,-60 80,-60 | 30,0 30,-35 | 30,-35 50,-35 | 50,-35 50,0",
    "sun": "50,-75 32,-68 25,-50 32,-32 50,-25 68,-32 75,-50 68,-68 50,-75 | 50,-85 50,-100 | "
    "85,-50 100,-50 | 50,-15 50,0 | 15,-50 0,-50 | 75,-75 86,-86 | 75,-25 86,-14 | "
    "25,-25 14,-14 | 25,-75 14,-86",
    "face": "50,-100 14,-85 0,-50 14,-15 50,0 86,-15 100,-50 86,-85 50,-100 | 34,-64 36,-58 | "
    "66,-64 64,-58 | 30,-32 42,-22 58,-22 70,-32",
    "arrow": "0,-50 100,-50 | 100,-50 75,-72 | 100,-50 75,-28",
    "tree": "44,0 44,-18 | 56,0 56,-18 | 8,-18 92,-18 | 92,-18 62,-48 | 62,-48 82,-48 | "
    "82,-48 50,-100 | 50,-100 18,-48 | 18,-48 38,-48 | 38,-48 8,-18",
    "star": "50,-100 62,-63 | 62,-63 98,-63 | 98,-63 69,-40 | 69,-40 80,-4 | 80,-4 50,-26 | "
    "50,-26 20,-4 | 20,-4 31,-40 | 31,-40 2,-63 | 2,-63 38,-63 | 38,-63 50,-100",
    "heart": "50,0 12,-42 6,-74 26,-92 50,-72 | 50,-72 74,-92 94,-74 88,-42 50,0",
    "fish": "0,-30 30,-58 62,-52 84,-30 | 0,-30 30,-4 62,-10 84,-30 | 84,-30 110,-54 | "
    "110,-54 108,-6 | 108,-6 84,-30 | 22,-38 24,-36",
    "flower": "50,-60 40,-80 50,-98 60,-80 50,-60 | 50,-60 70,-66 86,-52 70,-48 50,-60 | "
    "50,-60 30,-66 14,-52 30,-48 50,-60 | 50,-56 48,-30 50,0 | 49,-20 66,-34 80,-30",
    "cup": "0,-80 8,0 | 8,0 62,0 | 62,0 70,-80 | 70,-80 0,-80 | 68,-64 92,-60 88,-28 64,-24",
    "boat": "0,-30 20,0 | 20,0 80,0 | 80,0 100,-30 | 100,-30 0,-30 | 50,-30 50,-100 | "
    "50,-100 90,-40 | 90,-40 50,-40",
}


def clutter(rng: np.random.Generator) -> Pictured:
    """Return a picture that has no digit in it, RGB, and what it shows."""
    return pick(rng, SHOWN)(rng)


def _empty_room(rng: np.random.Generator) -> Pictured:
    image, what = room(*pick(rng, ((640, 480), (1280, 720))), rng, photographs=0.25)
    return seen(image, 4, rng, rng.uniform(1, 2.2)), f"room: {what}"


def _blank_sheet(rng: np.random.Generator) -> Pictured:
    """Hold a sheet without writing into a room."""
    width, height = pick(rng, ((640, 480), (1280, 720)))
    wide = width * rng.uniform(0.45, 0.8)
    tall = min(wide / rng.uniform(1, 1.6), 0.95 * height)
    sheet = blank(int(wide), int(tall), any_ground(rng, boards=0.1), rng)
    if rng.random() < 0.4:
        ruling = Ruling(1.0, 1.0, (0.6, 0.7, 0.85), rng.random() < 0.5)
        pitch = wide * rng.uniform(0.04, 0.09)
        rule(sheet, ruling, pitch * turning(0), (0.0, 0.0))
    turn = turning(rng.normal(0, 4))[:, :2].T
    corners = (box(0, 0, wide, tall) - (wide / 2, tall / 2)) @ turn
    corners = corners + rng.uniform(-0.02, 0.02, (4, 2)) * wide + (width / 2, height / 2)
    image = held(room(width, height, rng)[0], lit(sheet, rng), corners, rng)
    if rng.random() < 0.6:
        put_hand(image, corners, rng)
    return seen(image, 4, rng, rng.uniform(1, 2.2)), "blank sheet in a room"


def _text(rng: np.random.Generator) -> Pictured:
    """Fill a page with words of one font."""
    width, height = any_size(rng, 480)
    ground = any_ground(rng, boards=0.05)
    by_hand = rng.random() < 0.5 or ground.dark
    font = pick(rng, HAND_FONTS if by_hand else PRINT_FONTS)
    size = height / rng.uniform(9, 26)
    pen = pen_for(ground, any_pen(rng) if by_hand else Pen("print", 0.05, BLACK), rng)
    shapes, y = [], 1.6 * size
    margin = width * rng.uniform(0.03, 0.12)
    while y < height - 0.5 * size:
        x = margin
        while True:
            shape = word(pick(rng, TEXT), font).at(x, y + 0.02 * size * rng.normal(), size)
            right = extent([shape])[2]
            if right > width - margin:
                break
            shapes.append(shape)
            x = right + 0.35 * size
        y += size * rng.uniform(1.3, 1.5)
    page = blank(width, height, ground, rng)
    write_on(page, shapes, pen, size, rng)
    image = seen(lit(page, rng), 0.08 * size, rng) if rng.random() < 0.7 else page
    return image, f"text, {font}"


def _on_page(
    shape: Shape, rng: np.random.Generator, largest: float, pen: Pen | None = None
) -> Image.Image:
    """Return a page with one shape on it, of any size up to a share of the page."""
    size = any_size(rng)
    ground = any_ground(rng, boards=0.2)
    pen = pen_for(ground, pen or any_pen(rng), rng)
    left, top, right, bottom = extent([shape])
    fits = min(size[0] / (right - left), size[1] / (bottom - top))
    scale = fits * rng.uniform(0.25, largest)
    middle = np.array([left + right, top + bottom]) / 2
    free = np.array(size) - scale * np.array([right - left, bottom - top])
    x, y = np.array(size) / 2 + free * rng.uniform(-0.4, 0.4, 2) - scale * middle
    page = blank(*size, ground, rng)
    write_on(page, [shape.at(x, y, scale)], pen, scale, rng)
    detail = max(1.4, 0.04 * scale)
    return seen(lit(page, rng), detail, rng) if rng.random() < 0.65 else page


def _word(rng: np.random.Generator) -> Pictured:
    text, font = pick(rng, SINGLE_WORDS), pick(rng, HAND_FONTS + PRINT_FONTS)
    return _on_page(word(text, font), rng, 0.9), f"word {text!r}, {font}"


def _letter(rng: np.random.Generator) -> Pictured:
    how = rng.integers(3)
    characters = (LETTERS, GREEK, SYMBOLS)[how]
    # Greek letters and symbols are not in every font.
    fonts = HAND_FONTS + PRINT_FONTS if how == 0 else MATPLOTLIB_HELD_OUT[:2]
    text, font = pick(rng, characters), pick(rng, fonts)
    return _on_page(word(text, font), rng, 0.7), f"{('letter', 'Greek', 'symbol')[how]} {text}"


def _drawing(rng: np.random.Generator) -> Pictured:
    name = pick(rng, tuple(DRAWINGS))
    pen = any_pen(rng)
    return _on_page(drawn(DRAWINGS, name, rng), rng, 0.8, pen), f"drawing of a {name}"


def _spreadsheet(rng: np.random.Generator) -> Pictured:
    """Return a table of words, most of its cells empty."""
    width, height = any_size(rng, 480)
    image = Image.new("RGB", (width, height), (255, 255, 255))
    wide, tall = width / rng.uniform(4, 10), height / rng.uniform(8, 24)
    grid, text = Canvas(width, height), Canvas(width, height)
    for x in np.arange(wide / 2, width, wide):
        grid.line(np.array([[x, 0], [x, height]]), 1)
    for y in np.arange(tall, height, tall):
        grid.line(np.array([[0, y], [width, y]]), 1)
    font, chance = pick(rng, PRINT_FONTS), rng.uniform(0.1, 0.6)
    for x in np.arange(wide / 2, width, wide):
        for y in np.arange(2 * tall, height, tall):
            if rng.random() < chance:
                shape = word(pick(rng, TEXT), font).at(x + 0.06 * wide, y - 0.3 * tall, 0.6 * tall)
                if extent([shape])[2] < x + 0.95 * wide:
                    text.fill(shape.outlines)
    print_on(image, grid, (0.75, 0.76, 0.78))
    print_on(image, text, pick(rng, (BLACK, GRAPHITE, BLUE)))
    return image, "spreadsheet without numbers"


def _cloth(rng: np.random.Generator) -> Pictured:
    width, height = any_size(rng)
    canvas = Canvas(width, height)
    checked(canvas, box(0, 0, width, height), rng)
    image = Image.fromarray(canvas.pixels()[..., :3].copy())
    return seen(lit(image, rng), 5, rng, 1.5), "checked cloth"


def _foliage(rng: np.random.Generator) -> Pictured:
    width, height = any_size(rng)
    canvas = Canvas(width, height)
    size = width * rng.uniform(0.01, 0.05)
    for _ in range(int(min(2500, 1.5 * width * height / size**2))):
        turn = rng.uniform(0, np.pi)
        leaf = oval(0, 0, size * rng.uniform(0.5, 1.5), size * rng.uniform(0.2, 0.6), 10)
        cosine, sine = np.cos(turn), np.sin(turn)
        leaf = leaf @ np.array([[cosine, sine], [-sine, cosine]])
        green = rng.uniform(0.1, 0.85)
        color = (green * rng.uniform(0.3, 0.95), green, green * rng.uniform(0.1, 0.6))
        canvas.fill([leaf + rng.random(2) * (width, height)], color)
    image = Image.new("RGB", (width, height), (20, 35, 18))
    pixels = canvas.pixels()
    image.paste(
        Image.fromarray(pixels[..., :3].copy()), (0, 0), Image.fromarray(pixels[..., 3].copy())
    )
    return seen(lit(image, rng), 4, rng, 1.5), "foliage"


def _noise(rng: np.random.Generator) -> Pictured:
    width, height = any_size(rng, 320, 1000)
    size = rng.choice([1, 3, 12])
    shape = (int(height / size) + 1, int(width / size) + 1, 3)
    spread = rng.uniform(10, 70)
    pixels = np.clip(rng.uniform(60, 200) + spread * rng.standard_normal(shape), 0, 255)
    image = Image.fromarray(pixels.astype(np.uint8))
    image = image.resize((width, height), Image.Resampling.BICUBIC)
    return image.filter(ImageFilter.GaussianBlur(rng.uniform(0, 2))), "noise"


def _plain(rng: np.random.Generator) -> Pictured:
    """Return a blank or ruled page as large as the picture."""
    width, height = any_size(rng)
    page = blank(width, height, any_ground(rng), rng)
    what = "blank page"
    if rng.random() < 0.6:
        ruling = Ruling(1.0, rng.uniform(0.7, 3), any_color(rng, 0.3, 0.7), rng.random() < 0.5)
        turn = width * rng.uniform(0.02, 0.1) * turning(rng.uniform(-4, 4))
        rule(page, ruling, turn, (0.3, 0.3))
        what = "squared page" if ruling.squared else "ruled page"
    return seen(lit(page, rng), 3, rng), what


def _photograph(rng: np.random.Generator) -> Pictured:
    image, what = view(*any_size(rng), rng)
    return image, what


SHOWN: tuple[Callable[[np.random.Generator], Pictured], ...] = (
    _empty_room,
    _empty_room,
    _blank_sheet,
    _text,
    _text,
    _word,
    _word,
    _letter,
    _letter,
    _drawing,
    _drawing,
    _spreadsheet,
    _cloth,
    _foliage,
    _noise,
    _plain,
    _photograph,
)
