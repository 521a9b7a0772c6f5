"""What the widgets of this room have in common: a page's half that needs no other half.

Python hands over what a widget shows as traits, and the rest is done in JavaScript. So the same
module can stand on a page of the book, where nothing answers: ``make outputs`` stores the traits
in the notebook (:mod:`tools.run_notebooks`), and ``book/_ext/widgets.py`` puts them and the
module on the page.
"""

from pathlib import Path
from typing import Any

import anywidget
import ipywidgets

HERE = Path(__file__).parent


class PageWidget(anywidget.AnyWidget):
    """A widget whose module computes all that it shows from the traits that Python gives it.

    A subclass has ``_esm = module("its.js")`` and ``_css = look("its.css")``. Its module ends with
    ``export default { render };``, imports nothing, and asks nothing of Python.
    """

    @staticmethod
    def traits_on_the_page(state: dict[str, Any]) -> dict[str, Any]:
        """Return the part of a widget's state that is the widget's own, without Jupyter's.

        Parameters
        ----------
        state : dict
            All that Jupyter knows of one widget, by the names of its traits.
        """
        jupyter = set(ipywidgets.DOMWidget.class_trait_names())
        return {
            name: value
            for name, value in state.items()
            if name not in jupyter and not name.startswith("_")
        }


def module(name: str) -> str:
    """Return a widget's module, with the parts that all of them use before it.

    Parameters
    ----------
    name : str
        A file of this folder.
    """
    return (HERE / "parts.js").read_text("utf-8") + (HERE / name).read_text("utf-8")


def look(name: str) -> str:
    """Return a widget's style sheet, with that of the shared parts before it.

    Parameters
    ----------
    name : str
        A file of this folder.
    """
    return (HERE / "parts.css").read_text("utf-8") + (HERE / name).read_text("utf-8")
