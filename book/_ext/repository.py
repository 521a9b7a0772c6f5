"""Buttons that lead from a page to its repository and to Binder.

A book knows where it is published only when it is published: the workflow that does so
names the repository in ``BOOK_REPOSITORY``. Without it there are no such buttons, since
they would lead nowhere.
"""

import os

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
            "notebook_interface": "jupyterlab",
        },
    )


def setup(app: Sphinx) -> dict:
    """Register the extension with Sphinx."""
    app.connect("config-inited", add_buttons)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
