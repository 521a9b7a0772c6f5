"""From the book's Markdown (MyST) to one that every front end shows: numbers, names, folds.

What a page calls a figure, a work or a term stands in ``book/names.json``, which a build writes;
nothing is numbered or named here.
"""

import json
import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
NAMES = ROOT / "book" / "names.json"
# Pages of the book that chapters lead to, and that students get as well.
PAGES = ("about_the_data", "notation")

OPENING = re.compile(r"^(?P<fence>`{3,}|:{3,})(?:\{(?P<name>[\w:-]+)\}[ \t]*(?P<title>.*))?")
LABEL = re.compile(r"^\((?P<label>[\w-]+)\)=[ \t]*$")
OPTION = re.compile(r"^:(?P<key>[\w-]+):[ \t]*(?P<value>.*)$")
# What is not prose comes first, so that nothing is looked for in it.
INLINE = re.compile(
    r"\{(?P<role>[\w:]+)\}`(?P<target>[^`]+)`"
    r"|(?P<code>(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<math>\$\$.+?\$\$|(?<!\\)\$[^$\n]+\$)"
    r"|\[(?P<text>[^\]]*)\]\((?P<to>[^)\s]+)\)",
    re.DOTALL,
)
NAMED = re.compile(r"^(?P<text>.*?)\s*<(?P<target>[^>]+)>$", re.DOTALL)


class Names(NamedTuple):
    """What the pages call things, see ``book/_ext/names.py``.

    Attributes
    ----------
    numbers : dict
        A figure's or an exercise's label: its number, as "Fig. 5.3", and its page.
    sections : dict
        A section's label: its title and its page.
    terms : dict
        A term in small letters: how the glossary writes it, and its definition.
    works : dict
        A key of the bibliography: the whole reference, in Markdown.
    cited : dict
        A key of the bibliography: how authors and year are named in a sentence.
    titles : dict
        A page: its title.
    """

    numbers: dict[str, list[str]]
    sections: dict[str, list[str]]
    terms: dict[str, list[str]]
    works: dict[str, str]
    cited: dict[str, list[str]]
    titles: dict[str, str]

    @classmethod
    def read(cls, path: Path = NAMES) -> "Names":
        """Read them from a file, the repository's unless told otherwise."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))


def block_end(lines: list[str], at: int, fence: str, page: str) -> int:
    """Return in which line a block is closed that is opened in another one.

    Raises
    ------
    ValueError
        If it is not closed; the page is named.
    """
    for end in range(at + 1, len(lines)):
        if lines[end].rstrip() == fence:
            return end
    raise ValueError(f"{page}: a block is not closed: {lines[at]!r}")


def anchor(title: str) -> str:
    """Return what follows # in a link to a heading, as JupyterLab names it."""
    plain = re.sub(r"[*`]|\{[\w:]+\}", "", title).strip()
    return quote(plain.replace(" ", "-"))


class Page:
    """One page on its way: what it is called, and where its figures stand.

    Parameters
    ----------
    name : str
        As in the table of contents: ``notebooks/05_convolution``.
    names : Names
        What the pages call things.
    headings : dict
        Where each figure of all pages stands: its label, and the title above it.

    Attributes
    ----------
    cited : list of str
        The works that were cited so far.
    folds_pictures : bool
        Whether photographs, which show what is alive on the page, open with a click.
    """

    def __init__(self, name: str, names: Names, headings: dict[str, str]):
        self.name, self.names, self.headings = name, names, headings
        self.cited: list[str] = []
        self.folds_pictures = False

    # --- Blocks -------------------------------------------------------------------------------

    def markdown(self, text: str) -> str:
        """Return a cell's text in plain Markdown."""
        return "\n".join(self._blocks(text.split("\n"))).strip("\n")

    def _blocks(self, lines: list[str]) -> Iterator[str]:
        prose: list[str] = []
        at = 0
        while at < len(lines):
            line = lines[at]
            opening = OPENING.match(line)
            if opening is None and LABEL.match(line) is None:
                prose.append(line)
                at += 1
                continue
            if prose:
                yield self.inline("\n".join(prose))
                prose = []
            if opening is None:
                at += 1
                continue
            end = block_end(lines, at, opening["fence"], self.name)
            inner = lines[at + 1 : end]
            if opening["name"] is None:
                yield "\n".join(lines[at : end + 1])
            else:
                yield self._directive(opening["name"], opening["title"].strip(), inner)
            at = end + 1
        if prose:
            yield self.inline("\n".join(prose))

    def _directive(self, name: str, title: str, lines: list[str]) -> str:
        options = {}
        while lines and (option := OPTION.match(lines[0])):
            options[option["key"]] = option["value"]
            lines = lines[1:]
        body = "\n".join(self._blocks(lines)).strip("\n")
        if name == "exercise":
            number, _ = self.names.numbers[options["label"]]
            return f"### {number}: {self.inline(title)}\n\n{body}\n"
        if name == "figure":
            number, _ = self.names.numbers[options["name"]]
            shown = f"![{options['alt']}]({title})\n\n{self.caption(number, body)}"
            if self.folds_pictures and title.endswith(".png"):
                return fold(f"{number}, a picture of it", shown)
            return f"{shown}\n"
        if name == "table":
            return f"**{self.inline(title)}**\n\n{body}\n"
        if name == "admonition" and "dropdown" in options.get("class", ""):
            return fold(self.inline(title), body)
        if name == "admonition":
            return quoted(f"**{self.inline(title)}**\n\n{body}")
        raise ValueError(f"{self.name}: no plain form is known of {{{name}}}")

    def caption(self, number: str, text: str) -> str:
        """Return the line below a figure."""
        return f"*{number}:* {self.inline(' '.join(text.split()))}"

    # --- In a line ----------------------------------------------------------------------------

    def inline(self, text: str) -> str:
        """Return prose with its references resolved."""
        return INLINE.sub(self._resolved, text)

    def _resolved(self, found: re.Match) -> str:
        if found["role"]:
            named = NAMED.match(found["target"])
            text, target = (named["text"], named["target"]) if named else (None, found["target"])
            return self._role(found["role"], target, text)
        if found["to"] is not None:
            return self._link(found["text"], found["to"])
        return found[0]

    def _role(self, role: str, target: str, text: str | None) -> str:
        if role in ("numref", "ref"):
            return self._reference(target, text)
        if role == "term":
            return self._term(target, text or target)
        if role in ("cite:t", "cite:p"):
            keys = [key.strip() for key in target.split(",")]
            self.cited += keys
            works = [self.names.cited[key] for key in keys]
            if role == "cite:t":
                return ", ".join(f"{authors} ({year})" for authors, year in works)
            return "(" + "; ".join(f"{authors} {year}" for authors, year in works) + ")"
        if role == "doc":
            page = self._page(target)
            return self._to_page(text or self.names.titles[page], page)
        raise ValueError(f"{self.name}: no plain form is known of {{{role}}}")

    def _reference(self, target: str, text: str | None) -> str:
        if target in self.names.numbers:
            called, page = self.names.numbers[target]
        else:
            called, page = self.names.sections[target]
        # Links lead to headings: front ends take other anchors away.
        heading = self.headings.get(target, called)
        return f"[{text or called}]({self._file(page)}#{anchor(heading)})"

    def _term(self, target: str, text: str) -> str:
        written, definition = self.names.terms[" ".join(target.lower().split())]
        title = definition.replace("\\", "\\\\").replace('"', "'")
        return f'[{text}](glossary.ipynb#{anchor(written)} "{title}")'

    def _link(self, text: str, to: str) -> str:
        if to in self.names.numbers or to in self.names.sections:
            return self._reference(to, text)
        if to.endswith((".md", ".ipynb")) and "://" not in to:
            return self._to_page(text, self._page(to))
        return f"[{text}]({to})"

    def _to_page(self, text: str, page: str) -> str:
        folder, _, name = page.rpartition("/")
        if folder == "notebooks" or name in (*PAGES, "glossary"):
            return f"[{text}]({self._file(page)})"
        # Nobody has a copy of it: it is found in the book alone.
        address = book_address()
        return f"[{text}]({address}/{page}.html)" if address else f"*{text}* (a page of the book)"

    def _page(self, to: str) -> str:
        """Return the page that a path leads to from here."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.name), to))
        page = path.removesuffix(".md").removesuffix(".ipynb")
        if page not in self.names.titles:
            raise ValueError(f"{self.name}: no page is called {to}")
        return page

    def _file(self, page: str) -> str:
        return "" if page == self.name else f"{posixpath.basename(page)}.ipynb"

    def references(self) -> str:
        """Return the works that the page cites, each with all that is needed to find it."""
        lines = [" ".join(self.names.works[key].split()) for key in sorted(set(self.cited))]
        return "\n".join(f"- {line}" for line in lines)


def book_address() -> str:
    """Return where the book is published, "" if that is not known."""
    return os.environ.get("BOOK_ADDRESS", "").rstrip("/")


def fold(title: str, body: str) -> str:
    """Return a text that opens with a click."""
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>\n"


def quoted(text: str) -> str:
    """Return a text in a box of its own."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n")) + "\n"
