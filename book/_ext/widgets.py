"""Widgets that work on the book's pages, where there is no Python.

``make outputs`` stores a widget of :mod:`digitlib.course.widgets` as a place in the page with all
that the widget knows (:mod:`tools.run_notebooks`). Here its module is made a script that a page may
load from a disk as well, and each page with such a place is given the scripts that fill it.

A figure of the class ``stand-in`` that follows shows what the widget looks like. The widget is
moved into it and takes the place of the picture as soon as it works; on paper, and for readers
without JavaScript, the picture stays.
"""

import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

PLACE = re.compile(r'class="widget-place" data-widget="([\w.]+)"')
# The one thing that a module hands out, and the words that a script doesn't know.
HANDED_OUT = re.compile(r"^export default ", re.MULTILINE)
EXPORTED = re.compile(r"^export (?=function |const )", re.MULTILINE)
MODULE_ONLY = re.compile(r"^(?:export|import)\b", re.MULTILINE)


def places_in(page: nodes.document) -> Iterator[tuple[nodes.raw, str]]:
    """Yield the places for widgets on a page, each with the name of its widget's class."""
    for raw in page.findall(nodes.raw):
        if found := PLACE.search(raw.astext()):
            yield raw, found[1]


def move_into_figures(app: Sphinx, page: nodes.document) -> None:
    """Move each widget into the figure that stands in for it, if one follows."""
    places = dict(places_in(page))
    for raw in places:
        # On dark pages, the theme puts a light ground under what a cell gave as HTML.
        raw["classes"] = []
    waiting = None
    for node in list(page.findall(lambda node: isinstance(node, nodes.raw | nodes.figure))):
        if node in places:
            waiting = node
        elif waiting is not None and "stand-in" in node.get("classes", []):
            output = waiting.parent
            output.remove(waiting)
            # What held it would be an empty box on the page.
            while not output.children:
                output.parent.remove(output)
                output = output.parent
            node.insert(0, waiting)
            waiting = None


def script_of(name: str) -> str:
    """Return the module of a widget as a script.

    Parameters
    ----------
    name : str
        Its class, with the module that has it.

    Raises
    ------
    ValueError
        If its module imports something, or hands out more than one thing.
    """
    home, _, kind = name.rpartition(".")
    widget = getattr(importlib.import_module(home), kind)
    body, handed_out = HANDED_OUT.subn("return ", str(widget._esm))
    body = EXPORTED.sub("", body)
    if handed_out != 1 or MODULE_ONLY.search(body):
        raise ValueError(f"expected a module of {name} that imports nothing and has one export")
    return (
        f"(window.courseWidgets ??= {{}})[{json.dumps(name)}] = {{\n"
        f"look: {json.dumps(str(widget._css))},\nmake() {{\n{body}\n}},\n}};\n"
    )


def write_scripts(app: Sphinx) -> None:
    """Write a script for each widget that a notebook of the book has stored."""
    if app.builder.name != "html":
        return
    folder = Path(app.outdir) / "_static" / "widgets"
    folder.mkdir(parents=True, exist_ok=True)
    pages = Path(app.srcdir).glob("notebooks/*.ipynb")
    # In a notebook, a quotation mark within a text has a backslash before it.
    stored = [page.read_text("utf-8").replace('\\"', '"') for page in pages]
    for name in {name for text in stored for name in PLACE.findall(text)}:
        (folder / f"{name}.js").write_text(script_of(name), "utf-8")


def leave_out_on_paper(app: Sphinx, page: nodes.document, name: str) -> None:
    """Take the widgets out of a book that is printed; the pictures of their figures stay."""
    if app.builder.name == "html":
        return
    for raw, _ in list(places_in(page)):
        raw.parent.remove(raw)


def load_scripts(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Let a page with widgets load their scripts, and at last the one that sets them up."""
    if app.builder.name != "html" or doctree is None:
        return
    names = sorted({name for _, name in places_in(doctree)})
    if names:
        for name in (*names, "mount"):
            app.add_js_file(f"widgets/{name}.js", loading_method="defer")
        app.add_css_file("widgets/widgets.css")


def setup(app: Sphinx) -> dict:
    """Register the extension with Sphinx."""
    app.connect("builder-inited", write_scripts)
    app.connect("doctree-read", move_into_figures)
    app.connect("doctree-resolved", leave_out_on_paper)
    app.connect("html-page-context", load_scripts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
