"""One set of pins for every way to install, and no registry named in any file."""

import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from repo2docker.buildpacks import PythonBuildPack

REGISTRIES = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "deb.deb" + "ian.org")


def pins_of(path):
    lines = path.read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", " "))]


@pytest.fixture(scope="module")
def pins(root):
    return pins_of(root / "requirements.lock")


@pytest.fixture(scope="module")
def course_pins(root):
    return pins_of(root / "requirements-course.lock")


@pytest.fixture(scope="module")
def hub_pins(root):
    return pins_of(root / "requirements-hub.lock")


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]


def tracked_files(root):
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [root / name for name in listing.split("\0") if name and (root / name).is_file()]


def test_every_pin_is_exact(pins):
    assert len(pins) > 50
    for pin in pins:
        assert re.fullmatch(r"==[^*,]+", str(pin.specifier)), pin


def test_every_range_of_the_project_is_met_by_a_pin(pins, project):
    extras = project["optional-dependencies"]
    for line in [*project["dependencies"], *(line for lines in extras.values() for line in lines)]:
        wanted = Requirement(line)
        if wanted.name == project["name"]:
            continue
        found = [pin for pin in pins if canonicalize_name(pin.name) == wanted.name.lower()]
        assert found, f"{wanted.name} has no pin: make lock"
        for pin in found:
            assert wanted.specifier.contains(next(iter(pin.specifier)).version), pin


def test_what_is_installed_is_what_is_pinned(pins):
    installed = {}
    for dist in distributions():
        # The first one found is what an import takes; Setuptools, once imported, adds its own
        # copies of some packages at the end of the path.
        installed.setdefault(canonicalize_name(dist.name), dist.version)
    for pin in pins:
        if pin.marker is None or pin.marker.evaluate():
            version = next(iter(pin.specifier)).version
            assert installed.get(canonicalize_name(pin.name)) == version, pin


def test_tensorflow_is_the_cpu_build_where_there_is_one(pins):
    markers = {pin.name: pin.marker for pin in pins if pin.name.startswith("tensorflow")}
    linux = {"sys_platform": "linux", "platform_machine": "x86_64"}
    mac = {"sys_platform": "darwin", "platform_machine": "arm64"}
    assert markers["tensorflow-cpu"].evaluate(linux) is True
    assert markers["tensorflow"].evaluate(linux) is False
    assert markers["tensorflow-cpu"].evaluate(mac) is False
    assert markers["tensorflow"].evaluate(mac) is True


def test_conda_and_binder_take_the_same_pins(root, project):
    environment = yaml.safe_load((root / "environment.yml").read_text())
    (python,) = [line for line in environment["dependencies"] if str(line).startswith("python=")]
    assert Requirement(f"python{project['requires-python']}").specifier.contains(
        python.split("=")[1]
    )
    (pip,) = [line["pip"] for line in environment["dependencies"] if isinstance(line, dict)]
    assert pip == ["-r requirements-course.lock", "-e ."]


def test_what_the_chapters_need_is_pinned_as_everything_is(pins, course_pins):
    everything = {(canonicalize_name(pin.name), str(pin.specifier)) for pin in pins}
    some = {(canonicalize_name(pin.name), str(pin.specifier)) for pin in course_pins}
    assert len(some) > 50
    assert some < everything


def test_every_range_of_the_course_is_met_by_its_pins(course_pins, project):
    extras = project["optional-dependencies"]
    named = {canonicalize_name(pin.name) for pin in course_pins}
    for line in [*project["dependencies"], *extras["train"], *extras["course"]]:
        name = canonicalize_name(Requirement(line).name)
        assert name in named or name == project["name"], f"{name} has no pin: make lock"


def test_a_student_installs_no_tools_of_contributors_and_no_engines_of_one_chapter(
    course_pins, project
):
    extras = project["optional-dependencies"]
    others = {
        canonicalize_name(Requirement(line).name)
        for line in [*extras["backends"], *extras["book"], *extras["dev"]]
    } - {project["name"], "beautifulsoup4", "psutil", "setuptools", "websocket-client"}
    assert not others & {canonicalize_name(pin.name) for pin in course_pins}


def test_what_a_hub_needs_is_pinned_as_everything_is_and_holds_the_course(
    pins, course_pins, hub_pins, project
):
    def known(some):
        return {(canonicalize_name(pin.name), str(pin.specifier)) for pin in some}

    assert known(course_pins) < known(hub_pins) < known(pins)
    named = {canonicalize_name(pin.name) for pin in hub_pins}
    for line in project["optional-dependencies"]["hub"]:
        name = canonicalize_name(Requirement(line).name)
        assert name in named or name == project["name"], f"{name} has no pin: make lock"
    assert not named & {"jupyter-book", "playwright", "pytest", "dask", "jax"}


def test_the_hubs_proxy_is_pinned_with_all_it_needs_by_content_and_not_by_place(root):
    asked = json.loads((root / "hub" / "package.json").read_text())["dependencies"]
    packages = json.loads((root / "hub" / "package-lock.json").read_text())["packages"]
    assert packages.pop("")["dependencies"] == asked
    for version in asked.values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    for name, package in packages.items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name
    installed = root / ".venv" / "hub-proxy" / "node_modules" / "configurable-http-proxy"
    there = json.loads((installed / "package.json").read_text())["version"]
    assert there == asked["configurable-http-proxy"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_binder_installs_the_course_from_the_repository_and_keeps_no_cache(root, monkeypatch):
    monkeypatch.chdir(root)
    pack = PythonBuildPack(base_image="base")
    pack.platform = "linux/amd64"
    assert pack.detect()
    assert pack.python_version == "3.11"
    recipe = pack.render({})
    copied = recipe.index("COPY --chown=1000:1000 src/ ${REPO_DIR}")
    installed = recipe.index('pip install --no-cache-dir -r "binder/requirements.txt"')
    assert copied < installed
    assert "libgl1" in recipe
    asked = (root / "binder" / "requirements.txt").read_text().splitlines()
    pins, package = (line for line in asked if not line.startswith("#"))
    assert package == "-e ."
    # pip takes the path of another list from the folder of the one that names it.
    assert pins == "-r ../requirements-course.lock"
    assert (root / "requirements-course.lock").exists()


def test_no_file_names_a_registry_or_a_folder_of_one_machine(root):
    for path in tracked_files(root):
        if path.suffix in (".npz", ".woff", ".onnx", ".keras", ".png"):
            continue
        content = path.read_text()
        for host in REGISTRIES:
            assert host not in content, f"{path} names {host}"
        assert not re.search(r"(?<![\w.])/(?:root|home/\w+)/", content), path


@pytest.mark.skipif(sys.platform != "linux", reason="actionlint has no wheel there")
def test_the_workflows_are_valid(root):
    workflows = sorted((root / ".github" / "workflows").glob("*.yml"))
    assert workflows
    program = Path(sys.executable).parent / "actionlint"
    result = subprocess.run([program, *workflows], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_the_workflows_call_the_targets_of_the_makefile(root):
    targets = set(re.findall(r"^(\w+):", (root / "Makefile").read_text(), re.MULTILINE))
    called = set()
    for workflow in (root / ".github" / "workflows").glob("*.yml"):
        called |= set(re.findall(r"run: make (\w+)", workflow.read_text()))
    assert {"book", "test"} <= called <= targets
    assert (root / ".ci" / "run").read_text().rstrip().endswith("make test")


def test_root_is_told_how_to_open_jupyterlab_before_anything_is_installed(root, tmp_path):
    def says(user: int, *goals: str) -> subprocess.CompletedProcess:
        (tmp_path / "id").write_text(f"#!/bin/sh\necho {user}\n")
        (tmp_path / "id").chmod(0o755)
        path = f"{tmp_path}:{os.environ['PATH']}"
        return subprocess.run(
            ["make", "--no-print-directory", *goals],
            cwd=root,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

    for goal in ("lab", "show"):
        refused = says(0, goal)
        assert refused.returncode != 0
        assert f"make {goal} LAB=--allow-root" in refused.stdout
        assert "Installing" not in refused.stdout
    for allowed in (says(0, "may-open-lab", "LAB=--allow-root"), says(1000, "may-open-lab")):
        assert allowed.returncode == 0
        assert allowed.stdout == ""
    dry = subprocess.run(
        ["make", "-n", "lab"], cwd=root, capture_output=True, text=True, check=True
    ).stdout
    assert dry.index("You are root") < dry.index("jupyter lab")
