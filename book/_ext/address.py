"""What a page says of itself to those who find or pass on its address.

Only where the book is published has it one: the workflow that does so names it in
``BOOK_ADDRESS``. With it pages get their canonical address, a picture for where a link is
shown, and the site its map; without it, as on one's own disk, they have a description only.
"""

import os
import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

import digitlib

PICTURE = "welcome_sheet.png"

# The beginning of a section, which carries the name, and of its heading.
SECTION = re.compile(r'(<section id="([^"]+)">\s*(?:<span [^>]*></span>\s*)*<h[23])>')


def tell_the_address(app: Sphinx, config: Config) -> None:
    """Tell Sphinx and its extensions where the book will stand, if that is known."""
    address = os.environ.get("BOOK_ADDRESS", "").rstrip("/")
    if address and not address.startswith("https://"):
        raise ValueError(f"BOOK_ADDRESS is {address!r}, expected an address https://…")
    if address:
        config.html_baseurl = config.ogp_site_url = f"{address}/"
        config.ogp_image = f"{address}/_images/{PICTURE}"
        config.sitemap_url_scheme = "{link}"
        config.notfound_urls_prefix = "/" + "/".join(f"{address}/".split("/")[3:])
    else:
        config.notfound_urls_prefix = ""
    footer = config.html_theme_options["extra_footer"]
    version = f"<p>Version {digitlib.__version__} of the course.</p>"
    config.html_theme_options["extra_footer"] = f"{footer}{version}"


def load_pictures_late(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Let a browser fetch a picture when its reader comes near it, but for a page's first."""
    body = context.get("body", "")
    first, *others = re.split(r"<img (?![^>]*\bloading=)", body)
    if others:
        context["body"] = "<img ".join([first, others[0]]) + "".join(
            f'<img loading="lazy" {rest}' for rest in others[1:]
        )


def name_headings(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Give each heading a name of its own, by which a search leads to its section."""
    context["body"] = SECTION.sub(r'\1 id="heading-\2">', context.get("body", ""))


def drop_roles(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Take roles away that a list of works has, and that no program may read aloud any more."""
    if page == "book/bibliography":
        context["body"] = re.sub(r' role="(?:list|doc-biblioentry)"', "", context["body"])


def setup(app: Sphinx) -> dict:
    """Register the extension with Sphinx."""
    if os.environ.get("BOOK_ADDRESS"):
        app.setup_extension("sphinx_sitemap")
    # Before the extensions that look at what it sets.
    app.connect("config-inited", tell_the_address, priority=100)
    app.connect("html-page-context", load_pictures_late)
    app.connect("html-page-context", name_headings)
    app.connect("html-page-context", drop_roles)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
