"""What a docstring lists is what the function takes, in the same order."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "digitlib"
SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)


def sections(docstring: str) -> dict[str, str]:
    """Return the text below each heading of a docstring in NumPy's form."""
    parts = SECTION.split(docstring)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def listed(text: str) -> list[str]:
    """Return the names that a section lists: those at the margin, before a colon."""
    names = re.findall(r"^(\*{0,2}\w+(?:, \*{0,2}\w+)*) :", text, re.MULTILINE)
    return [name.lstrip("*") for line in names for name in line.split(", ")]


def taken(function: ast.FunctionDef) -> list[str]:
    """Return the names of what a function takes, without what it only passes on."""
    given = function.args
    names = [each.arg for each in (*given.posonlyargs, *given.args)]
    names += [each.arg for each in (given.vararg, *given.kwonlyargs) if each]
    return [name for name in names if name not in ("self", "cls")]


def documented() -> list:
    """List public functions, and classes with what their __init__ takes."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name[0] == "_":
                continue
            function = node
            if isinstance(node, ast.ClassDef):
                own = [each for each in node.body if isinstance(each, ast.FunctionDef)]
                function = next((each for each in own if each.name == "__init__"), None)
            if function is not None and ast.get_docstring(node):
                name = f"{path.relative_to(PACKAGE)}:{node.name}"
                found.append(pytest.param(ast.get_docstring(node), function, id=name))
    return found


@pytest.mark.parametrize(("docstring", "function"), documented())
def test_a_docstring_lists_what_is_taken(docstring, function):
    parts = sections(docstring)
    if "Parameters" in parts:
        assert listed(parts["Parameters"]) == taken(function)


def test_a_docstring_that_lists_something_else_is_noticed():
    function = ast.parse("def crop(image, *, margin=0): ...").body[0]
    right = "Cut.\n\nParameters\n----------\nimage : array\n    It.\nmargin : int\n    It."
    assert listed(sections(right)["Parameters"]) == taken(function)
    assert listed(sections(right.replace("margin", "rim"))["Parameters"]) != taken(function)
