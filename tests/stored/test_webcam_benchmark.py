"""What the benchmarks measure with must itself be right."""

import cv2
import numpy as np
import pytest

from benchmarks.frame_counter import (
    FRAMES,
    CountingRecognizer,
    read_counter,
    write_counted_video,
)
from benchmarks.webcam import delays
from tests.browser import sheet


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """Four frames of the video, as the page sends them."""
    path = tmp_path_factory.mktemp("video") / "counted.y4m"
    write_counted_video(path, sheet(slice(24, 28), digit_height=130))
    size = 640 * 480 * 3 // 2
    found = {}
    with path.open("rb") as file:
        header = len(file.readline())
        for number in (0, 1, 170, FRAMES - 1):
            file.seek(header + number * (size + len(b"FRAME\n")) + len(b"FRAME\n"))
            planes = np.frombuffer(file.read(size), np.uint8).reshape(720, 640)
            frame = cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420)
            jpeg = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
            found[number] = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
        assert not file.read(1)
    return found


def test_counter_survives_the_way_to_python(frames):
    assert [read_counter(frame) for frame in frames.values()] == list(frames)


def test_counting_recognizer_reads_the_digits_and_answers_with_the_number(frames):
    readings = CountingRecognizer().read(frames[170].copy())
    assert [reading.digit for reading in readings] == [4, 0, 7, 4]
    for reading in readings:
        assert reading.probabilities[0] == 170 / FRAMES


def test_delay_counts_from_the_last_time_that_a_number_was_seen():
    seen = [[1, 100.0], [2, 166.0], [1, 17_100.0], [3, 17_300.0]]
    shown = [[1, 150.0], [2, 300.0], [1, 17_180.0], [3, 17_290.0]]
    # The last one stands in the bars before it was seen: not a delay, so it is left out.
    assert delays(seen, shown) == [50.0, 134.0, 80.0]
