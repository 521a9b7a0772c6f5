"""Run notebooks from a fresh kernel and store what they print: ``make outputs``.

Each notebook is stamped with a fingerprint of its code, so that a test can tell a cell
that was changed after its output was stored.
"""

import argparse
import base64
import hashlib
import importlib
import io
import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbclient import NotebookClient
from PIL import Image

from digitlib.course.widgets import PageWidget

ROOT = Path(__file__).resolve().parent.parent

# What TensorFlow says of the processor when it starts, with a time and a process number.
STARTING_UP = re.compile(r"WARNING: All log messages before absl|[IW]0000 [\d:.]+ +\d+ \w+\.cc:")
WIDGET = "application/vnd.jupyter.widget-view+json"
# A widget that works without its kernel, with all that Python gave it. The book's pages fill such
# a place (book/_ext/widgets.py); elsewhere it is a sentence.
PLACE = """<div class="widget-place" data-widget="{name}">
<p class="widget-missing">Here stands a widget. It needs JavaScript, or a notebook that runs.</p>
<script type="application/json">{traits}</script>
</div>"""


def code_fingerprint(notebook: nbformat.NotebookNode) -> str:
    """Return a SHA-256 of all code cells and of their tags, in order."""
    code = [
        [cell.source, cell.metadata.get("tags", [])]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    return hashlib.sha256(json.dumps(code).encode()).hexdigest()


def worth_storing(output: nbformat.NotebookNode) -> bool:
    """Tell whether an output is one that a reader of the page can use.

    Raises
    ------
    ValueError
        If it is a warning: those are to be mended, not stored.
    """
    if output.get("name") == "stderr":
        lines = [line for line in output.text.splitlines() if not STARTING_UP.match(line)]
        if lines:
            raise ValueError("a cell warns:\n" + "\n".join(lines))
        return False
    data = output.get("data", {})
    # Keras' summary leaves an empty box above what it prints.
    if data and set(data) <= {"text/plain", "text/html"}:
        return bool(re.sub(r"<[^>]*>", "", "".join(data.values())).strip())
    # Most widgets are dead without their kernel; the chapter shows a picture of them.
    return WIDGET not in data


def let_live(output: nbformat.NotebookNode, states: Mapping[str, dict[str, Any]]) -> None:
    """Store a widget that needs no kernel as a place in the page, with what it holds.

    Parameters
    ----------
    output : nbformat.NotebookNode
        What a cell gave; another output than such a widget stays as it is.
    states : mapping
        The states of all widgets of the notebook, by the names that Jupyter has for them.
    """
    if WIDGET not in output.get("data", {}):
        return
    state = states[output.data[WIDGET]["model_id"]]
    name = state.get("_anywidget_id", "")
    home, _, kind = name.rpartition(".")
    # A class that a notebook has made itself is found in no module.
    widget = getattr(importlib.import_module(home), kind, None) if home else None
    if not (isinstance(widget, type) and issubclass(widget, PageWidget)):
        return
    traits = json.dumps(
        PageWidget.traits_on_the_page(state), ensure_ascii=False, separators=(",", ":")
    )
    # In a page, "</script>" would end the place wherever it stands.
    output.data = {"text/html": PLACE.format(name=name, traits=traits.replace("<", "\\u003c"))}


def lighten(output: nbformat.NotebookNode) -> None:
    """Make a large picture lighter, so that the repository stays quick to clone.

    The grain of a photograph fills a PNG with bits that nobody sees. Colors rounded to
    steps of 8 look the same and take less than half of the room.
    """
    encoded = output.get("data", {}).get("image/png")
    if encoded is None or len(encoded) < 320_000:
        return
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGBA")).copy()
    picture[..., :3] = np.minimum(255, (picture[..., :3].astype(int) + 4) // 8 * 8)
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG", optimize=True)
    output.data["image/png"] = base64.b64encode(stream.getvalue()).decode()


def run(path: Path) -> None:
    """Execute one notebook in place; an error leaves the file as it was."""
    notebook = nbformat.read(path, as_version=4)
    started = time.perf_counter()
    client = NotebookClient(
        notebook,
        timeout=1200,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            for output in cell.outputs:
                let_live(output, client.widget_state)
            cell.outputs = [output for output in cell.outputs if worth_storing(output)]
            for output in cell.outputs:
                lighten(output)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "code_fingerprint": code_fingerprint(notebook),
    }
    for number, cell in enumerate(notebook.cells):
        # Numbered, so that a chapter that is converted again changes in fewer lines.
        cell["id"] = f"cell-{number:02d}"
    nbformat.write(notebook, path)
    print(f"{path.relative_to(ROOT)}: {time.perf_counter() - started:.0f} s")


def main() -> None:
    """Run the notebooks named on the command line, or all of the course."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebooks", nargs="*", type=Path)
    options = parser.parse_args()
    for path in options.notebooks or sorted((ROOT / "notebooks").glob("*.ipynb")):
        run(path.resolve())


if __name__ == "__main__":
    main()
