"""A class's digits: from what the panel saves to one set, nothing lost without a sentence."""

import zipfile

import numpy as np
import pytest

from digitlib.course import class_digits
from digitlib.course.bands import wilson_interval
from digitlib.course.class_digits import (
    ClassDigits,
    accuracy_by_writer,
    join,
    load_class,
    main,
    save_class,
    split_by_writer,
    summary,
)
from digitlib.course.own_digits import NAME, OwnDigits, read_own, write_own
from digitlib.course.webcam import WebcamReader
from digitlib.data import load_mnist
from digitlib.training.paper import photograph

TEST_IMAGES, TEST_LABELS = load_mnist()[1]


def rows(start, count=5):
    return TEST_IMAGES[start : start + count], TEST_LABELS[start : start + count]


def written(path, start, count=5, *, mark=b"", unmatched=(), **changed):
    """Write a file of test digits; ``changed`` takes the place of what would be right."""
    images, labels = rows(start, count)
    held = {"images": images, "labels": labels, "unmatched": np.array(unmatched, np.uint8)}
    write_own(path, OwnDigits(**{**held, **changed}, mark=mark))
    return path


def keys(images):
    return sorted(image.tobytes() for image in images)


# --- What the panel saves ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def sheets(recognizer):
    """Photographs of five digits each, all of which are found, and their labels."""
    rng, kept = np.random.default_rng(1), []
    for start in range(0, 60, 5):
        images, labels = rows(start)
        picture = photograph([images], rng, digit_height=90)
        readings = recognizer.read(picture)
        if len(readings) == 5 and not readings.unread:
            kept.append((picture, "".join(map(str, labels))))
    assert len(kept) >= 4
    return kept


def collected(recognizer, folder, sheets):
    """Save sheets as a writer does, with the panel's own code."""
    panel = WebcamReader(recognizer, samples=folder)
    for picture, label in sheets:
        panel.read(picture)
        panel.save(label)
    return panel


def test_what_a_student_saves_is_one_file(recognizer, tmp_path, sheets):
    panel = collected(recognizer, tmp_path / "a", sheets[:2])
    own = read_own(tmp_path / "a" / NAME)
    assert own.images.dtype == np.uint8
    assert own.images.shape == (10, 28, 28)
    assert "".join(map(str, own.labels)) == sheets[0][1] + sheets[1][1]
    assert len(own.mark) == 16
    assert panel.status.endswith("; 5 added to my_digits.npz, which holds 10")
    assert (recognizer.predict(own.images).argmax(axis=1) == own.labels).mean() > 0.7
    assert {path.suffix for path in (tmp_path / "a").iterdir()} == {".png", ".csv", ".npz"}


def test_digits_that_nobody_can_tell_apart_are_counted(recognizer, tmp_path, sheets):
    panel = collected(recognizer, tmp_path, [sheets[0], (sheets[1][0], "123456")])
    assert "none added to my_digits.npz: the label has 6, the picture 5 digits" in panel.status
    panel.save("")  # a picture without a digit adds none
    own = read_own(tmp_path / NAME)
    assert len(own.images) == 5
    assert own.unmatched.tolist() == [1, 2, 3, 4, 5, 6]


def test_another_file_of_that_name_is_left_as_it_is(recognizer, tmp_path, sheets):
    (tmp_path / NAME).write_text("mine")
    panel = WebcamReader(recognizer, samples=tmp_path)
    panel.read(sheets[0][0])
    with pytest.raises(ValueError, match=r"but not into my_digits.npz: it cannot be read"):
        panel.save(sheets[0][1])
    assert (tmp_path / NAME).read_text() == "mine"
    assert len(list(tmp_path.glob("*.png"))) == 1


def test_a_file_tells_neither_date_nor_place(recognizer, tmp_path, sheets):
    collected(recognizer, tmp_path / "anna", sheets[:1])
    with zipfile.ZipFile(tmp_path / "anna" / NAME) as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert sorted(file.namelist()) == ["images.npy", "labels.npy", "mark.npy", "unmatched.npy"]
        assert not any(b"anna" in file.read(name) for name in file.namelist())


# --- Joined -----------------------------------------------------------------------------------


def test_a_class_is_joined_with_one_command(recognizer, tmp_path, sheets, capsys):
    for name, its in {"anna": sheets[:2], "ben": sheets[2:3], "cleo": sheets[3:4]}.items():
        collected(recognizer, tmp_path / name, its)
    out = tmp_path / "class.npz"
    assert main([str(tmp_path), "--into", str(out), "--recognizer"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "20 digits, 3 writers" in said.out
    assert "95 % interval" in said.out
    digits = load_class(out)
    assert digits.images.shape == (20, 28, 28)
    assert digits.images.dtype == digits.labels.dtype == np.uint8
    assert sorted(np.bincount(digits.writers)) == [5, 5, 10]
    with zipfile.ZipFile(out) as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not any(b"anna" in file.read(name) for name in file.namelist())
    # Once more, the set itself lying in the same folder.
    assert main([str(tmp_path), "--into", str(out)]) == 0


def test_writers_are_numbered_by_what_they_wrote(tmp_path):
    starts = {"a": 100, "b": 200, "c": 300, "d": 400}
    files = [written(tmp_path / f"{name}.npz", start) for name, start in starts.items()]
    one, _ = join(files)
    other, _ = join(files[::-1])
    for left, right in zip(one, other, strict=True):
        np.testing.assert_array_equal(left, right)
    names = dict(zip("wxyz", (300, 100, 400, 200), strict=True))
    renamed, _ = join([written(tmp_path / f"{name}.npz", at) for name, at in names.items()])
    np.testing.assert_array_equal(renamed.writers, one.writers)
    np.testing.assert_array_equal(renamed.images, one.images)
    order = [
        start
        for n in range(4)
        for start in starts.values()
        if np.array_equal(one.images[one.writers == n], rows(start)[0])
    ]
    assert sorted(order) == sorted(starts.values())
    assert order != sorted(order)


def test_earlier_and_later_states_of_a_file_are_one_writer(tmp_path):
    early = written(tmp_path / "monday.npz", 0, 5, mark=b"m" * 16, unmatched=[3])
    late = written(tmp_path / "friday.npz", 0, 9, mark=b"m" * 16, unmatched=[3, 4])
    other = written(tmp_path / "other.npz", 50, mark=b"o" * 16)
    digits, remarks = join([early, late, other])
    assert sorted(np.bincount(digits.writers)) == [5, 9]
    assert sorted(digits.unmatched) == [0, 2]
    assert len(remarks) == 1
    assert "5 that the set has already" in remarks[0]
    assert keys(digits.images) == keys(np.concatenate([rows(0, 9)[0], rows(50)[0]]))


def test_duplicates_within_and_between_files_are_named(tmp_path):
    images, labels = rows(0)
    within = written(
        tmp_path / "w.npz", 0, images=images[[0, 1, 1, 2]], labels=labels[[0, 1, 1, 2]]
    )
    digits, remarks = join([within])
    assert len(digits.images) == 3
    assert remarks == [f"{within} loses some of its 4 digits: 1 that the set has already."]
    first, second = written(tmp_path / "f.npz", 100, 6), written(tmp_path / "s.npz", 104, 6)
    digits, remarks = join([first, second])
    assert len(digits.images) == 10
    assert len(remarks) == 1
    assert "2 that the set has already" in remarks[0]
    copied = written(tmp_path / "copy.npz", 100, 6)
    digits, remarks = join([first, copied])
    assert len(digits.unmatched) == 1
    assert "is left out: of its 6 digits 6 that the set has already." in remarks[0]


def test_an_image_with_two_labels_is_left_out_wherever_it_is(tmp_path):
    one = written(tmp_path / "one.npz", 0)
    labels = rows(0)[1].copy()
    labels[2] = (labels[2] + 1) % 10
    other = written(tmp_path / "other.npz", 0, labels=labels)
    digits, remarks = join([one, other])
    assert len(digits.images) == 4
    assert rows(2, 1)[0].tobytes() not in keys(digits.images)
    assert len(remarks) == 2
    assert all("1 with another label in another place" in remark for remark in remarks)


def plain(path, **arrays):
    np.savez(path, **arrays)
    return path


IMAGES, LABELS = rows(0)


@pytest.mark.parametrize(
    ("arrays", "why"),
    [
        ({"images": IMAGES[:0], "labels": LABELS[:0]}, "it holds no digit"),
        (
            {"images": IMAGES[:0], "labels": LABELS[:0], "unmatched": LABELS},
            "no digit; 5 written ones could not be cut out",
        ),
        ({"images": IMAGES[:, :27], "labels": LABELS}, "5 x 27 x 28, expected n x 28 x 28"),
        ({"images": IMAGES[0], "labels": LABELS}, "28 x 28, expected n x 28 x 28"),
        ({"images": IMAGES / 255, "labels": LABELS}, "float64, expected uint8"),
        ({"images": IMAGES, "labels": LABELS[:4]}, "5 images and 4 labels"),
        ({"images": IMAGES, "labels": LABELS / 1}, "labels are float64 in 1 axes"),
        ({"images": IMAGES, "labels": np.eye(10, dtype=int)[LABELS]}, "in 2 axes"),
        ({"images": IMAGES, "labels": LABELS + 10}, "5 with a label that is not from 0 to 9"),
        ({"images": 0 * IMAGES, "labels": LABELS}, "5 without any ink"),
        ({"images": IMAGES}, "it holds no labels"),
        ({"pictures": IMAGES}, "no images and no labels"),
        ({"images": IMAGES, "labels": LABELS.astype(object)}, "Python objects"),
        ({"images": IMAGES, "labels": LABELS, "writers": LABELS}, "a class's data set"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_in_one_sentence(tmp_path, arrays, why):
    good, bad = written(tmp_path / "good.npz", 50), plain(tmp_path / "bad.npz", **arrays)
    digits, remarks = join([bad, good])
    assert len(digits.images) == 5
    (remark,) = remarks
    assert remark.startswith(f"{bad} is left out: ")
    assert why in remark
    assert remark.endswith(".")
    assert "\n" not in remark


def test_a_file_that_cannot_be_read_is_named_in_one_sentence(tmp_path):
    good = written(tmp_path / "good.npz", 50)
    cut, text, empty, alone = (tmp_path / f"{name}.npz" for name in ("cut", "txt", "none", "npy"))
    cut.write_bytes(good.read_bytes()[:-400])
    text.write_text("three of each")
    empty.write_bytes(b"")
    with alone.open("wb") as file:
        np.save(file, IMAGES)
    damaged = bytearray(good.read_bytes())
    damaged[300:320] = bytes(20)
    (tmp_path / "damaged.npz").write_bytes(damaged)
    names = [cut, text, empty, alone, tmp_path / "damaged.npz", tmp_path, tmp_path / "gone.npz"]
    digits, remarks = join([*names, good])
    assert len(digits.images) == 5
    for name, remark in zip(names, remarks, strict=True):
        assert remark.startswith(f"{name} is left out: ")
    assert remarks[-1].endswith("there is no such file.")
    assert all(remark.endswith("cannot be read as an .npz file.") for remark in remarks[:-1])


def test_some_digits_of_a_file_may_be_lost_and_the_others_stay(tmp_path):
    labels = LABELS.astype(int)
    labels[0], labels[1] = 10, -1
    images = IMAGES.copy()
    images[4] = 255
    path = plain(tmp_path / "some.npz", images=images, labels=labels)
    digits, remarks = join([path])
    np.testing.assert_array_equal(digits.images, IMAGES[2:4])
    assert remarks == [
        f"{path} loses some of its 5 digits: 2 with a label that is not from 0 to 9 and "
        "1 without any ink."
    ]


def test_where_nothing_is_left_nothing_is_written(tmp_path, capsys):
    (tmp_path / "a.npz").write_text("no digits")
    out = tmp_path / "class.npz"
    assert main([str(tmp_path / "a.npz"), "--into", str(out)]) == 1
    assert "is not written" in capsys.readouterr().err
    assert not out.exists()


def test_what_was_left_out_shows_in_what_the_command_returns(tmp_path, capsys):
    good = written(tmp_path / "good.npz", 50, unmatched=[1, 2])
    bad = plain(tmp_path / "bad.npz", images=IMAGES)
    assert main([str(good), str(bad), "--into", str(tmp_path / "class.npz")]) == 1
    said = capsys.readouterr()
    assert said.err == f"{bad} is left out: it holds no labels.\n"
    assert "5 digits, 1 writer\n" in said.out


# --- In a notebook ----------------------------------------------------------------------------


@pytest.fixture
def three(tmp_path):
    files = [
        written(tmp_path / f"{start}.npz", start, count, unmatched=[7] * (start // 100))
        for start, count in ((0, 10), (100, 20), (200, 30))
    ]
    return join(files)[0]


def test_a_set_is_read_as_it_was_written(three, tmp_path):
    save_class(tmp_path / "set", three)
    for left, right in zip(three, load_class(tmp_path / "set"), strict=True):
        np.testing.assert_array_equal(left, right)
        assert left.dtype == right.dtype
    with pytest.raises(ValueError, match="it holds no writers"):
        load_class(written(tmp_path / "own.npz", 0))


def test_accuracy_by_writer_fits_the_counts(three):
    answers = three.labels.copy()
    answers[np.flatnonzero(three.writers == 1)[:3]] += 1
    scores = accuracy_by_writer(three, answers)
    assert [score.writer for score in scores] == [0, 1, 2]
    assert {score.of for score in scores} == {10, 20, 30}
    for score in scores:
        assert score.right == score.of - 3 * (score.writer == 1)
        assert (score.low, score.high) == wilson_interval(score.right, score.of)
        assert score.unmatched == {10: 0, 20: 1, 30: 2}[score.of]
    with pytest.raises(ValueError, match="expected 60 answers"):
        accuracy_by_writer(three, answers[:-1])


def test_a_split_keeps_writers_apart(three):
    for seed in range(10):
        seen, unseen = split_by_writer(three, 1, np.random.default_rng(seed))
        assert not set(three.writers[seen]) & set(three.writers[unseen])
        assert len(set(three.writers[unseen])) == 1
        assert sorted([*seen, *unseen]) == list(range(60))
    again = [split_by_writer(three, 1, np.random.default_rng(4))[1] for _ in range(2)]
    np.testing.assert_array_equal(*again)
    for count in (0, 3):
        with pytest.raises(ValueError, match="expected 1 to 2 unseen writers"):
            split_by_writer(three, count, np.random.default_rng(0))


def test_the_summary_counts_every_digit(three):
    lines = [line.split() for line in summary(three).splitlines()[1:]]
    assert [line[0] for line in lines] == ["0", "1", "2", "all"]
    table = np.array([line[1:] for line in lines], int)
    np.testing.assert_array_equal(table[:3].sum(axis=0), table[3])
    np.testing.assert_array_equal(table[:, :10].sum(axis=1), table[:, 10])
    np.testing.assert_array_equal(table[3, :10], np.bincount(three.labels, minlength=10))
    assert table[3, 10:].tolist() == [60, 3]


def test_a_set_needs_no_writer_to_be_a_set():
    digits, remarks = join([])
    assert isinstance(digits, ClassDigits)
    assert (len(digits.images), remarks) == (0, [])
    assert class_digits.files_in([]) == []
