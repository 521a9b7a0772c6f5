"""Start a hub and drive students on it through its API: for its tests and its measurements.

``running_hub`` starts what ``make hub`` starts, with settings of its own. A ``Student`` does what a
browser does: signs up, logs in, starts a server, runs cells in a kernel, fetches and submits.
"""

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import requests
import websocket

from hub import accounts
from hub.settings import ROOT, Class, State, read_class

COURSE = "handwritten-digits"
PASSWORD = "seven small sheets of paper"
# Seconds. Nothing waits as long as this unless something is broken.
LONG = 300.0


# --- The hub ----------------------------------------------------------------------------------


class RunningHub:
    """A hub that was started here.

    Attributes
    ----------
    url : str
        Where it is reached.
    state : State
        Its folders.
    process : subprocess.Popen
        ``python -m hub``.
    """

    def __init__(self, folder: Path, port: int, user: int | None = None):
        self.url = f"http://127.0.0.1:{port}"
        self.state = State(folder)
        self.output = folder / "terminal.txt"
        self.user = user
        self.process: subprocess.Popen | None = None

    @property
    def settings(self) -> Class:
        """What stands in its ``class.toml``."""
        return read_class(self.state.settings)

    def home(self, name: str) -> Path:
        """Return somebody's home."""
        return self.state.homes(self.settings) / name

    @property
    def class_code(self) -> str:
        """What students on the class list sign up with."""
        return (self.state.private / "class_code").read_text()

    @property
    def teacher_code(self) -> str:
        """What a teacher signs up with."""
        return (self.state.private / "teacher_code").read_text()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [*in_reach(self.state.folder / "view"), *self._become()]
        command += [sys.executable, "-m", "hub"]
        env = {**os.environ, "HUB_STATE": str(self.state.folder)}
        with self.output.open("a") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT
            )
        self.wait()

    def _become(self) -> list[str]:
        if self.user is None:
            return []
        user = str(self.user)
        return ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"]

    def wait(self) -> None:
        """Wait until the hub answers."""
        until = time.monotonic() + LONG
        while time.monotonic() < until:
            if self.process is None or self.process.poll() is not None:
                raise RuntimeError(f"the hub ended:\n{self.told()}")
            if self.answers():
                return
            time.sleep(0.2)
        raise TimeoutError(f"the hub does not answer:\n{self.told()}")

    def answers(self) -> bool:
        """Tell whether the hub answers now."""
        try:
            return requests.get(f"{self.url}/hub/health", timeout=5).ok
        except requests.RequestException:
            return False

    def hub_process(self) -> int:
        """Return the number of JupyterHub's own process."""
        assert self.process
        for number in accounts.below(self.process.pid):
            line = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
            if line[1:3] == [b"-m", b"jupyterhub"]:
                return number
        raise LookupError("JupyterHub does not run")

    def restart(self, number: signal.Signals | None = None) -> None:
        """Let the hub read its settings again, or send its process a signal, and wait for it."""
        assert self.process
        before = self.hub_process()
        if number is None:
            self.process.send_signal(signal.SIGHUP)
        else:
            os.kill(before, number)
        until = time.monotonic() + LONG
        while time.monotonic() < until:
            try:
                if self.hub_process() != before:
                    break
            except (LookupError, OSError):
                pass
            time.sleep(0.1)
        self.wait()

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        self.process.wait(LONG)

    def told(self) -> str:
        """Return what it wrote: in the terminal, and the end of its log."""
        log = self.state.private / "hub.log"
        text = self.output.read_text() if self.output.exists() else ""
        return text + (log.read_text()[-4000:] if log.exists() else "")


def in_reach(view: Path) -> list[str]:
    """Return what to put before a command so that students' accounts reach Python.

    Root's Python may lie in root's home. A lecturer moves it; here the hub gets a view of the files
    in which that home holds Python and the course alone, and may be entered.

    Parameters
    ----------
    view : Path
        A folder for it.
    """
    if os.geteuid() != 0:
        return []
    needed = [Path(sys.base_prefix), Path(sys.prefix), ROOT]
    script = ["set -e", "mkdir -p $0", "mount -t tmpfs none $0"]
    closed: dict[Path, list[Path]] = {}
    for path in needed:
        if folder := accounts.unreachable(path / "."):
            closed.setdefault(folder, []).append(path)
    if not closed:
        return []
    for paths in closed.values():
        for path in paths:
            script += [f"mkdir -p $0{path}", f"mount --bind {path} $0{path}"]
    for folder, paths in closed.items():
        script += [f"mount -t tmpfs -o mode=755 none {folder}"]
        for path in paths:
            script += [f"mkdir -p {path}", f"mount --bind $0{path} {path}"]
    script += ['exec "$@"']
    return ["unshare", "--mount", "sh", "-c", "\n".join(script), str(view)]


def free_port() -> int:
    """Return a port that is free, as are the two beside it that the hub takes for itself."""
    while True:
        port = 20_000 + secrets.randbelow(30_000)
        try:
            for one in (port, port + 1, port + 81):
                with socket.socket() as listener:
                    listener.bind(("127.0.0.1", one))
        except OSError:
            continue
        return port


def lay_course(folder: Path, chapters: set[str], seed: int = 1) -> None:
    """Make a course of a few chapters where the hub would make one of all."""
    from tools import assignments

    made = assignments.lay_out(folder, seed, only=chapters)
    assignments.generate(folder, made)


@contextmanager
def running_hub(
    names: list[str],
    *,
    chapters: set[str] | None = None,
    course: Callable[[Path], None] | None = None,
    user: int | None = None,
    keep: bool = False,
    **settings: Any,
) -> Iterator[RunningHub]:
    """Start a hub in a folder of its own; end it, and remove its accounts and files.

    Parameters
    ----------
    names : list of str
        The class list.
    chapters : set of str, optional
        Which assignments there are, such as {"05"}; all by default, which takes a minute.
    course : callable, optional
        Makes the course in a folder, instead.
    user : int, optional
        Started by root, let the hub run as this user, and so in its trial mode.
    keep : bool
        Keep the folder.
    **settings
        Of ``class.toml``, where they differ from what is usual.
    """
    folder = Path(tempfile.mkdtemp(prefix="hub-"))
    folder.chmod(0o755)
    mark = secrets.token_hex(2)
    asked = {"port": free_port(), "closed": [], "accounts": f"dt{mark}-", **settings}
    # JSON writes texts, numbers, lists and truth as TOML does.
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in asked.items()]
    (folder / "class.toml").write_text("".join(lines))
    (folder / "names.txt").write_text("\n".join(names) + "\n")
    if chapters is not None:
        lay_course(folder / "course", chapters)
    if course is not None:
        course(folder / "course")
    if user is not None:
        subprocess.run(["chown", "--recursive", str(user), folder], check=True)
    hub = RunningHub(folder, asked["port"], user)
    try:
        hub.start()
        yield hub
    finally:
        hub.stop()
        remove(folder, asked["accounts"], keep=keep)


def remove(folder: Path, prefix: str, *, keep: bool) -> None:
    """Remove what a hub left: accounts, and its folder."""
    if os.geteuid() == 0:
        import pwd

        for known in pwd.getpwall():
            if known.pw_name.startswith(prefix):
                accounts.forget_account(known.pw_name)
    if not keep:
        subprocess.run(["rm", "-rf", folder], check=True)


# --- A student --------------------------------------------------------------------------------


class Result(NamedTuple):
    """What a cell gave.

    Attributes
    ----------
    text : str
        What it printed, and its value.
    error : str
        The name and the words of its error, "" if it had none.
    seconds : float
        How long it took, as its author sees it.
    """

    text: str
    error: str
    seconds: float


class Student:
    """Somebody with a browser.

    Parameters
    ----------
    hub : RunningHub
        The hub, or anything with its ``url`` and ``class_code``.
    name : str
        The name to sign up with.
    password : str
        The password.
    """

    def __init__(self, hub: RunningHub, name: str, password: str = PASSWORD):
        self.hub, self.name, self.password = hub, name, password
        self.session = requests.Session()
        self.token = ""

    # --- The hub's pages

    def _form(self, page: str, **fields: str) -> requests.Response:
        """Fill in a form of the hub and send it."""
        address = f"{self.hub.url}/hub/{page}"
        self.session.get(address, timeout=LONG)
        fields["_xsrf"] = self._mark()
        # Where to go then: not to the student's server, which would be started for it.
        ahead = {"next": "/hub/home"}
        return self.session.post(address, params=ahead, data=fields, timeout=LONG)

    def _mark(self) -> str:
        """Return what shows that a request comes from a page of the hub."""
        return next(one.value or "" for one in self.session.cookies if one.name == "_xsrf")

    def sign_up(self, code: str | None = None) -> str:
        """Ask for an account; return what the page says.

        Parameters
        ----------
        code : str, optional
            The class code by default.
        """
        told = self._form(
            "signup",
            username=self.name,
            signup_password=self.password,
            signup_password_confirmation=self.password,
            code=self.hub.class_code if code is None else code,
        )
        found = re.search(r'class="alert[^>]*>\s*<p>\s*(.*?)\s*</p>', told.text, re.DOTALL)
        return found[1] if found else ""

    def log_in(self) -> None:
        """Log in, and take a token for what follows.

        Raises
        ------
        PermissionError
            If the hub refuses; its words are passed on.
        """
        told = self._form("login", username=self.name, password=self.password)
        found = re.search(r'class="login_error">\s*(.*?)\s*</p>', told.text, re.DOTALL)
        if found or "/hub/login" in told.url:
            raise PermissionError(found[1] if found else f"{told.status_code}")
        answer = self.session.post(
            f"{self.hub.url}/hub/api/users/{self.name}/tokens",
            headers={"X-XSRFToken": self._mark(), "Referer": f"{self.hub.url}/hub/home"},
            json={"note": "drives a student"},
            timeout=LONG,
        )
        answer.raise_for_status()
        self.token = answer.json()["token"]

    def approve(self, name: str) -> None:
        """As a teacher, approve somebody's sign-up."""
        answer = self.session.get(f"{self.hub.url}/hub/authorize/{name}", timeout=LONG)
        answer.raise_for_status()

    # --- The server

    def api(self, method: str, path: str, *, of: str = "", **named: Any) -> requests.Response:
        """Ask a server with one's own token; one's own server, unless told another's.

        Parameters
        ----------
        method : str
            Such as GET.
        path : str
            Such as api/contents; the hub's own API for one that begins with hub/.
        of : str
            Whose server.
        """
        base = self.hub.url if path.startswith("hub/") else f"{self.hub.url}/user/{of or self.name}"
        named.setdefault("timeout", LONG)
        headers = {"Authorization": f"token {self.token}"}
        return requests.request(
            method, f"{base}/{path}", headers=headers, allow_redirects=False, **named
        )

    def start_server(self) -> float:
        """Start the server; return how many seconds it took."""
        began = time.monotonic()
        path = f"hub/api/users/{self.name}"
        while True:
            told = self.api("POST", f"{path}/server")
            if told.status_code != 429:  # too many start at once; the page tries again as well
                break
            time.sleep(1)
        if not told.ok:
            raise RuntimeError(f"{self.name}: {told.status_code} {told.text}")
        while time.monotonic() < began + LONG:
            model = self.api("GET", path).json()
            server = model["servers"].get("")
            if server and server["ready"]:
                return time.monotonic() - began
            if not server:
                raise RuntimeError(f"{self.name}'s server did not start")
            time.sleep(0.3)
        raise TimeoutError(f"{self.name}'s server does not start")

    def stop_server(self) -> None:
        """Stop the server, and wait until it has ended."""
        self.api("DELETE", f"hub/api/users/{self.name}/server").raise_for_status()
        until = time.monotonic() + LONG
        while self.api("GET", f"hub/api/users/{self.name}").json()["servers"]:
            if time.monotonic() > until:
                raise TimeoutError(f"{self.name}'s server does not end")
            time.sleep(0.3)

    # --- Files

    def read(self, path: str) -> Any:
        """Return the content of a file: a notebook as a dictionary, a folder as a list."""
        told = self.api("GET", f"api/contents/{quote(path)}")
        told.raise_for_status()
        return told.json()["content"]

    def write(self, path: str, content: Any) -> None:
        """Save a file, as the page does; a dictionary is a notebook.

        Raises
        ------
        OSError
            If it could not be saved; the server's words are passed on.
        """
        kind = "file" if isinstance(content, str) else "notebook"
        model = {"type": kind, "content": content, **({"format": "text"} if kind == "file" else {})}
        told = self.api("PUT", f"api/contents/{quote(path)}", json=model)
        if not told.ok:
            raise OSError(told.json().get("message", told.text))

    # --- Kernels

    @contextmanager
    def kernel(self, path: str = "") -> Iterator["Kernel"]:
        """Start a kernel, in the folder of a notebook; end it at the end."""
        model = {"name": "python3", "path": path}
        told = self.api("POST", "api/kernels", json=model)
        told.raise_for_status()
        opened = Kernel(self, told.json()["id"])
        try:
            yield opened
        finally:
            opened.close()
            with suppress(requests.ConnectionError):  # the hub may have ended
                self.api("DELETE", f"api/kernels/{opened.number}")

    # --- Assignments

    def assignments(self) -> list[dict]:
        """Return what the list of assignments shows."""
        return self._listed(self.api("GET", "assignments", params={"course_id": COURSE}))

    def fetch(self, name: str) -> None:
        """Fetch an assignment into the folder ``assignments``."""
        asked = {"course_id": COURSE, "assignment_id": name}
        self._listed(self.api("POST", "assignments/fetch", json=asked))
        if not any(one["status"] == "fetched" for one in self._named(name)):
            raise RuntimeError(f"{self.name} could not fetch {name}")

    def submit(self, name: str) -> None:
        """Submit an assignment.

        Raises
        ------
        RuntimeError
            If it could not be submitted; the server's words are passed on.
        """
        asked = {"course_id": COURSE, "assignment_id": name}
        self._listed(self.api("POST", "assignments/submit", json=asked))

    def _named(self, name: str) -> list[dict]:
        return [one for one in self.assignments() if one["assignment_id"] == name]

    @staticmethod
    def _listed(told: requests.Response) -> list[dict]:
        told.raise_for_status()
        answer = told.json()
        if not answer["success"]:
            raise RuntimeError(answer["value"])
        return answer["value"]


class Kernel:
    """A kernel of a student, and a connection to it.

    Parameters
    ----------
    student : Student
        Whose.
    number : str
        Its id.
    """

    def __init__(self, student: Student, number: str):
        self.student, self.number = student, number
        self.connection: websocket.WebSocket | None = None

    def _connected(self) -> websocket.WebSocket:
        if self.connection is None:
            base = self.student.hub.url.replace("http", "ws", 1)
            address = f"{base}/user/{self.student.name}/api/kernels/{self.number}/channels"
            self.connection = websocket.create_connection(
                address, timeout=LONG, header=[f"Authorization: token {self.student.token}"]
            )
        return self.connection

    def close(self) -> None:
        """Close the connection; the kernel goes on."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def run(self, code: str, seconds: float = LONG) -> Result:
        """Run a cell and wait for it.

        Parameters
        ----------
        code : str
            The cell.
        seconds : float
            How long to wait at most.

        Raises
        ------
        TimeoutError
            If it takes longer, or the kernel died.
        """
        connection, began = self._connected(), time.monotonic()
        asked = uuid.uuid4().hex
        header = {"msg_id": asked, "msg_type": "execute_request", "username": "", "version": "5.3"}
        header |= {"session": uuid.uuid4().hex, "date": ""}
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
        content |= {"allow_stdin": False, "stop_on_error": True}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        connection.send(json.dumps({**message, "channel": "shell", "buffers": []}))
        texts, error, replied, idle = [], "", False, False
        while not (replied and idle):
            left = began + seconds - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no answer in {seconds} s")
            # The server's pings come every 30 seconds, and each would begin the wait anew.
            connection.settimeout(min(left, 10.0))
            try:
                received = json.loads(connection.recv())
            except websocket.WebSocketTimeoutException:
                continue
            kind, body = received["msg_type"], received["content"]
            if kind == "status" and body["execution_state"] in ("restarting", "dead"):
                raise TimeoutError("the kernel died")
            if received["parent_header"].get("msg_id") != asked:
                continue
            if kind == "stream":
                texts.append(body["text"])
            elif kind in ("execute_result", "display_data"):
                texts.append(body["data"].get("text/plain", ""))
            elif kind == "error":
                error = f"{body['ename']}: {body['evalue']}"
            elif kind == "execute_reply":
                replied = True
            elif kind == "status" and body["execution_state"] == "idle":
                idle = True
        return Result("".join(texts), error, time.monotonic() - began)

    def interrupt(self) -> None:
        """Interrupt the cell that runs."""
        self.student.api("POST", f"api/kernels/{self.number}/interrupt").raise_for_status()

    def restart(self) -> None:
        """Restart the kernel."""
        self.close()
        self.student.api("POST", f"api/kernels/{self.number}/restart").raise_for_status()
