"""Long experiments in many jobs: what is done is kept, and the same command goes on."""

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

# Whether it is done already, and what does it.
Job = tuple[Callable[[], bool], Callable[[], None]]


class Kept:
    """What has been chosen and measured so far, one file each in a folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, name: str, what: str) -> Path:
        """Return where a choice (``choice``) or a fit (``0``, ``1``, ...) is kept."""
        return self.folder / f"{name.replace(' ', '_').replace(',', '')}-{what}.npz"

    def has(self, name: str, what: str) -> bool:
        """Return whether it is kept."""
        return self.path(name, what).exists()

    def get(self, name: str, what: str) -> tuple[dict, np.ndarray] | None:
        """Return what is kept, or None."""
        path = self.path(name, what)
        if not path.exists():
            return None
        with np.load(path) as archive:
            return json.loads(str(archive["found"])), archive["answers"]

    def put(self, name: str, what: str, found: dict, answers: np.ndarray | None = None) -> None:
        """Keep it; the file is whole or is not there."""
        path = self.path(name, what)
        begun = path.with_suffix(".begun.npz")
        answers = np.zeros(0, np.uint8) if answers is None else answers
        np.savez_compressed(begun, found=json.dumps(found), answers=answers)
        begun.replace(path)


def work(jobs: Iterable[Job], minutes: float = np.inf) -> bool:
    """Do the jobs that are not done yet; return whether none is left.

    After so many minutes, what has been begun is finished and nothing else is begun.
    """
    started, begun = time.perf_counter(), 0
    for is_done, do in jobs:
        if is_done():
            continue
        if begun and time.perf_counter() - started > 60 * minutes:
            return False
        do()
        begun += 1
    return True
