"""The table of contents without the solutions, for a class: ``make book SOLUTIONS=no``."""

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent


def without_solutions() -> Path:
    """Write it into ``_build`` and return where it lies."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    toc["parts"] = [part for part in toc["parts"] if part["caption"] != "Solutions"]
    path = ROOT / "_build" / "toc_without_solutions.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(toc, sort_keys=False))
    return path


if __name__ == "__main__":
    print(without_solutions())
