"""A way from each exercise to its solution; none where a class shall find its own.

With ``BOOK_SOLUTIONS=no`` (``make book SOLUTIONS=no``) the book is built without them.
"""

import os
import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

LABEL = re.compile(r"\((sol-[\w-]+)\)=")


def wanted() -> bool:
    """Return whether the book has its solutions."""
    return os.environ.get("BOOK_SOLUTIONS", "yes") != "no"


def find_solutions(app: Sphinx) -> None:
    """Remember which exercises have a solution."""
    pages = Path(app.srcdir).glob("solutions/*.ipynb") if wanted() else []
    app.solved = {label for page in pages for label in LABEL.findall(page.read_text("utf-8"))}


def add_links(app: Sphinx, page: nodes.document) -> None:
    """End the hint of each exercise that has a solution with a link to it."""
    for exercise in page.findall(lambda node: node.tagname == "exercise_enumerable_node"):
        label = exercise["label"].replace("ex-", "sol-", 1)
        if label not in app.solved:
            continue
        folds = [
            node for node in exercise.findall(nodes.admonition) if "dropdown" in node["classes"]
        ]
        link = addnodes.pending_xref(
            "",
            nodes.inline("", "the way to it, and the usual wrong turn"),
            refdomain="std",
            reftype="ref",
            reftarget=label,
            refexplicit=True,
            refwarn=True,
            refdoc=app.env.docname,
        )
        (folds[-1] if folds else exercise).append(
            nodes.paragraph("", "When you have tried: ", link, nodes.Text("."))
        )


def setup(app: Sphinx) -> dict:
    """Register the extension with Sphinx."""
    app.connect("builder-inited", find_solutions)
    app.connect("doctree-read", add_links)
    app.add_config_value("course_solutions", wanted(), "env")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
