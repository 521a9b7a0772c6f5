"""How soon a network reaches 99 %: ``python -m benchmarks.speed`` prints it, beside two peers.

Each training has a process of its own (:mod:`benchmarks.speed_worker`), and the recipes take
turns. The clock stands still while the test images are asked. The moment of a recipe is its
first evaluation at or above the target; nothing is interpolated.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.environment import environment
from benchmarks.speed_worker import EVERY, THREADS
from digitlib.course import stored

ROOT = Path(__file__).parents[1]
RESULTS = stored.RESULTS / "speed.json"
OURS = "fast"
TARGET = 0.99
TORCH_HINT = (
    "PyTorch is missing: pip install torch into an environment of its own, then --torch-python"
)
# What "time" can mean: with the import of the library, from the call of fit on, and without
# the first execution, in which TensorFlow traces and compiles.
CLOCKS = ("with start-up", "training", "without the first execution")


def run(python: str, recipe: str, seed: int, target: float | None) -> dict:
    """Train in a fresh process and return what it printed, with its seconds in all."""
    command = [python, "-m", "benchmarks.speed_worker", recipe, "--seed", str(seed)]
    if target is not None:
        command += ["--target", str(target)]
    threads = str(THREADS)
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": threads, "PYTHONPATH": str(ROOT)}
    began = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **quiet},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    result = json.loads(done.stdout.splitlines()[-1])
    return {**result, "process": time.perf_counter() - began}


def moment(result: dict, target: float, kind: str = "wall") -> dict[str, float] | None:
    """Return the seconds until the first evaluation at or above the target, on each clock."""
    reached = [point for point in result["curve"] if point["accuracy"] >= target]
    if not reached:
        return None
    seconds = reached[0][kind]
    return dict(
        zip(
            CLOCKS,
            (seconds + result["import"][kind], seconds, seconds - result["first"][kind]),
            strict=True,
        )
    )


def summary(results: list[dict], target: float) -> dict:
    """Return medians and ranges of each recipe, and the ratios to ours with their range.

    A ratio is that of the medians; its range runs over all pairs of one training of the peer
    and one of ours. A recipe of which some training missed the target has no median.
    """
    found = {}
    for recipe in dict.fromkeys(result["recipe"] for result in results):
        own = [result for result in results if result["recipe"] == recipe]
        entry = {
            "trainings": len(own),
            "parameters": own[0]["parameters"],
            "last accuracy": statistics.median(each["curve"][-1]["accuracy"] for each in own),
            "reached": sum(moment(each, target) is not None for each in own),
        }
        for kind in ("wall", "cpu"):
            times = [moment(each, target, kind) for each in own]
            if all(times):
                entry[kind] = {
                    clock: {
                        "median": statistics.median(each[clock] for each in times),
                        "all": [each[clock] for each in times],
                    }
                    for clock in CLOCKS
                }
        found[recipe] = entry
    for recipe, entry in found.items():
        if recipe == OURS or "wall" not in entry or "wall" not in found.get(OURS, {}):
            continue
        entry["ratio"] = {}
        for clock in CLOCKS:
            theirs, ours = entry["wall"][clock], found[OURS]["wall"][clock]
            pairs = [peer / own for peer in theirs["all"] for own in ours["all"]]
            entry["ratio"][clock] = {
                "medians": theirs["median"] / ours["median"],
                "least": min(pairs),
                "greatest": max(pairs),
            }
    return found


def table(found: dict, target: float) -> str:
    """Return the summary as lines of text."""
    lines = [f"seconds to {target:.1%} on test; median (least-greatest)"]
    for recipe, entry in found.items():
        lines.append(
            f"{recipe}: {entry['parameters']:,} parameters, reached by {entry['reached']} of "
            f"{entry['trainings']}, last accuracy {entry['last accuracy']:.2%} (median)"
        )
        for kind in ("wall", "cpu"):
            for clock, value in entry.get(kind, {}).items():
                low, high = min(value["all"]), max(value["all"])
                line = f"  {kind:4} {clock:28} {value['median']:7.1f} s ({low:.1f}-{high:.1f})"
                if kind == "wall" and "ratio" in entry:
                    ratio = entry["ratio"][clock]
                    line += f"  {ratio['medians']:.1f} times ours"
                    line += f" ({ratio['least']:.1f}-{ratio['greatest']:.1f})"
                lines.append(line)
    return "\n".join(lines)


def has_torch(python: str) -> bool:
    """Tell whether an interpreter can import PyTorch."""
    asked = subprocess.run([python, "-c", "import torch"], capture_output=True, check=False)
    return asked.returncode == 0


def turns(counts: dict[str, int]) -> list[tuple[str, int]]:
    """Return recipe and seed of each training, the recipes taking turns."""
    most = max(counts.values(), default=0)
    return [(name, seed) for seed in range(most) for name, count in counts.items() if seed < count]


def main() -> None:
    """Train, print the table and store it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="trainings of the course's recipe")
    parser.add_argument("--peer-seeds", type=int, default=3, help="trainings of each peer")
    parser.add_argument("--torch-seeds", type=int, help="of PyTorch's, if not as many")
    parser.add_argument("--torch-python", default=sys.executable, help="a Python with PyTorch")
    parser.add_argument("--target", type=float, default=TARGET)
    parser.add_argument("--full", action="store_true", help="let peers run on after the target")
    parser.add_argument("--json", type=Path, default=RESULTS)
    options = parser.parse_args()
    counts = {OURS: options.seeds, "keras.io": options.peer_seeds}
    peers = options.peer_seeds if options.torch_seeds is None else options.torch_seeds
    if peers and has_torch(options.torch_python):
        counts["PyTorch"] = peers
    elif peers:
        print(TORCH_HINT)
    results = []
    for recipe, seed in turns(counts):
        python = options.torch_python if recipe == "PyTorch" else sys.executable
        stop = None if recipe == OURS or options.full else options.target
        results.append(run(python, recipe, seed, stop))
        last = results[-1]["curve"][-1]
        print(f"{recipe} seed {seed}: {last['wall']:.1f} s, {last['accuracy']:.2%}", flush=True)
        found = summary(results, options.target)
        stored = {
            "environment": environment(("tensorflow-cpu", "tensorflow", "keras", "numpy")),
            "threads": THREADS,
            "target": options.target,
            "steps between evaluations": EVERY,
            "peers stop at the target": not options.full,
            "summary": found,
            "trainings": results,
        }
        # Stored after each training, so that an interrupted run is not lost.
        options.json.write_text(json.dumps(stored, indent=1) + "\n")
    print(table(found, options.target))


if __name__ == "__main__":
    main()
