"""The files for other hubs parse, name what exists, and keep to the pins of the course."""

import ast
import asyncio
import json
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from jupyterhub.auth import Authenticator
from jupyterhub.orm import new_session_factory
from jupyterhub.utils import url_path_join
from nativeauthenticator import NativeAuthenticator
from traitlets.config import Config

from benchmarks.hub import tables
from hub.settings import ROOT, Class, read_class

KUBERNETES = ROOT / "hub" / "kubernetes"
TLJH = ROOT / "hub" / "tljh"
GIB = 2**30
PASSWORD = "seven small sheets of paper"
AUTHENTICATORS = {"Authenticator": Authenticator, "NativeAuthenticator": NativeAuthenticator}
MEASURED = ROOT / "benchmarks" / "results" / "hub.json"


def read(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def values() -> dict:
    return read(KUBERNETES / "values.yaml")


@pytest.fixture(scope="module")
def littlest() -> dict:
    return read(TLJH / "config.yaml")


@pytest.fixture(scope="module")
def own() -> Class:
    """What `make hub` does unless told otherwise."""
    return read_class(ROOT / "hub" / "class.toml")


@pytest.fixture(scope="module")
def build() -> list[str]:
    """The steps of the image's build file, each on one line."""
    text = (KUBERNETES / "Dockerfile").read_text(encoding="utf-8")
    lines = "\n".join(line for line in text.split("\n") if not line.startswith("#"))
    return [line for line in re.sub(r"\\\n\s*", "", lines).split("\n") if line]


def size(text: str) -> int:
    """Return the bytes of a size as JupyterHub reads it."""
    units = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
    return int(float(text[:-1]) * units[text[-1]])


# --- Who may enter ----------------------------------------------------------------------------


def authenticator_settings(values: dict, littlest: dict) -> list[dict]:
    return [values["hub"]["config"], littlest["auth"]]


def test_nobody_enters_without_a_password_of_their_own(values, littlest):
    assert values["hub"]["config"]["JupyterHub"] == {"authenticator_class": "native"}
    assert littlest["auth"]["type"] == "nativeauthenticator.NativeAuthenticator"
    text = "\n".join(path.read_text() for path in [*KUBERNETES.iterdir(), *TLJH.iterdir()])
    for open_door in ("dummy", "shared-password", "tmpauthenticator"):
        assert open_door not in text.lower()


@pytest.mark.parametrize("at", [0, 1])
def test_each_setting_of_the_authenticator_is_one(values, littlest, at):
    settings = authenticator_settings(values, littlest)[at]
    for name, kind in AUTHENTICATORS.items():
        for setting in settings.get(name, {}):
            assert setting in kind.class_traits(config=True), f"{name}.{setting}"


@pytest.mark.parametrize("at", [0, 1])
def test_only_who_was_approved_enters(values, littlest, at):
    settings = authenticator_settings(values, littlest)[at]
    given = {name: settings.get(name, {}) for name in AUTHENTICATORS}
    given["Authenticator"] = {**given["Authenticator"], "admin_users": {"teacher"}}
    book = new_session_factory("sqlite:///:memory:")()
    door = NativeAuthenticator(config=Config(given), db=book)

    def enters(name: str, password: str) -> bool:
        asked = {"username": name, "password": password}
        asking = door.get_authenticated_user(None, asked)
        # In a thread of its own: in the tests' thread the browser's driver has a loop that runs.
        with ThreadPoolExecutor(1) as aside:
            return bool(aside.submit(asyncio.run, asking).result())

    assert door.create_user("ada", "short") is None
    for name in ("teacher", "ada"):
        assert door.create_user(name, PASSWORD)
    assert enters("teacher", PASSWORD)
    assert not enters("teacher", "another password")
    assert not enters("ada", PASSWORD)
    door.get_user("ada").is_authorized = True
    book.commit()
    assert enters("ada", PASSWORD)
    assert not enters("nobody", PASSWORD)


@pytest.mark.parametrize("at", [0, 1])
def test_sign_up_waits_for_a_teacher_and_passwords_are_as_strong_as_ours(values, littlest, at):
    settings = authenticator_settings(values, littlest)[at]["NativeAuthenticator"]
    assert settings["open_signup"] is False
    config = (ROOT / "hub" / "jupyterhub_config.py").read_text(encoding="utf-8")
    ours = dict(re.findall(r"^c\.NativeAuthenticator\.(\w+) = (.*)$", config, re.MULTILINE))
    given = {name: value for name, value in settings.items() if name != "open_signup"}
    assert given == {name: ast.literal_eval(value) for name, value in ours.items()}


def test_teachers_are_the_same(values, littlest, own):
    assert values["hub"]["config"]["Authenticator"]["admin_users"] == own.teachers
    assert littlest["users"]["admin"] == own.teachers


def test_pages_come_by_https(values, littlest):
    assert values["proxy"]["https"]["enabled"] is True
    assert littlest["https"]["enabled"] is True


# --- What each student gets -------------------------------------------------------------------


def test_limits_are_ours(values, littlest, own):
    memory, processors = own.memory * GIB, own.processors
    assert size(values["singleuser"]["memory"]["limit"]) == memory
    assert size(littlest["limits"]["memory"]) == memory
    assert values["singleuser"]["cpu"]["limit"] == littlest["limits"]["cpu"] == processors
    assert values["cull"]["timeout"] == littlest["services"]["cull"]["timeout"]
    assert values["cull"]["timeout"] == 60 * own.idle_minutes


def test_limits_hold_what_was_measured(values):
    measured = json.loads(MEASURED.read_text())
    limit = size(values["singleuser"]["memory"]["limit"]) / 2**20
    guarantee = size(values["singleuser"]["memory"]["guarantee"]) / 2**20
    assert max(measured["training_pss_mb"]) < limit
    assert max(measured["student_pss_mb"]) < guarantee < limit


def test_the_page_says_what_was_measured():
    page = (ROOT / "book" / "teaching" / "hub.md").read_text(encoding="utf-8")
    for table in tables(json.loads(MEASURED.read_text())):
        assert table in page


def test_pages_open_where_the_copies_lie(values):
    single = values["singleuser"]
    home = single["storage"]["homeMountPath"]
    *_, copies, to = single["lifecycleHooks"]["postStart"]["exec"]["command"]
    assert to == home
    assert single["defaultUrl"] == url_path_join("/lab/tree", Path(copies).name)


# --- The image --------------------------------------------------------------------------------


def test_no_image_is_called_latest(values, build):
    image = values["singleuser"]["image"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", image["tag"])
    (base,) = [line.split()[1] for line in build if line.startswith("FROM")]
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", base)
    binder = (ROOT / "binder" / "runtime.txt").read_text().strip()
    assert base.startswith(binder.replace("-", ":") + ".")
    text = (KUBERNETES / "Dockerfile").read_text()
    assert f"{Path(image['name']).name}:{image['tag']}" in text


def test_the_image_is_installed_from_the_pins(build):
    (install,) = [line for line in build if "--requirement" in line]
    assert "--requirement requirements-course.lock --constraint requirements.lock" in install
    # What is named beside the pins has a pin as well.
    named = install.partition("--constraint requirements.lock")[2].split("&&")[0].split()
    pins = (ROOT / "requirements.lock").read_text()
    assert named == ["jupyterhub"]
    assert re.search(r"^jupyterhub==", pins, re.MULTILINE)


def test_the_chart_brings_the_hub_that_the_image_fits(values):
    text = (KUBERNETES / "values.yaml").read_text(encoding="utf-8")
    pins = (ROOT / "requirements.lock").read_text()
    pinned = re.search(r"^jupyterhub==(\d+\.\d+)", pins, re.MULTILINE)[1]
    assert f"JupyterHub {pinned}" in text
    assert len(set(re.findall(r"version,? (?:of )?(\d+\.\d+\.\d+)", text))) == 1


def copied(build: list[str]) -> list[str]:
    found = []
    for line in build:
        if line.startswith("COPY"):
            found += line.split()[1:-1]
    return found


def test_the_image_has_neither_solutions_nor_tests(build):
    assert not {"solutions", "tests", ".", "hub", ".git"} & set(copied(build))


def test_what_the_image_copies_is_enough_for_the_students_copies(build, tmp_path):
    for name in copied(build):
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.onnx", "fontfiles"))
        else:
            shutil.copy(source, target)
    (given,) = [line.split()[1].split("=") for line in build if line.startswith("ARG")]
    program = "from tools.student import ROOT, main; print(ROOT); main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--into", "student"],
        cwd=tmp_path,
        env={"PATH": "", "PYTHONPATH": str(tmp_path), **dict([given])},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path)), "it used the repository's files"
    made = {path.name for path in (tmp_path / "student").glob("*.ipynb")}
    assert made >= {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}


# --- The Littlest JupyterHub ------------------------------------------------------------------


def test_the_script_is_one_and_names_what_exists():
    script = TLJH / "install.sh"
    done = subprocess.run(["sh", "-n", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    named = re.findall(r"(?<![\w/$])(?:hub/)?[\w./-]+\.(?:lock|py)\b", script.read_text())
    assert len(named) >= 4
    for name in named:
        assert (ROOT / name).exists(), name


def test_the_script_lays_what_students_and_nbgrader_need(tmp_path):
    """With another program in pip's place: what it would install is told, the rest is done."""
    repository, user = tmp_path / "repository", tmp_path / "user"
    for name in ("digitlib", "notebooks", "book", "tools", "hub"):
        shutil.copytree(ROOT / name, repository / name, ignore=shutil.ignore_patterns("*.onnx"))
    for name in ("pyproject.toml", "requirements.lock", "requirements-course.lock"):
        shutil.copy(ROOT / name, repository)
    (repository / "solutions").mkdir()
    python = user / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(
        f'#!/bin/sh\nif [ "$2" = pip ]; then echo "$@" >> {tmp_path}/pip; exit; fi\n'
        f'PYTHONPATH={repository} exec {sys.executable} "$@"\n'
    )
    python.chmod(0o755)
    env = {"PATH": "/usr/bin:/bin", "USER_ENV": str(user), "STATE": str(tmp_path / "state")}
    env["SKELETON"] = str(tmp_path / "skel")
    for _ in range(2):  # a second time, as after a change of the course
        done = subprocess.run(
            ["sh", "hub/tljh/install.sh"], cwd=repository, env=env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    first = (tmp_path / "pip").read_text().split("\n")[0]
    assert "--requirement requirements-course.lock --constraint requirements.lock" in first
    assert (repository / "solutions").stat().st_mode & 0o007 == 0
    assert (tmp_path / "state" / "exchange").stat().st_mode & 0o7777 == 0o1777
    chapters = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert chapters <= {path.name for path in (tmp_path / "skel" / "chapters").glob("*.ipynb")}
    assert (user / "etc" / "jupyter" / "nbgrader_config.py").exists()


def test_the_teacher_alone_collects_and_from_the_owners(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    student, teacher = Config(), Config()
    path = TLJH / "nbgrader_config.py"
    code = compile(path.read_text(encoding="utf-8"), path, "exec")
    exec(code, {"get_config": lambda: student})
    assert "ExchangeFactory" not in student
    (tmp_path / "handwritten-digits").mkdir()
    exec(code, {"get_config": lambda: teacher})
    assert teacher.ExchangeFactory.collect.__name__ == "OwnersCollect"
    for name in teacher.OwnersCollect:
        assert name in teacher.ExchangeFactory.collect.class_traits(config=True)
    assert teacher.CourseDirectory.root == str(tmp_path / "handwritten-digits")
