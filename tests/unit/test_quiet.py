"""TensorFlow starts without a word, and errors keep theirs."""

import subprocess
import sys

import pytest

from digitlib.course.quiet import _nothing_in_red

QUIET = """
from digitlib.course import quiet
quiet.import_tensorflow()
import keras
keras.ops.ones((2, 2)) @ keras.ops.ones((2, 2))
"""


@pytest.mark.slow
def test_tensorflow_starts_without_a_note():
    done = subprocess.run(
        [sys.executable, "-c", QUIET], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == ("", "")


def said_by(body: str) -> str:
    """Return what a program leaves on its standard error."""
    program = f"import os\nfrom digitlib.course.quiet import _nothing_in_red\n{body}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    return done.stderr


def test_what_was_held_back_is_shown_where_something_fails():
    said = said_by("with _nothing_in_red():\n    os.write(2, b'a note\\n')\n    1 / 0")
    assert said.startswith("a note\n")
    assert "ZeroDivisionError" in said


def test_what_is_said_afterward_is_shown(capfd):
    with _nothing_in_red():
        print("not this", file=sys.stderr, flush=True)
    print("this", file=sys.stderr, flush=True)
    assert "this" in capfd.readouterr().err
