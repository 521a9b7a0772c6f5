"""The whole book as one page, from which a PDF is printed.

Extensions say how their elements are written under the name of a builder or of its format, and
as soon as one of them names the builder of a single page, Sphinx no longer looks at the others'.
"""

from sphinx.application import Sphinx


def write_as_on_many_pages(app: Sphinx) -> None:
    """Let every element be written as it is when each page is a file."""
    handlers = app.registry.translation_handlers
    handlers["singlehtml"] = {**handlers["html"], **handlers.get("singlehtml", {})}


def setup(app: Sphinx) -> dict:
    """Register the extension with Sphinx."""
    app.connect("builder-inited", write_as_on_many_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
