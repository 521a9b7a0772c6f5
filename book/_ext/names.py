"""What the book's pages call things, kept for the students' copies of the chapters.

A build knows that ``fig-05-holes`` is Fig. 5.1, how a work is cited and what a term means. It
writes that down in ``_build/names.json``, so that copies made without the builder say the same as
the pages.
"""

import json
import re
from pathlib import Path

from docutils import nodes
from glossary import GLOSSARY, entries
from pybtex.backends.markdown import Backend as Markdown
from sphinx.application import Sphinx

# How a page cites: "Cover and Hart [1967]" in a sentence, "[Cover and Hart, 1967]" behind one.
CITED = re.compile(r"([^\[\];]+?),? \[?(\d{4}[a-z]?|n\.d\.)\]?(?:, (?=\D)|$)")


def keep_citations(app: Sphinx, page: nodes.document, name: str) -> None:
    """Remember how a page names the authors and the year of each work that it cites."""
    if app.builder.name != "html":
        return
    keys = {one.citation_id: one.key for one in app.env.get_domain("cite").citations}
    for mention in page.findall(nodes.inline):
        if "bibtex-citation" not in mention.get("classes", []):
            continue
        links = mention.findall(nodes.reference)
        anchors = [link.get("refid") or link["refuri"].partition("#")[2] for link in links]
        cited = [keys[anchor] for anchor in anchors]
        text = mention.astext()
        if text.startswith("["):
            text = text[1:-1]
        named = CITED.findall(text)
        if len(named) != len(cited):
            raise ValueError(f"{name} cites {cited}; expected as many works in {text!r}")
        app.course_citations.update(zip(cited, named, strict=True))


def write_names(app: Sphinx, exception: Exception | None) -> None:
    """Write all names, unless the build failed or drew too few pages to know them."""
    if exception is not None or app.builder.name != "html":
        return
    env = app.env
    standard = env.get_domain("std")
    kinds = {"figure": env.config.numfig_format["figure"], "exercise": "Exercise %s"}
    numbers = {
        anchor: [kinds[kind] % ".".join(map(str, number)), page]
        for page, by_kind in env.toc_fignumbers.items()
        for kind, numbered in by_kind.items()
        if kind in kinds
        for anchor, number in numbered.items()
    }
    sections = {
        label: [title, page]
        for label, (page, _, title) in standard.labels.items()
        if page.startswith("notebooks/") and label not in numbers
    }
    terms = {
        term.astext().lower(): [term.astext(), text]
        for same, text in entries(env.get_doctree(GLOSSARY))
        for term in same
    }
    works = {
        one.key: one.formatted_entry.text.render(Markdown())
        for one in env.get_domain("cite").citations
    }
    titles = {page: title.astext() for page, title in env.titles.items()}
    path = Path(app.outdir).parent / "names.json"
    # A page that did not change is not drawn again, and cites as before.
    before = json.loads(path.read_text())["cited"] if path.exists() else {}
    names = {
        "numbers": numbers,
        "sections": sections,
        "terms": terms,
        "works": works,
        "cited": before | app.course_citations,
        "titles": titles,
    }
    text = json.dumps(names, indent=1, ensure_ascii=False, sort_keys=True)
    path.write_text(text + "\n")


def setup(app: Sphinx) -> dict:
    """Register the extension with Sphinx."""
    app.course_citations = {}
    app.connect("doctree-resolved", keep_citations)
    app.connect("build-finished", write_names)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
