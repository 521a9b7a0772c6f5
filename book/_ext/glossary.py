"""A term's definition where a pointer rests on it, and letters above the glossary."""

from functools import cache

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

GLOSSARY = "book/glossary"


def entries(glossary: nodes.document) -> list[tuple[list[nodes.term], str]]:
    """Return each entry's terms, and the text that defines them."""
    found = []
    for item in glossary.findall(nodes.definition_list_item):
        if isinstance(item.parent.parent, addnodes.glossary):
            terms = [child for child in item if isinstance(child, nodes.term)]
            found.append((terms, item[-1].astext().replace("\n", " ")))
    return found


@cache
def definitions(app: Sphinx) -> dict[str, str]:
    """Return the definition of each term by its place in the glossary, looked up once a build."""
    return {
        anchor: text
        for terms, text in entries(app.env.get_doctree(GLOSSARY))
        for term in terms
        for anchor in term["ids"]
    }


def add_definitions(app: Sphinx, page: nodes.document, name: str) -> None:
    """Give every link to a term its definition as a title."""
    defined = definitions(app)
    for link in page.findall(nodes.reference):
        anchor = link.get("refid") or link.get("refuri", "").partition("#")[2]
        if anchor in defined and any("std-term" in child.get("classes", []) for child in link):
            link["reftitle"] = defined[anchor]


def add_letters(app: Sphinx, page: nodes.document, name: str) -> None:
    """Set a row of letters above the glossary, each a link to its first term."""
    if name != GLOSSARY:
        return
    first: dict[str, str] = {}
    for terms, _ in entries(page):
        first.setdefault(terms[0].astext()[0].upper(), terms[0]["ids"][0])
    row = nodes.paragraph(classes=["glossary-letters"])
    for letter, anchor in sorted(first.items()):
        row += nodes.reference("", letter, refid=anchor, internal=True)
        row += nodes.Text(" ")
    glossary = next(page.findall(addnodes.glossary))
    glossary.parent.insert(glossary.parent.index(glossary), row)


def setup(app: Sphinx) -> dict:
    """Register the extension with Sphinx."""
    app.connect("doctree-resolved", add_definitions)
    app.connect("doctree-resolved", add_letters)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
