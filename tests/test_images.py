"""Image files are read the way a person sees them, or refused with a reason."""

import io

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
        (np.zeros((4, 4), np.float32), "found dtype float32"),
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
