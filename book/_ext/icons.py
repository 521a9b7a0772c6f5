"""Font Awesome without the icons that no page shows: 80 kB in place of 1.5 MB on every page.

The theme ships the whole collection in one script. When the pages are written, the icons that
neither a page nor another script names are taken out of the book's copy of it.
"""

import re
from pathlib import Path

from sphinx.application import Sphinx

# An icon in that script: its name, then width, height, other names, code and outline.
ICON = re.compile(
    r'"?(?P<name>[\w-]+)"?:\[\d+,\d+,\[(?P<others>[^\]]*)\],"[0-9a-f]+",'
    r'(?:"[^"]*"|\["[^"]*","[^"]*"\])\],?'
)
# Characters that the script may have, with the icons that are left.
LARGEST = 200_000
NAMED = re.compile(r"\bfa-([a-z0-9-]+)")


def keep_what_is_shown(app: Sphinx, problem: Exception | None) -> None:
    """Take the icons that are shown nowhere out of the theme's script."""
    if problem or app.builder.format != "html":
        return
    scripts = Path(app.outdir) / "_static" / "scripts"
    collection = scripts / "fontawesome.js"
    readers = [*Path(app.outdir).rglob("*.html"), scripts / "pydata-sphinx-theme.js"]
    shown = {name for path in readers for name in NAMED.findall(path.read_text())}

    def kept(icon: re.Match) -> str:
        names = {icon["name"], *re.findall(r'"([\w-]+)"', icon["others"])}
        return icon[0] if names & shown else ""

    text = collection.read_text()
    slim = ICON.sub(kept, text)
    # A collection of another form would be left whole, unnoticed.
    if "magnifying-glass" not in slim or len(slim) > LARGEST:
        raise ValueError(f"expected Font Awesome's icons in {collection}, found another form")
    collection.write_text(slim)


def setup(app: Sphinx) -> dict:
    """Register the extension with Sphinx."""
    app.connect("build-finished", keep_what_is_shown)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
