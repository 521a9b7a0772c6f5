"""Where the stored results lie of measurements that take too long for a chapter.

Each file is written by the module of its name in `benchmarks/`, which says how it was measured;
chapters read them here, so that a copy of a chapter finds them wherever the package is installed.
"""

from pathlib import Path

RESULTS = Path(__file__).parent / "results"
