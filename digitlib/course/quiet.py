"""TensorFlow without the notes that a notebook would show in red."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module


def import_tensorflow() -> None:
    """Import TensorFlow without what it says about the processor.

    Its C++ part writes these notes itself, past ``sys.stderr`` and whatever
    ``TF_CPP_MIN_LOG_LEVEL`` asks for, once in a process and while it is imported. If the import
    fails, they are shown after all.
    """
    with _nothing_in_red():
        import_module("tensorflow")


@contextmanager
def _nothing_in_red() -> Iterator[None]:
    """Hold back what the process writes to its standard error, unless something is raised."""
    sys.stderr.flush()
    shown = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(shown, held.read())
            raise
        finally:
            os.dup2(shown, 2)
            os.close(shown)
