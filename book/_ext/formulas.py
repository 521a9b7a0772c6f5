"""MathJax only on pages that have a formula.

Sphinx loads it on a page if that page or one that its table of contents names has a formula. The
welcome page names all of them and has none: it would load a megabyte of script to no purpose.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def leave_out_where_nothing_is_set(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None
) -> None:
    """Take MathJax out of the scripts of a page without formulas."""
    if app.builder.name == "singlehtml" or tree is None:
        return
    if not any(tree.findall(lambda node: isinstance(node, (nodes.math, nodes.math_block)))):
        scripts = context["script_files"]
        scripts[:] = [script for script in scripts if "mathjax" not in str(script.filename)]


def setup(app: Sphinx) -> dict:
    """Register the extension with Sphinx."""
    # After Sphinx' own, which adds the script.
    app.connect("html-page-context", leave_out_where_nothing_is_set, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
