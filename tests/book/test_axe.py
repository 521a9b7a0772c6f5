"""Every page can be read by everybody, as far as a program can tell: axe, in light and in dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.book.test_book import pages
from tests.browser import chromium

# The theme's logo and its search stand beside the page's landmarks, not in them.
RULES = {"rules": {"region": {"enabled": False}}}
# Each word of a program is an element of its own; the colors are the same on all pages, so one
# chapter's programs stand for those of all.
PROGRAMS = [[".highlight"]]
WITH_PROGRAMS = "01_why_digits_are_hard"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_has_no_complaint(playwright, scheme):
    axe, complaints = Axe(), {}
    with chromium(playwright) as page:
        page.emulate_media(color_scheme=scheme)
        for path in pages():
            page.goto(path.as_uri())
            # A color that is on its way to another is none that anybody reads.
            page.add_style_tag(content="* { transition: none !important; }")
            page.evaluate("window.MathJax?.startup?.promise")
            context = None if path.stem == WITH_PROGRAMS else {"exclude": PROGRAMS}
            found = axe.run(page, context=context, options=RULES).response["violations"]
            if found:
                complaints[path.name] = [(one["id"], one["nodes"][0]["html"]) for one in found]
    assert complaints == {}
