"""What several test files need: the images, the recognizer, and servers, once."""

from pathlib import Path

import pytest

import digitlib

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def test_digits():
    """The 10,000 test images and their labels."""
    return digitlib.load_mnist()[1]


@pytest.fixture(scope="session")
def recognizer():
    return digitlib.load_recognizer()


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    from tests.browser import jupyterlab

    with jupyterlab(tmp_path_factory.mktemp("lab")) as started:
        yield started


@pytest.fixture(scope="session")
def playwright():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started
