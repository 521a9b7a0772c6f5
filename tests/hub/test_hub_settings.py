"""What a lecturer may ask of the hub, and what a student's process may take."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader
from jupyterhub.app import JupyterHub

from hub import accounts
from hub.server import lay_chapters
from hub.settings import ROOT, Refused, may_bind, read_class, read_names
from hub.sign_up import LETTERS, new_code
from tools import student

OURS = ROOT / "hub" / "class.toml"


@pytest.fixture
def asked():
    return read_class(OURS)


def written(folder, text):
    path = folder / "class.toml"
    path.write_text(text)
    return path


def test_the_settings_that_come_along_are_safe(asked):
    assert asked.local
    assert asked.url == "http://127.0.0.1:8000"
    may_bind(asked, trial=False)
    may_bind(asked, trial=True)


def test_what_is_not_set_is_as_it_comes_along(tmp_path, asked):
    assert read_class(written(tmp_path, "port = 8100\nmemory = 3\n")) == replace(
        asked, port=8100, memory=3.0
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("port = ", "not TOML"),
        ("ports = 8000", "no setting ports"),
        ('port = "8000"', "port is '8000'; expected int"),
        ("port = true", "port is True; expected int"),
        ("memory = 0", "memory is 0.0; expected a number above 0"),
        ("processors = -1", "processors is -1.0"),
        ("teachers = []", "teachers is empty"),
        ('teachers = ["Grace Hopper"]', "teachers has 'Grace Hopper'"),
        ('teachers = "grace"', "teachers is 'grace'; expected a list of texts"),
        ('accounts = "root"', "accounts is 'root'"),
        ('certificate = "a.pem"', "belong together"),
        ('certificate = "no.pem"\nkey = "no.key"', "no such file"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, text, words):
    with pytest.raises(Refused, match=words):
        read_class(written(tmp_path, text))


def test_another_address_needs_a_certificate_or_a_server_that_has_one(asked, tmp_path):
    everywhere = replace(asked, address="0.0.0.0")
    with pytest.raises(Refused, match=r"plain text.*camera.*certificate.*behind_proxy"):
        may_bind(everywhere, trial=False)
    may_bind(replace(everywhere, behind_proxy=True), trial=False)
    may_bind(replace(everywhere, certificate="a.pem", key="a.key"), trial=False)
    with pytest.raises(Refused, match="not root"):
        may_bind(replace(everywhere, certificate="a.pem", key="a.key"), trial=True)


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "127.0.0.2", "::1"])
def test_this_machine_is_known_by_its_names(asked, address):
    assert replace(asked, address=address).local


def test_the_class_list_is_one_name_in_a_line(tmp_path):
    path = tmp_path / "names.txt"
    assert read_names(path) == set()
    path.write_text("# group A\nada\n\n Ben # repeats\ns-17\n")
    assert read_names(path) == {"ada", "ben", "s-17"}
    path.write_text("../ada\n")
    with pytest.raises(Refused, match=r"'\.\./ada'"):
        read_names(path)


def test_codes_are_read_off_a_board_without_mistakes():
    codes = {new_code() for _ in range(50)}
    assert len(codes) == 50
    assert set("".join(codes)) <= set(LETTERS) | {"-"}
    assert not set("0o1il") & set(LETTERS)


def test_a_process_that_takes_too_much_memory_gets_an_error():
    program = """
from hub.accounts import limit_process
limit_process(400 << 20)
import numpy as np
np.ones(10 << 17)
try:
    np.ones(1 << 27)
except MemoryError:
    print("held")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "held\n"


def test_folders_of_the_course_are_closed_to_students(tmp_path):
    (tmp_path / "solutions").mkdir(mode=0o755)
    accounts.close([tmp_path / "solutions", tmp_path / "not-there"])
    assert (tmp_path / "solutions").stat().st_mode & 0o007 == 0
    assert accounts.unreachable(tmp_path / "solutions" / "a") is not None


def test_what_other_accounts_cannot_reach_is_found(tmp_path):
    assert accounts.unreachable(Path("/usr/bin/env")) is None
    closed = tmp_path / "closed"
    (closed / "open").mkdir(parents=True)
    closed.chmod(0o700)
    above = accounts.unreachable(closed / "open" / "file")
    assert above is not None
    assert closed.is_relative_to(above)


def test_processes_end_with_all_that_they_started(tmp_path):
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {stubborn!r}])"
    with subprocess.Popen([sys.executable, "-c", program]) as started:
        while not accounts.below(started.pid):
            assert started.poll() is None
        ours = accounts.below(started.pid) | {started.pid}
        accounts.end(lambda: ours & set(accounts.below(os.getpid())), seconds=0.5)
        assert not ours & accounts.below(os.getpid())


def test_copies_are_brought_once_and_nothing_that_was_written_is_lost(tmp_path):
    given, own = tmp_path / "given", tmp_path / "own"
    student.make(given)
    assert lay_chapters(given, own) == []
    assert {path.name for path in own.iterdir()} == {path.name for path in given.iterdir()}
    assert all(path.stat().st_mode & 0o077 == 0 for path in own.iterdir())
    mine = own / "05_convolution.ipynb"
    mine.write_text(mine.read_text().replace("# 5. ", "# Mine: "))
    (own / "07_train.ipynb").unlink()
    before = mine.read_text()
    assert lay_chapters(given, own) == []
    assert mine.read_text() == before
    assert (own / "07_train.ipynb").exists()


# --- Pages of the hub -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "says", "again"), [(429, "One moment", True), (404, "404 : none here", False)]
)
def test_who_has_to_wait_is_told_so_and_need_not_press_reload(status, says, again):
    theirs = JupyterHub().template_paths[0]
    loaders = [PrefixLoader({"templates": FileSystemLoader(theirs)})]
    loaders += [FileSystemLoader([ROOT / "hub" / "templates", theirs])]
    page = Environment(loader=ChoiceLoader(loaders)).get_template("error.html")
    shown = page.render(
        status_code=status,
        status_message="none here",
        message="Too many users trying to log in right now.",
        static_url=lambda path, **_: path,
        logo_url="",
        base_url="/",
    )
    assert f"<h1>{says}</h1>" in shown
    head = shown.partition("</head>")[0]
    assert ('<meta http-equiv="refresh" content="5">' in head) == again
    assert ("Too many users" in shown) != again
