"""How the course is cited: the same title, authors, version and paper in every place."""

import re

import pytest
import yaml

import digitlib


@pytest.fixture(scope="module")
def citation(root):
    return yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))


def test_the_citation_has_the_version_of_the_package(citation, root):
    # pyproject.toml takes its version from there.
    assert 'version = { attr = "digitlib.__version__" }' in (root / "pyproject.toml").read_text()
    assert str(citation["version"]) == digitlib.__version__


def test_the_citation_has_the_authors_and_the_title_of_the_book(citation, root):
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    (author,) = citation["authors"]
    assert author["name"].lower() == config["author"].lower()
    assert citation["title"].startswith(config["title"])
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert f"*{citation['title']}.*" in readme


def test_the_citation_has_the_licenses_of_the_files(citation, root):
    assert set(citation["license"]) == {"MIT", "CC-BY-4.0"}
    assert (root / "LICENSE").read_text().startswith("MIT License")
    assert "CC BY 4.0" in (root / "LICENSE-TEXT.md").read_text()


def test_the_paper_on_mnist_is_the_one_of_the_bibliography(citation, root):
    (paper,) = citation["references"]
    works = (root / "book" / "references.bib").read_text(encoding="utf-8")
    entry = re.search(r"@article\{lecun1998gradient,.*?\n\}", works, re.S)[0]
    assert paper["doi"] in entry
    assert str(paper["year"]) in entry


def test_the_changelog_has_its_form(root):
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[([^\]]+)\]", text, re.M)
    assert versions[0] == "Unreleased" or versions[0] == digitlib.__version__
    kinds = re.findall(r"^### (.+)$", text, re.M)
    assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert digitlib.__version__ in text
