"""Buttons that lead from a page to its repository, and to a copy in Binder and in Colab.

A book knows where it is published only when it is published: the workflow that does so
names the repository in ``BOOK_REPOSITORY``. Without it there are no such buttons, since
they would lead nowhere.
"""

import os

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config


def add_buttons(app: Sphinx, config: Config) -> None:
    """Tell the theme the repository's address, if there is one."""
    address = os.environ.get("BOOK_REPOSITORY", "").rstrip("/")
    if not address:
        return
    if not address.startswith("https://"):
        raise ValueError(f"BOOK_REPOSITORY is {address!r}, expected an address https://…")
    config.html_theme_options.update(
        repository_url=address,
        repository_branch=os.environ.get("BOOK_BRANCH", "main"),
        path_to_docs="",
        use_repository_button=True,
        use_issues_button=True,
        launch_buttons={
            "binderhub_url": "https://mybinder.org",
            "colab_url": "https://colab.research.google.com",
            "notebook_interface": "jupyterlab",
        },
    )


def lead_to_copies(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Let the buttons open the students' copy of a chapter.

    Binder makes the copies when it builds an image; for Colab the workflow that publishes the book
    keeps them on a branch of their own.
    """
    branch = os.environ.get("BOOK_BRANCH", "main")
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            if "mybinder.org" in button.get("url", ""):
                button["url"] = button["url"].replace("/notebooks/", "/student/")
            elif "colab.research" in button.get("url", ""):
                published = f"/blob/{branch}/notebooks/"
                button["url"] = button["url"].replace(published, "/blob/student/")


def setup(app: Sphinx) -> dict:
    """Register the extension with Sphinx."""
    app.connect("config-inited", add_buttons)
    # After the theme has made them.
    app.connect("html-page-context", lead_to_copies, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
