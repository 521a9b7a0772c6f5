"""Image files are read the way a person sees them, or refused with a reason."""

import io
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from digitlib.images import check_photo, load_image

RED_RGB, RED_BGR = (200, 30, 10), [10, 30, 200]


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def test_colors_come_in_the_order_of_opencv(tmp_path):
    path = tmp_path / "red.png"
    Image.new("RGB", (4, 3), RED_RGB).save(path)
    image = load_image(path)
    assert image.shape == (3, 4, 3)
    assert image.dtype == np.uint8
    assert image[0, 0].tolist() == RED_BGR
    np.testing.assert_array_equal(load_image(str(path)), image)
    np.testing.assert_array_equal(load_image(memoryview(path.read_bytes())), image)


def test_the_rotation_of_a_phone_is_applied():
    wide = Image.new("L", (40, 20), 255)
    wide.paste(0, (0, 0, 5, 20))  # the left edge is dark …
    exif = Image.Exif()
    exif[0x0112] = 6  # … and the phone says: turn me clockwise by 90 degrees
    image = load_image(encoded(wide, "JPEG", exif=exif))
    assert image.shape == (40, 20, 3)
    assert image[:4].mean() < 30 < 220 < image[-4:].mean()


def test_transparency_becomes_white_paper():
    assert load_image(encoded(Image.new("RGBA", (2, 2), (0, 0, 0, 0)), "PNG")).min() == 255


def test_light_strokes_on_nothing_stand_on_dark_paper():
    strokes = Image.new("RGBA", (40, 30), (255, 255, 255, 0))
    strokes.paste((250, 250, 240, 255), (10, 5, 14, 25))
    image = load_image(encoded(strokes, "PNG"))
    assert image[15, 12].min() >= 240
    assert image[0, 0].max() == 0


def test_an_image_that_pillow_has_opened_is_taken():
    picture = Image.new("RGB", (4, 3), RED_RGB)
    assert load_image(picture)[0, 0].tolist() == RED_BGR


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_the_white_of_a_camera_stays_white(bits):
    ramp = np.linspace(0, 2**bits - 1, 256).astype(np.uint16).reshape(16, 16)
    image = load_image(encoded(Image.fromarray(ramp), "PNG"))
    assert np.abs(image[..., 0].ravel().astype(int) - np.arange(256)).max() <= 1


def test_floating_point_from_0_to_1_is_gray():
    ramp = np.linspace(0, 1, 256).astype(np.float32).reshape(16, 16)
    image = load_image(encoded(Image.fromarray(ramp), "TIFF"))
    assert np.abs(image[..., 0].ravel().astype(int) - np.arange(256)).max() <= 1


@pytest.mark.parametrize("way", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_large_picture_is_the_same_read_straight(monkeypatch, way, kind, mode):
    rows, columns = np.mgrid[:48, :64]
    picture = np.stack([3 * rows, 2 * columns, rows + columns], axis=2).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = way
    content = encoded(Image.fromarray(picture).convert(mode), kind, exif=exif)
    usual = load_image(content)
    monkeypatch.setattr("digitlib.images.LARGE_PIXELS", 100)
    straight = load_image(content)
    assert straight.shape == usual.shape
    assert np.abs(straight.astype(int) - usual).max() <= 2


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_large_picture_that_is_cut_is_refused(monkeypatch, kind):
    noise = np.random.default_rng(0).integers(0, 255, (200, 300, 3), np.uint8)
    content = encoded(Image.fromarray(noise), kind)
    monkeypatch.setattr("digitlib.images.LARGE_PIXELS", 100)
    with pytest.raises(ValueError, match="cannot be read"):
        load_image(content[: len(content) // 2])


MEASURE = """
import sys
from digitlib.images import load_image
image = load_image(sys.argv[1])
status = open("/proc/self/status").read()
print(*image.shape, int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells a process's peak")
# OpenCV holds a PNG in color twice while it decodes it.
@pytest.mark.parametrize(
    ("kind", "shape", "most_mb"),
    [
        ("png", (8_000, 12_500), 500),
        ("png", (8_000, 12_500, 3), 700),
        ("jpg", (6_000, 8_000, 3), 400),
    ],
)
def test_an_enormous_picture_takes_little_more_than_its_pixels(tmp_path, kind, shape, most_mb):
    path = tmp_path / f"enormous.{kind}"
    page = np.full(shape, 230, np.uint8)
    page[2000:4000, 3000:3200] = 40
    cv2.imwrite(str(path), page)
    del page
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, path], capture_output=True, text=True, check=True
    )
    *read, peak = map(int, done.stdout.split())
    assert read == [*shape[:2], 3]
    assert peak < most_mb
    assert "Warning" not in done.stderr


def test_a_picture_of_an_iphone_says_what_it_needs():
    content = b"\x00\x00\x00\x18ftypheic" + bytes(200)
    with pytest.raises(ValueError, match=r"HEIC .* pillow-heif"):
        load_image(content)


def test_sixteen_bits_keep_their_proportions():
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    image = load_image(encoded(Image.fromarray(ramp), "PNG"))
    assert np.abs(image[..., 0].ravel().astype(int) - np.arange(256)).max() <= 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "F"])
def test_other_color_modes_are_read(mode):
    kind = {"CMYK": "JPEG", "F": "TIFF"}.get(mode, "PNG")
    image = load_image(encoded(Image.new("L", (5, 4), 255).convert(mode), kind))
    assert image.shape == (4, 5, 3)
    assert image.min() > 250


def test_of_an_animation_the_first_frame_counts():
    frames = [Image.new("L", (3, 3), value) for value in (200, 10)]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert load_image(content)[0, 0].tolist() == [200, 200, 200]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.jpg"):
        load_image(tmp_path / "gone.jpg")


@pytest.mark.parametrize("content", [b"", b"a letter to the editor", b"\x89PNG\r\n\x1a\nbroken"])
def test_what_is_no_image_is_refused(content):
    with pytest.raises(ValueError, match="the uploaded file"):
        load_image(content)


def test_a_cut_image_is_refused(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    path = tmp_path / "cut.jpg"
    path.write_bytes(encoded(Image.fromarray(noise), "JPEG")[:900])
    with pytest.raises(ValueError, match=r"cut\.jpg cannot be read"):
        load_image(path)


def test_an_enormous_file_is_refused_unread():
    # One-bit pixels pack so well that 400 million of them fit in a small file.
    content = encoded(Image.new("1", (20_000, 20_000)), "PNG")
    assert len(content) < 200_000
    with pytest.raises(ValueError, match=r"400,000,000 pixels.*at most 100,000,000"):
        load_image(content)


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ([[0, 1]], "found list"),
        (None, "cv2.imread"),
        (np.zeros((4, 4), np.float32), "found dtype float32 from 0 to 1"),
        (np.full((4, 4), 200.0), "image.astype"),
        (np.full((4, 4), 4095, np.uint16), "up to 4095: divide by 16.06 first"),
        (np.zeros((4, 4), bool), "found dtype bool"),
        (np.zeros(16, np.uint8), r"found \(16,\)"),
        (np.zeros((4, 4, 4), np.uint8), r"found \(4, 4, 4\)"),
        (np.zeros((2, 4, 4, 3), np.uint8), r"found \(2, 4, 4, 3\)"),
        (np.zeros((0, 4), np.uint8), "empty array"),
        (np.zeros((4, 0, 3), np.uint8), "empty array"),
        (np.broadcast_to(np.uint8(0), (20_000, 20_000)), "20000 x 20000 pixels"),
    ],
)
def test_what_is_no_photograph_is_refused(image, said):
    with pytest.raises(ValueError, match=said):
        check_photo(image)
