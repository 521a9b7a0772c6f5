"""A class of three on a real hub: what must work, what nobody may, and what goes wrong.

As root, as in a class, each student has an account on this machine. Without root the hub runs in
its trial mode, which keeps nobody apart, and those tests are left out.
"""

import csv
import io
import os
import signal
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import nbformat
import pytest
import requests
from playwright.sync_api import expect

from hub import accounts
from tests.assignments.test_assignments import lay_fence
from tests.browser import REPLY, START, chromium
from tools import assignments
from tools.hub_students import COURSE, PASSWORD, Student, running_hub

NAMES = ["ada", "ben", "cyd"]
CODE = "05_convolution"
NOTEBOOK = "assignments/fence/fence.ipynb"
apart = pytest.mark.skipif(os.geteuid() != 0, reason="without root, all servers are one account's")


# --- A class ----------------------------------------------------------------------------------


def lay_short_course(folder):
    """Make a course with two short exercises."""
    assert assignments.lay_out(folder, seed=1, only={"02"}) == ["02_explore_mnist"]
    lay_fence(folder)
    assignments.generate(folder, ["fence"])


@pytest.fixture(scope="module")
def hub():
    with running_hub(NAMES, course=lay_short_course, starts_at_once=2) as started:
        yield started


def ready(person, code):
    """Let somebody sign up, log in and start a server."""
    told = person.sign_up(code)
    assert "have an account" in told, told
    person.log_in()
    person.start_server()


@pytest.fixture(scope="module")
def teacher(hub):
    person = Student(hub, "teacher")
    ready(person, hub.teacher_code)
    return person


@pytest.fixture(scope="module")
def students(hub):
    people = {name: Student(hub, name) for name in NAMES}
    with ThreadPoolExecutor() as side_by_side:
        list(side_by_side.map(lambda one: ready(one, hub.class_code), people.values()))
    return people


@pytest.fixture(scope="module")
def office(teacher):
    """The teacher's kernel, in which nbgrader is run; the assignment is released."""
    with teacher.kernel() as kernel:
        nbgrader(kernel, "release_assignment", "fence")
        yield kernel


def nbgrader(kernel, *arguments):
    """Run nbgrader in the folder of the course; return what it says."""
    code = (
        "import subprocess, sys, pathlib\n"
        f"done = subprocess.run([sys.executable, '-m', 'nbgrader', *{arguments!r}], text=True,\n"
        "    cwd=pathlib.Path.home() / 'handwritten-digits', capture_output=True)\n"
        "print(done.stdout, done.stderr)\n"
        "assert done.returncode == 0"
    )
    result = kernel.run(code)
    assert not result.error, result.text
    return result.text


@pytest.fixture(scope="module")
def solved(hub):
    """The assignment with right answers, as its author has it."""
    return nbformat.read(hub.state.course / "source" / "fence" / "fence.ipynb", as_version=4)


def answers(solved, changed):
    """Return what stands in the cells for answers, by their names."""
    right = {
        cell.metadata["nbgrader"]["grade_id"]: cell.source
        for cell in solved.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    return right | changed


def fill_in(notebook, given):
    """Put answers into a notebook as the server gives it."""
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in given:
            cell["source"] = given[name]
    return notebook


def run_through(student, notebook):
    """Run a notebook's cells as its page does; return the error of each cell that has one."""
    with student.kernel(NOTEBOOK) as kernel:
        ran = [kernel.run(cell["source"]) for cell in notebook["cells"] if is_code(cell)]
    return [result.error for result in ran if result.error]


def is_code(cell):
    return cell["cell_type"] == "code"


# --- Who gets in ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code", "password", "told"),
    [
        ("ada", "aaaaa-aaaaa", PASSWORD, "missing or wrong"),
        ("ada", "", PASSWORD, "missing or wrong"),
        ("teacher", "class", PASSWORD, "missing or wrong"),
        ("Teacher", "class", PASSWORD, "missing or wrong"),
        ("ben", "class", "short", "at least 10"),
        ("ben", "class", "qwertyuiop", "not too common"),
        ("../ben", "class", PASSWORD, "does not contain"),
        ("", "class", PASSWORD, "does not contain"),
    ],
)
def test_a_name_alone_and_a_weak_password_get_no_account(hub, name, code, password, told):
    person = Student(hub, name, password)
    assert told in person.sign_up(hub.class_code if code == "class" else code)
    with pytest.raises(PermissionError, match="Invalid"):
        person.log_in()


def test_who_is_not_on_the_list_waits_for_the_teacher(hub, teacher):
    guest = Student(hub, "dan")
    assert "has to approve" in guest.sign_up("")
    with pytest.raises(PermissionError, match="not been authorized"):
        guest.log_in()
    teacher.approve("dan")
    guest.log_in()
    # A student approves nobody.
    eve = Student(hub, "eve")
    assert "has to approve" in eve.sign_up("")
    with pytest.raises(requests.HTTPError, match="403"):
        guest.approve("eve")
    with pytest.raises(PermissionError):
        eve.log_in()


def test_a_name_is_taken_once_and_its_password_is_its_owners(hub, students):
    thief = Student(hub, "ada", "another long password")
    assert "already in use" in thief.sign_up()
    with pytest.raises(PermissionError, match="Invalid"):
        thief.log_in()


def test_nobody_guesses_passwords_for_long(hub, teacher):
    owner = Student(hub, "fay")
    owner.sign_up("")
    teacher.approve("fay")
    for number in range(5):
        with pytest.raises(PermissionError):
            Student(hub, "fay", f"guess number {number}").log_in()
    with pytest.raises(PermissionError, match="Invalid"):
        owner.log_in()


# --- A lesson ---------------------------------------------------------------------------------


def test_a_student_finds_the_chapters_and_may_change_no_package(students):
    ada = students["ada"]
    assert {one["name"] for one in ada.read("")} == {"chapters", "assignments"}
    assert {f"{CODE}.ipynb", "start_here.ipynb"} <= {one["name"] for one in ada.read("chapters")}
    with ada.kernel("chapters") as kernel:
        assert kernel.run("import digitlib; len(digitlib.load_mnist()[0][0])").text == "60000"
        refused = kernel.run("open(digitlib.__file__, 'a')")
        if os.geteuid() == 0:
            assert refused.error.startswith("PermissionError")


def test_the_list_of_assignments_and_the_copies_are_there_in_a_browser(
    hub, students, office, playwright
):
    with chromium(playwright) as page:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"{hub.url}/hub/login")
        page.fill("#username_input", "cyd")
        page.fill("#password_input", PASSWORD)
        page.click("#login_submit")
        # The page on which a student begins is open, and the folder it lies in is shown.
        expect(page.locator("#jp-main-dock-panel")).to_contain_text("Start here", timeout=START)
        files = page.locator(".jp-DirListing-content")
        expect(files).to_contain_text(f"{CODE}.ipynb", timeout=START)
        page.locator(".lm-MenuBar-item", has_text="Nbgrader").click()
        menu = page.locator(".lm-Menu")
        expect(menu).to_contain_text("Assignment List", timeout=REPLY)
        expect(menu).not_to_contain_text("Formgrader")
        menu.get_by_text("Assignment List").click()
        released = page.locator("#released_assignments_list")
        expect(released).to_contain_text("fence", timeout=REPLY)
        released.get_by_role("button", name="Fetch").click()
        expect(page.locator("#fetched_assignments_list")).to_contain_text("fence", timeout=REPLY)
        if folder := os.environ.get("HUB_PICTURES"):
            page.screenshot(path=f"{folder}/assignments.png")
    assert students["cyd"].read(NOTEBOOK)["cells"]


LOOPS = "import os\nprint(dict(os.environ))\nwhile True:\n    pass"


def test_a_class_gets_works_hands_in_and_is_graded_right(hub, students, teacher, office, solved):
    course = hub.home("teacher") / COURSE
    wrong = {"ex-05-slant-answer": f"print(open('{course}/source/fence/fence.ipynb').read())"}
    work = {"ada": {}, "ben": wrong, "cyd": {"ex-05-slant-answer": LOOPS}}

    def works(name):
        student = students[name]
        student.fetch("fence")
        notebook = fill_in(student.read(NOTEBOOK), answers(solved, work[name]))
        student.write(NOTEBOOK, notebook)
        if name != "cyd":
            errors = run_through(student, notebook)
            assert len(errors) == len(work[name]) * 2, errors  # the answer's, and its check's
        student.submit("fence")

    with ThreadPoolExecutor() as side_by_side:
        list(side_by_side.map(works, NAMES))
    nbgrader(office, "collect", "fence")
    nbgrader(office, "autograde", "fence", "--Execute.timeout=15", "--Execute.iopub_timeout=2")
    nbgrader(office, "export", "--to=grades.csv")
    table = teacher.read(f"{COURSE}/grades.csv")
    marks = {row["student_id"]: float(row["score"]) for row in csv.DictReader(io.StringIO(table))}
    assert marks == {"ada": 5, "ben": 3, "cyd": 3}
    # What a submission may not do, it could not do, and what the teacher's server knows stayed.
    graded = {name: teacher.read(f"{COURSE}/autograded/{name}/fence/fence.ipynb") for name in NAMES}
    assert "a graded cell may not read" in str(graded["ben"])
    assert "'HOME'" in str(graded["cyd"])
    assert "JUPYTERHUB_API_TOKEN" not in str(graded["cyd"])
    # Each gets what is told to them alone.
    nbgrader(office, "generate_feedback", "fence")
    nbgrader(office, "release_feedback", "fence")
    ada = students["ada"]
    asked = {"course_id": COURSE, "assignment_id": "fence"}
    ada.api("POST", "assignments/fetch_feedback", json=asked).raise_for_status()
    (told,) = ada.read("assignments/fence/feedback")
    assert [one["name"] for one in ada.read(told["path"])] == ["fence.html"]
    assert teacher.api("GET", "formgrader/manage_assignments").ok
    assert ada.api("GET", "formgrader/manage_assignments").status_code == 404


# --- What nobody may --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def handed_in(hub, students, office):
    """Somebody else's work, in the folder in which it is handed in."""
    ben = students["ben"]
    ben.fetch("fence")
    ben.submit("fence")
    ben.write("diary.txt", "nobody's business")
    (found,) = [
        path
        for path in (hub.state.exchange / COURSE / "inbound").iterdir()
        if "ben+" in path.name and (path / "fence.ipynb").exists()
    ][-1:]
    return found


@pytest.fixture(scope="module")
def cell(students):
    """A kernel of somebody who tries."""
    with students["ada"].kernel() as kernel:
        kernel.run("import os, shutil, subprocess")
        yield kernel


@apart
@pytest.mark.parametrize(
    "attempt",
    [
        "open('{ben}/diary.txt')",
        "os.listdir('{ben}')",
        "open('{own}/../ben/diary.txt')",
        "os.symlink('{ben}/diary.txt', 'link'); open('link')",
        "os.link('{ben}/diary.txt', 'hard')",
        "open('{teacher}/handwritten-digits/source/fence/fence.ipynb')",
        "open('{teacher}/handwritten-digits/gradebook.db')",
        "os.listdir('{state}/course')",
        "open('{state}/course/source/fence/fence.ipynb')",
        "os.listdir('{state}/private')",
        "open('{state}/private/cookie_secret')",
        "open('{state}/private/hub.sqlite')",
        "open('{state}/class.toml', 'a')",
        "open('{state}/chapters/05_convolution.ipynb', 'a')",
        "os.listdir('{state}/exchange/handwritten-digits/inbound')",
        "os.rename('{state}/exchange/handwritten-digits', '{state}/exchange/mine')",
        "os.remove('{state}/exchange/handwritten-digits/outbound/fence/fence.ipynb')",
        "shutil.rmtree('{inbound}')",
        "open('{inbound}/fence.ipynb')",
        "open('{inbound}/note.txt', 'w').write('by ada')",
        "os.rename('{inbound}', '{own}/mine')",
        "os.listdir('{run}')",
        "open('/proc/{server}/environ').read()",
        "os.kill({server}, 0)",
        "os.setuid(0)",
        "subprocess.run(['su', 'root', '-c', 'true'], check=True, input=b'')",
    ],
)
def test_no_cell_reaches_what_is_anothers(hub, cell, handed_in, attempt):
    account = hub.settings.accounts + "ben"
    number = accounts.number_of(account)
    places = {
        "ben": hub.home("ben"),
        "own": hub.home("ada"),
        "teacher": hub.home("teacher"),
        "state": hub.state.folder,
        "inbound": handed_in,
        "run": hub.state.run / str(number),
        "server": min(accounts.of_users([number])),
    }
    attempt = attempt.format(**places)
    result = cell.run(attempt)
    cell.run("for name in ('link', 'hard'):\n    os.path.lexists(name) and os.remove(name)")
    assert result.error.startswith(("PermissionError", "CalledProcessError")), result
    assert (hub.home("ben") / "diary.txt").exists()
    assert (handed_in / "fence.ipynb").exists()
    assert not (handed_in / "note.txt").exists()


@apart
def test_the_students_pages_show_nothing_of_another(hub, students, handed_in):
    ada = students["ada"]
    with ada.kernel() as kernel:
        kernel.run(f"import os; os.symlink('{hub.home('ben')}', 'ben')")
    for path in ("ben/diary.txt", "../ben/diary.txt", "..%2Fben%2Fdiary.txt", "chapters/../../ben"):
        told = ada.api("GET", f"api/contents/{path}")
        assert not told.ok, path
        assert "business" not in told.text
    with ada.kernel() as kernel:
        kernel.run("os.remove('ben')")


def test_nobody_uses_another_students_server_or_the_hubs_office(hub, students, teacher, handed_in):
    ada = students["ada"]
    for other in ("ben", "teacher"):
        for path in ("api/contents", "api/kernels", "api/contents/diary.txt", "lab", "formgrader"):
            told = ada.api("GET", path, of=other)
            assert told.status_code in (302, 403, 404), (other, path)
            if told.status_code == 302:  # to the hub, which asks who is there
                assert "/hub/api/oauth2/authorize" in told.headers["Location"]
        assert ada.api("POST", "api/kernels", of=other, json={}).status_code == 403
        # The same with the cookies of a browser in which ada is logged in.
        page = ada.session.get(f"{hub.url}/user/{other}/lab", timeout=60)
        assert page.status_code in (403, 404), page.url
    for method, path in [
        ("GET", "hub/api/users/ben"),
        ("GET", "hub/api/users"),
        ("DELETE", "hub/api/users/ben/server"),
        ("POST", "hub/api/users/ben/tokens"),
        ("GET", "hub/api/proxy"),
        ("POST", "hub/api/shutdown"),
    ]:
        assert ada.api(method, path).status_code in (403, 404), path
    for page in ("admin", "authorize", "change-password/ben"):
        assert ada.session.get(f"{hub.url}/hub/{page}", timeout=60).status_code == 403, page
    # Nor with the token that the server itself has, or past the proxy.
    with ada.kernel() as kernel:
        code = f"""
import os, requests
known = dict(Authorization="token " + os.environ["JUPYTERHUB_API_TOKEN"])
[requests.get(address, headers=known, timeout=60).status_code for address in (
    "{hub.url}/user/ben/api/contents", os.environ["JUPYTERHUB_API_URL"] + "/users/ben",
    "http://127.0.0.1:{hub.settings.port + 1}/api/routes")]"""
        assert kernel.run(code).text == "[403, 404, 403]"


@apart
def test_nobody_hands_in_for_another_and_no_submission_stops_the_others(
    hub, students, office, handed_in, solved
):
    course = hub.home("teacher") / COURSE
    nbgrader(office, "collect", "fence", "--update")
    with students["ada"].kernel() as kernel:
        code = f"""
import os, pathlib
inbound = pathlib.Path("{hub.state.exchange}/{COURSE}/inbound")
late = "2099-01-01 00:00:00.000000 UTC"
for name, target in (("ben", "fence"), ("ada", "fence")):
    folder = inbound / f"{hub.settings.accounts}{{name}}+fence+{{late}}+{{name}}"
    folder.mkdir()
    (folder / "timestamp.txt").write_text(late)
    (folder / "submission_secret.txt").write_text("x")
    (folder / "note.txt").write_text("by ada")
    (folder / "fence.ipynb").symlink_to("{course}/source/fence/fence.ipynb")
    for path in (folder, *folder.glob("*.txt")):
        path.chmod(0o755)
"""
        assert not kernel.run(code).error
    with students["cyd"].kernel() as kernel:
        code = f"""
import os, pathlib
inbound = pathlib.Path("{hub.state.exchange}/{COURSE}/inbound")
folder = inbound / "{hub.settings.accounts}cyd+fence+2099-01-01 00:00:00.000000 UTC+shut"
folder.mkdir()
for name in ("timestamp.txt", "submission_secret.txt", "fence.ipynb"):
    (folder / name).write_text("x")
(folder / "fence.ipynb").chmod(0)
folder.chmod(0o755)
"""
        assert not kernel.run(code).error
    before = [path.read_bytes() for path in sorted((course / "submitted").rglob("ben/*/*"))]
    told = nbgrader(office, "collect", "fence", "--update")
    assert "whatever its name says" in told
    assert "could not be collected" in told
    there = {path.name for path in (course / "submitted" / "ben" / "fence").iterdir()}
    assert "note.txt" not in there
    assert "fence.ipynb" in there
    # The one who tried has what is theirs, without the teacher's file.
    assert not (course / "submitted" / "ada" / "fence" / "fence.ipynb").exists()
    assert before
    for path in (hub.state.exchange / COURSE / "inbound").glob("*+2099*"):
        subprocess.run(["rm", "-rf", path], check=True)


@apart
def test_a_student_is_held_to_the_memory_of_the_settings(hub, students):
    with students["ada"].kernel() as kernel:
        try:
            result = kernel.run("import numpy as np; len(np.ones(3 << 27))")
        except TimeoutError as error:
            assert "died" in str(error)  # the system ended it
        else:
            assert "MemoryError" in result.error
    assert students["ada"].read("")
    with students["ben"].kernel() as kernel:
        assert kernel.run("1 + 1").text == "2"


# --- What goes wrong --------------------------------------------------------------------------


def test_a_kernel_that_is_killed_takes_no_work_with_it(students):
    ada = students["ada"]
    ada.write("draft.txt", "half an answer")
    with ada.kernel() as kernel:
        with pytest.raises(TimeoutError, match="died"):
            kernel.run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")

        def answer():
            kernel.close()
            return kernel.run("2 + 2", seconds=10).text

        # The server starts it again by itself; what is asked before it has done so is lost.
        assert eventually(answer, seconds=240) == "4"
    assert ada.read("draft.txt") == "half an answer"


def test_a_servers_restart_keeps_the_files(students):
    ben = students["ben"]
    ben.write("kept.txt", "as it was")
    with ben.kernel() as kernel:
        mine = int(kernel.run("import os; os.getppid()").text)
    ben.stop_server()
    assert mine not in {number for number, _, _ in accounts.processes()}
    ben.start_server()
    assert ben.read("kept.txt") == "as it was"


@pytest.mark.parametrize("number", [None, signal.SIGKILL], ids=["asked", "killed"])
def test_servers_and_kernels_go_on_while_the_hub_starts_anew(hub, students, number):
    ada = students["ada"]
    with ada.kernel() as kernel:
        kernel.run("answer = 41")
        names = hub.state.folder / hub.settings.names
        new = f"new-{'asked' if number is None else 'killed'}"
        names.write_text(f"{names.read_text()}{new}\n")
        hub.restart(number)
        kernel.close()
        assert eventually(lambda: kernel.run("answer + 1").text) == "42"
        # What the settings say now holds from now on.
        assert "have an account" in Student(hub, new).sign_up()


def test_settings_that_are_wrong_end_nothing(hub):
    process, settings = hub.hub_process(), hub.state.settings.read_text()
    hub.state.settings.write_text(settings + "memory = 'much'\n")
    hub.process.send_signal(signal.SIGHUP)
    eventually(lambda: hub.output.read_text().index("goes on with the settings that it has"))
    hub.state.settings.write_text(settings)
    assert hub.hub_process() == process
    assert hub.answers()


def eventually(attempt, seconds=60):
    """Return what a call gives when it no longer fails."""
    until = time.monotonic() + seconds
    while True:
        try:
            return attempt()
        except Exception:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


@contextmanager
def small_disk(hub, folder):
    """Lay a disk of 2 MB over a folder, as the hub's processes see it; yield where we reach it."""
    number = hub.hub_process()
    known = folder.stat()
    view = ["nsenter", "--target", str(number), "--mount"]
    options = f"size=2m,mode={stat.S_IMODE(known.st_mode):o},uid={known.st_uid},gid={known.st_gid}"
    subprocess.run([*view, "mount", "-t", "tmpfs", "-o", options, "none", folder], check=True)
    try:
        yield view
    finally:
        subprocess.run([*view, "umount", "--lazy", folder], check=True)


def may_mount():
    done = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    return done.returncode == 0


needs_mount = pytest.mark.skipif(
    os.geteuid() != 0 or not may_mount(), reason="a full disk is mounted, which needs root"
)


@needs_mount
def test_a_full_disk_is_told_when_saving_and_what_was_saved_stays(hub, students):
    cyd = students["cyd"]
    with cyd.kernel() as kernel:
        kernel.run("import os; os.makedirs('small', exist_ok=True)")
    with small_disk(hub, hub.home("cyd") / "small"):
        cyd.write("small/work.txt", "the first version")
        with pytest.raises(OSError, match="No space left on device"):
            cyd.write("small/work.txt", "x" * 5_000_000)
        assert cyd.read("small/work.txt") == "the first version"


@needs_mount
def test_a_full_disk_at_submission_is_told_and_the_submission_is_complete_or_none(
    hub, students, office, handed_in
):
    ben = students["ben"]
    inbound = hub.state.exchange / COURSE / "inbound"
    work = ben.read("assignments/fence/fence.ipynb")
    ben.write("assignments/fence/data.txt", "7" * 1_500_000)
    with small_disk(hub, inbound) as view:
        # Once it fits; then it doesn't.
        ben.submit("fence")
        with pytest.raises(RuntimeError, match="No space left on device"):
            ben.submit("fence")
        listing = [*view, "ls", str(inbound)]
        two = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
        assert two.count("ben+fence+") == 2
        told = nbgrader(office, "collect", "fence", "--update")
        assert "broke off" in told
        taken = hub.home("teacher") / COURSE / "submitted" / "ben" / "fence"
        assert (taken / "data.txt").stat().st_size == 1_500_000
        assert (taken / "timestamp.txt").stat().st_size
    assert ben.read("assignments/fence/fence.ipynb")["cells"] == work["cells"]
    ben.submit("fence")


# --- The end, and on the next day -------------------------------------------------------------


def test_the_end_leaves_no_process_and_the_next_start_goes_on(hub, students, teacher):
    students["ada"].write("tomorrow.txt", "goes on")
    with students["ada"].kernel() as kernel:
        if os.geteuid() == 0:
            left = "import subprocess; subprocess.Popen(['sleep', '600'], start_new_session=True)"
            kernel.run(left)
        started = accounts.below(hub.process.pid)
        hub.stop()
        kernel.close()
    assert hub.process.returncode == 0
    assert not started & {number for number, _, _ in accounts.processes()}
    if os.geteuid() == 0:
        for name in (*NAMES, "teacher"):
            number = accounts.number_of(hub.settings.accounts + name)
            assert not accounts.of_users([number])
    hub.start()
    assert "signs up first" not in hub.output.read_text().rpartition("The hub is at")[2]
    again = Student(hub, "ada")
    again.log_in()
    again.start_server()
    assert again.read("tomorrow.txt") == "goes on"


@apart
def test_what_is_secret_is_the_hubs_alone(hub):
    private = hub.state.private
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    for name in ("class_code", "teacher_code", "proxy_token", "cookie_secret", "hub.log"):
        assert stat.S_IMODE((private / name).stat().st_mode) == 0o600, name


# --- To try it --------------------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() != 0, reason="without root, all of the above is the trial mode")
def test_who_is_not_root_tries_the_hub_on_this_machine_alone():
    nobody = 65534
    with running_hub(["ada"], course=lay_short_course, user=nobody) as hub:
        assert "for trying, not for a class" in hub.told()
        assert "for trying, not for a class" in requests.get(f"{hub.url}/hub/login").text
        ada = Student(hub, "ada")
        ready(ada, hub.class_code)
        assert {"chapters", "assignments"} == {one["name"] for one in ada.read("")}
        with ada.kernel() as kernel:
            assert kernel.run("import os; os.getuid()").text == str(nobody)
        hub.stop()
        with hub.state.settings.open("a") as settings:
            settings.write('address = "0.0.0.0"\n')
        with pytest.raises(RuntimeError, match="you are not root"):
            hub.start()
