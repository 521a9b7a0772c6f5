"""What the prose says, the chapter shows: each result in a sentence stands in an output above it.

A result is a number with a percent sign or with a decimal point. Numbers of a sentence that cites
a work are the work's, and those of one that leads to another chapter stand there.
"""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# Numbers that stand in no output, each with the reason.
KNOWN = Path(__file__).with_name("numbers_in_prose.txt")

NUMBER = r"(?<![\w.,/:-])-?\d[\d,]*(?:\.\d+)?"
RESULT = re.compile(rf"({NUMBER})(?=\s?%)|(?<![\w.,/:$-])(\d[\d,]*\.\d+)(?![\w.]*[\w/])")
ANY = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")
# A sentence with a work, another chapter or a section of one.
ELSEWHERE = re.compile(r"\{cite|\[[Cc]hapter \d|\{ref\}")
NO_PROSE = re.compile(
    "|".join(
        [
            r"^#[^\n]*",
            r"^```\{admonition\} What you will learn.*?^```",
            r"^```\{code.*?^```",
            r"^:[\w-]+:[^\n]*",
            r"\$\$.*?\$\$",
            r"`[^`\n]*`(?!`)",
            r"\$[^$\n]+\$",
            r"\]\([^)]*\)",
            r"^\s*\|.*?\|\s*$",
        ]
    ),
    re.DOTALL | re.MULTILINE,
)
# What a widget holds for its script is not what it says.
SCRIPT = re.compile(r"<script.*?</script>", re.DOTALL)


def shown(cell: dict) -> str:
    """Return what a cell of code says: its lines, and the text of its outputs."""
    parts = ["".join(cell["source"])]
    for output in cell["outputs"]:
        parts.append("".join(output.get("text", "")))
        parts.append("".join(output.get("data", {}).get("text/plain", "")))
        page = SCRIPT.sub("", "".join(output.get("data", {}).get("text/html", "")))
        parts.append(re.sub(r"<[^>]+>", " ", page))
    return "\n".join(parts)


def values_of(text: str) -> list[float]:
    """Return the numbers of a text, and of "188 of 200" the share as well."""
    found = [float(number.replace(",", "")) for number in ANY.findall(text)]
    shares = [
        int(part.replace(",", "")) / int(whole.replace(",", ""))
        for part, whole in re.findall(r"(\d[\d,]*) of (\d[\d,]*\d|[1-9])", text)
    ]
    return found + shares


def carried(number: str, values: list[float], percent: bool) -> bool:
    """Tell whether a value rounds to a number as it is written; shares may be given as percent."""
    wanted = float(number.replace(",", ""))
    decimals = len(number.partition(".")[2])
    half = 0.5 * 10**-decimals + 1e-9
    scales = (1, 100) if percent else (1, 0.01)
    return any(abs(scale * value - wanted) <= half for scale in scales for value in values)


def kept_apart(cut: re.Match) -> str:
    """Return a role that tells where a sentence leads as it is, and anything else as blanks."""
    return cut.group() if cut.group().startswith("{") else " " * len(cut.group())


def results(prose: str) -> list[tuple[str, bool, str]]:
    """Return the results of a cell's prose: number, whether a percentage, and its sentence."""
    found = []
    text = NO_PROSE.sub(kept_apart, prose)
    for paragraph in re.split(r"\n\s*\n", text):
        for sentence in re.split(r"(?<=[.?!:])\s+(?=[A-Z*{\[])", paragraph):
            if ELSEWHERE.search(sentence):
                continue
            for match in RESULT.finditer(sentence):
                number = match[1] or match[2]
                found.append((number.lstrip("-"), match[1] is not None, " ".join(sentence.split())))
    return found


def known() -> set[tuple[str, str]]:
    lines = [line for line in KNOWN.read_text().splitlines() if line and not line.startswith("#")]
    return {(chapter, number) for chapter, number, _ in (line.split(" | ", 2) for line in lines)}


def unshown(path: Path) -> list[tuple[str, str]]:
    """Return the results in a chapter's prose that nothing above shows, each with its sentence."""
    values, missing = [], []
    for cell in json.loads(path.read_text())["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            values += values_of(shown(cell))
        elif source.startswith("## Exercises") or "\n## Exercises" in source:
            source = source.partition("## Exercises")[0]
        if cell["cell_type"] == "markdown":
            missing += [
                (number, sentence)
                for number, percent, sentence in results(source)
                if not carried(number, values, percent)
            ]
    return missing


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_every_result_in_a_sentence_stands_in_an_output_above(chapter):
    missing = [
        f"{chapter.stem[:2]} | {number} | {sentence}"
        for number, sentence in unshown(chapter)
        if (chapter.stem[:2], number) not in known()
    ]
    assert not missing, "\n".join(missing)


def test_what_is_excused_needs_it():
    missing = {(chapter.stem[:2], number) for chapter in CHAPTERS for number, _ in unshown(chapter)}
    assert known() <= missing
