"""What the notebook tests cost: seconds and peak memory of each notebook's kernel."""

import time
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

# What the course promises a student's kernel. Binder's machines have 2 GB, and the server
# beside the kernel needs some of them. TensorFlow alone takes half: where JAX is installed,
# as for chapter 16, TensorFlow loads it too, about 100 MB in every chapter.
MOST_MEMORY_MB = 1650

seconds: dict[str, float] = defaultdict(float)
peak_mb: dict[str, float] = defaultdict(float)


def _peak_memory_mb(pid: int) -> float:
    """Return the largest memory a process had so far, where the system records that."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return psutil.Process(pid).memory_info().rss / 1e6


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    started = time.perf_counter()
    yield
    kernel = getattr(item.parent, "kernel", None)
    if kernel is None:
        return
    name = f"{item.path.parent.name}/{item.path.name}"
    seconds[name] += time.perf_counter() - started
    if kernel.km.is_alive():
        pid = kernel.km.provisioner.pid
        peak_mb[name] = max(peak_mb[name], _peak_memory_mb(pid))


def pytorch_note() -> str:
    """Say whether the cells that need PyTorch had it: it is no part of the environment."""
    ran = "ran" if find_spec("torch") else "did not run, PyTorch is not installed"
    return f"the PyTorch cells of chapter 16 {ran}"


def pytest_terminal_summary(terminalreporter):
    if not seconds:
        return
    terminalreporter.section("notebooks")
    for name in sorted(seconds):
        terminalreporter.line(f"{name:48s} {seconds[name]:6.0f} s {peak_mb[name]:8.0f} MB")
    if any(name.startswith("notebooks/16_") for name in seconds):
        terminalreporter.line(pytorch_note())


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    """Take over what a worker measured, where several share the notebooks."""
    seconds.update(node.workeroutput["seconds"])
    peak_mb.update(node.workeroutput["peak_mb"])


def pytest_sessionfinish(session, exitstatus):
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput |= {"seconds": dict(seconds), "peak_mb": dict(peak_mb)}
        return
    too_large = {name: mb for name, mb in peak_mb.items() if mb > MOST_MEMORY_MB}
    if too_large and exitstatus == 0:
        print(f"\nabove {MOST_MEMORY_MB} MB of memory: {too_large}")
        session.exitstatus = 1
