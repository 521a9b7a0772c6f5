"""Made-up pages: what they show is where their boxes say, and a network learns from them."""

import hashlib
import json

import numpy as np
import pytest

from digitlib.onnx_network import MODELS_PATH
from digitlib.reading.finder import Finder
from digitlib.reading.places import STRIDE, UNIT
from digitlib.training.pages import recipe
from digitlib.training.pages.compositions import COMPOSITIONS
from digitlib.training.pages.glyphs import MNIST, build_glyphs
from digitlib.training.pages.network import build_page_network
from digitlib.training.pages.page import MOST, SIDE, Page
from digitlib.training.pages.scenes import SceneMaker
from digitlib.training.pages.windows import COUNTED, USUAL, WINDOW, window


@pytest.fixture(scope="module")
def glyphs(test_digits):
    images, labels = test_digits[0][:150], test_digits[1][:150]
    return build_glyphs(images, labels, np.random.default_rng(0))


@pytest.fixture(scope="module")
def scenes(glyphs):
    maker = SceneMaker(glyphs, 1)
    images, boxes = zip(*(maker.make() for _ in range(120)), strict=True)
    return np.stack(images), np.stack(boxes)


def test_the_same_seed_makes_the_same_scenes(glyphs, scenes):
    maker = SceneMaker(glyphs, 1)
    for image, boxes in zip(scenes[0][:10], scenes[1][:10], strict=True):
        again, same_boxes = maker.make()
        np.testing.assert_array_equal(image, again)
        np.testing.assert_array_equal(boxes, same_boxes)


def test_the_recipe_still_makes_the_scenes_that_the_network_learned_from():
    made = recipe.golden_scenes()
    with np.load(MODELS_PATH / "golden_scenes.npz") as kept:
        np.testing.assert_array_equal(made["boxes"][..., 0], kept["boxes"][..., 0])
        np.testing.assert_allclose(made["boxes"], kept["boxes"], atol=0.5)
        off = np.abs(made["images"].astype(int) - kept["images"])
    assert off.mean() < 0.5
    assert off.max() <= 8


def test_the_card_states_the_recipe_and_the_file():
    card = json.loads((MODELS_PATH / "page.json").read_text())
    content = (MODELS_PATH / "page.onnx").read_bytes()
    assert card["sha256"] == hashlib.sha256(content).hexdigest()
    assert card["scenes"] == len(recipe.STEPS) * recipe.PARTS * recipe.SCENES_A_PART
    assert card["parameters"] == build_page_network().count_params()
    assert card["recipe"] == {
        "steps": list(recipe.STEPS),
        "batch": recipe.BATCH,
        "peaks": list(recipe.PEAKS),
        "seed": recipe.SEED,
    }


def test_boxes_lie_in_the_picture_and_name_digits(scenes):
    images, boxes = scenes
    assert images.shape == (120, SIDE, SIDE)
    assert boxes.shape == (120, MOST, 6)
    digits = boxes[boxes[..., 0] >= 0]
    assert set(np.unique(digits[:, 0])) == set(range(10))
    assert (digits[:, 1:3] < digits[:, 3:5]).all()
    assert digits[:, 1:5].min() >= 0
    assert digits[:, 1:5].max() <= SIDE
    with_digits = (boxes[:, :, 0] >= 0).any(axis=1).mean()
    assert 0.4 < with_digits < 0.8


@pytest.mark.parametrize("name", [name for name in COMPOSITIONS if name != "nothing"])
def test_each_box_is_drawn_round_the_ink_of_a_digit(glyphs, name):
    maker, found = SceneMaker(glyphs, 2), 0
    for _ in range(12):
        page = Page()
        COMPOSITIONS[name][1](maker.writer, page, 40.0)
        for left, top, right, bottom in page.boxes:
            if left < 0 or top < 0 or right > SIDE or bottom > SIDE:
                continue
            found += 1
            ink = page.ink[int(top) : int(bottom), int(left) : int(right)] > 0.4
            for edge in (ink[0], ink[-1], ink[:, 0], ink[:, -1]):
                assert edge.any()
    # Text and signs are pages without digits.
    assert (found > 0) == (name not in ("text", "signs"))


def test_a_page_that_is_turned_takes_its_boxes_along(glyphs):
    maker, page = SceneMaker(glyphs, 3), Page()
    seven = int(np.flatnonzero((glyphs.digits == 7) & (glyphs.hands == MNIST))[0])
    maker.writer.write(page, seven, 60, 90, 50, 0.05)
    aside = maker._turn(page)
    (left, top, right, bottom) = np.round(page.boxes[0]).astype(int)
    assert (page.ink[top:bottom, left:right] > 0.4).sum() == (page.ink > 0.4).sum()
    assert aside.tolist() == [2]


def test_windows_show_digits_in_the_size_that_the_network_is_for(scenes):
    images, boxes = scenes
    rng = np.random.default_rng(0)
    sizes, counted = [], 0
    for image, rows in zip(images, boxes, strict=True):
        seen, digits = window(image, rows, rng)
        assert seen.shape == (WINDOW, WINDOW, 3)
        assert np.isfinite(seen).all()
        real = digits[(digits[:, 0] >= 0) & (digits[:, 5] == 0)]
        counted += len(real)
        sizes += np.maximum(real[:, 3] - real[:, 1], real[:, 4] - real[:, 2]).tolist()
    assert counted > 100
    # A digit is counted with a fifth of it beyond the border.
    assert 0.75 * COUNTED[0] <= min(sizes)
    assert max(sizes) <= COUNTED[1]


def test_letters_are_mostly_seen_in_the_size_of_digits():
    image, boxes = np.full((SIDE, SIDE), 220, np.uint8), np.zeros((MOST, 6), np.float32)
    # A mark of 100 pixels where nothing is a digit, and its height as the scenes tell it.
    image[80:180, 120:130] = 20
    boxes[:, 0] = -1
    boxes[0, 5] = 100
    rng, heights = np.random.default_rng(0), []
    for _ in range(200):
        seen, digits = window(image, boxes, rng)
        assert (digits[:, 0] < 0).all()
        rows = np.flatnonzero((np.abs(seen[..., 0]) > 0.3).any(axis=1))
        if rows.size and rows[0] > 0 and rows[-1] < WINDOW - 1:
            heights.append(rows[-1] - rows[0] + 1)
    heights = np.array(heights)
    assert len(heights) > 100
    assert np.mean((heights > USUAL[0] - 4) & (heights < USUAL[1] + 4)) > 0.75


def test_the_learning_rate_rises_to_a_peak_in_each_cycle_and_falls_to_nothing():
    rates = np.array([recipe.rate(step) for step in range(sum(recipe.STEPS))])
    ends = np.cumsum(recipe.STEPS)
    for start, end, peak in zip([0, *ends], ends, recipe.PEAKS, strict=False):
        assert rates[start:end].max() == pytest.approx(peak, rel=0.01)
        assert rates[start] < 0.01 * peak
        assert rates[end - 1] < 0.01 * peak
    with pytest.raises(ValueError, match="expected a step below"):
        recipe.rate(sum(recipe.STEPS))


def one_digit(digit: int = 3, aside: float = 0) -> np.ndarray:
    boxes = np.zeros((1, MOST, 6), np.float32)
    boxes[..., 0] = -1
    boxes[0, 0] = digit, 40, 30, 60, 70, aside
    return boxes


def test_the_target_is_a_bell_round_the_middle_of_each_digit():
    middle, digit, box, counts = (part.numpy()[0] for part in recipe.targets(one_digit()))
    row, column = np.unravel_index(middle.argmax(), middle.shape)
    assert (row, column) == (50 // STRIDE, 50 // STRIDE)
    assert middle[row, column] == 1
    assert middle[row, column + 4] < 0.5
    assert digit[row, column] == 3
    x, y, wide, high = box[row, column]
    assert (column + 0.5 + x) * STRIDE == pytest.approx(50)
    assert (row + 0.5 + y) * STRIDE == pytest.approx(50)
    assert UNIT * np.exp([wide, high]) == pytest.approx([20, 40], rel=1e-5)
    assert counts.all()


def test_what_counts_neither_way_is_left_out():
    middle, _, _, counts = (part.numpy()[0] for part in recipe.targets(one_digit(aside=1)))
    assert middle.max() == 0
    assert not counts[50 // STRIDE, 50 // STRIDE]
    assert counts[0, 0]


def test_a_right_answer_costs_less_than_a_wrong_one():
    boxes = one_digit()
    middle, digit, box, _ = (part.numpy() for part in recipe.targets(boxes))
    right = np.zeros((*middle.shape, 15), np.float32)
    right[..., 0] = np.where(middle > 0.99, 6, -6)
    right[..., 1:11] = 8 * np.eye(10)[digit]
    right[..., 11:] = box
    best = [float(part) for part in recipe.losses(right, boxes)]
    assert best[0] < 0.05
    assert best[2] < 1e-6
    for part, wrong in enumerate(
        (
            np.concatenate([-right[..., :1], right[..., 1:]], axis=-1),
            np.concatenate([right[..., :1], -right[..., 1:11], right[..., 11:]], axis=-1),
            np.concatenate([right[..., :11], right[..., 11:] + 1], axis=-1),
        )
    ):
        assert float(recipe.losses(wrong, boxes)[part]) > best[part] + 0.5


def test_training_goes_on_where_it_was_interrupted_and_what_it_saves_can_be_used(
    scenes, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(recipe, "BATCH", 4)
    monkeypatch.setattr(recipe, "KEEP_EVERY", 2)
    monkeypatch.setattr(recipe, "SETTLING", 3)
    cycles = []
    monkeypatch.setattr(recipe, "load_scenes", lambda *given: cycles.append(given[1]) or scenes)
    np.savez(tmp_path / "end_1.npz", *build_page_network().get_weights())
    _, first = recipe.train(tmp_path, steps=(2, 0))
    network, seconds = recipe.train(tmp_path, steps=(2, 2))
    assert "going on after step 2" in capsys.readouterr().out
    # The mean of both ends is settled on the scenes of the last cycle.
    assert cycles == [0, 1, 1, 1]
    assert 0 < first < seconds
    recipe.save(network, tmp_path, {"network": "page_network"})
    seen = np.random.default_rng(0).normal(0, 0.3, (70, 100, 3)).astype(np.float32)
    answer = Finder(tmp_path / "page.onnx").answer(seen)
    # Sides with their border, up to the next multiple of 32, and a cell for each 4 pixels.
    assert answer.shape == (128 // STRIDE, 160 // STRIDE, 15)
    padded = np.zeros((1, 128, 160, 3), np.float32)
    padded[0, 16:86, 16:116] = seen
    np.testing.assert_allclose(answer, network(padded)[0], atol=1e-3)


def test_the_shipped_network_is_the_mean_of_both_ends(scenes, tmp_path, monkeypatch):
    monkeypatch.setattr(recipe, "BATCH", 4)
    monkeypatch.setattr(recipe, "SETTLING", 60)
    monkeypatch.setattr(recipe, "load_scenes", lambda *given: scenes)
    ends = [build_page_network() for _ in range(2)]
    for cycle, network in enumerate(ends):
        np.savez(tmp_path / f"end_{cycle}.npz", *network.get_weights())
    mean = recipe.mean_of_ends(tmp_path, 2)
    kernels = [network.get_layer("middle").kernel.numpy() for network in (*ends, mean)]
    np.testing.assert_allclose(kernels[2], (kernels[0] + kernels[1]) / 2, atol=1e-6)
    # Fresh running means are 0 and 1; those of the mean network are measured.
    (norm, *_) = [each for each in mean.layers if each.name.startswith("batch_norm")]
    assert not np.allclose(norm.moving_variance, 1, atol=0.2)


def test_a_smaller_network_has_the_same_answer():
    network = build_page_network((8, 8, 16, 16, 16), head=16)
    assert network(np.zeros((2, 64, 96, 3), np.float32)).shape == (2, 16, 24, 15)
