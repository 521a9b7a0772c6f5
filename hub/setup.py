"""What the hub needs before it starts, and what follows from the lecturer's settings."""

import asyncio
import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from hub import accounts
from hub.accounts import MOST_TASKS
from hub.settings import (
    NAME,
    ROOT,
    Class,
    Refused,
    State,
    may_bind,
    read_class,
    read_names,
)
from hub.sign_up import new_code

__all__ = ["HERE", "MOST_TASKS", "NAME", "NODE", "PROXY", "Hub", "go_on_without", "prepare", "read"]

HERE = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
NODE = BIN / "node"
PROXY = BIN.parent / "hub-proxy" / "node_modules" / "configurable-http-proxy" / "bin"
PROXY /= "configurable-http-proxy"
TRIAL = (
    "This hub is for trying, not for a class: all servers run in one account, so that everybody "
    "who logs in can read everybody's files."
)


@dataclass(frozen=True)
class Hub:
    """The settings, and what follows from them.

    Attributes
    ----------
    asked : Class
        What the lecturer asks for.
    names : set of str
        The class list.
    state : State
        The folders.
    """

    asked: Class
    names: set[str]
    state: State

    @property
    def trial(self) -> bool:
        """Whether all servers run as the one who started the hub, who is not root."""
        return os.geteuid() != 0

    @property
    def systemd(self) -> bool:
        """Whether systemd starts the servers."""
        return not self.trial and accounts.has_systemd()

    @property
    def spawner(self) -> Any:
        """What starts a student's server."""
        if self.trial:
            return accounts.TrialSpawner
        return "systemd" if self.systemd else accounts.AccountSpawner

    @property
    def groups(self) -> str:
        """The control group of the class, "" where none can be made."""
        name = f"{self.asked.accounts}hub-{self.asked.port}"
        needed = not self.trial and not self.systemd
        return name if needed and accounts.Groups(name).usable() else ""

    @property
    def limits(self) -> str:
        """How a student's limits are kept, in a sentence."""
        memory, processors = self.asked.memory, self.asked.processors
        if self.systemd:
            return f"systemd holds each student to {memory} GiB and {processors} processors"
        if self.groups:
            return f"a control group holds each student to {memory} GiB and {processors} processors"
        return (
            f"no control group can be made here: each process, not each student, is held to "
            f"{memory} GiB, and processors are not limited but shared"
        )

    @property
    def announcement(self) -> dict[str, str]:
        """What stands above the pages on which one logs in and signs up."""
        return {"announcement": TRIAL} if self.trial else {}

    @property
    def class_code(self) -> str:
        """With it, the names of the class list sign up."""
        return self.state.secret("class_code", new_code())

    @property
    def teacher_code(self) -> str:
        """With it, the names of teachers sign up."""
        return self.state.secret("teacher_code", new_code())

    @property
    def proxy_token(self) -> str:
        """The secret between the hub and its proxy."""
        return self.state.secret("proxy_token", secrets.token_hex(32))

    @property
    def students(self) -> list[str]:
        """Everybody who has a folder."""
        homes = self.state.homes(self.asked)
        return sorted(path.name for path in homes.iterdir() if path.is_dir())

    def teachers_to_sign_up(self) -> list[str]:
        """Return the teachers who have no account on the hub yet."""
        path = self.state.private / "hub.sqlite"
        if not path.exists():
            return self.asked.teachers
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as book:
            try:
                known = {row[0] for row in book.execute("select username from users_info")}
            except sqlite3.OperationalError:
                known = set()  # no table yet
        return [name for name in self.asked.teachers if name not in known]

    def account(self, name: str) -> str:
        """Return the account of a student or teacher."""
        return self.asked.accounts + name

    def run_folder(self, name: str) -> Path:
        """Return where the sockets of somebody's server lie, under a short name."""
        if self.trial:
            return self.state.run / name
        return self.state.run / str(accounts.number_of(self.account(name)))

    def run_folders(self, name: str) -> list[Path]:
        """Return this folder and those in it: one for the sockets, one in place of /tmp."""
        run = self.run_folder(name)
        return [run, run / "kernel", run / "tmp"]

    # --- Before a server starts ---------------------------------------------------------------

    @property
    def before_start(self) -> Callable[[Any], Any]:
        """What JupyterHub calls before it starts somebody's server."""
        one_at_a_time = asyncio.Lock()

        async def ready(spawner: Any) -> None:
            # Programs that write /etc/passwd lock it, and don't wait for each other.
            async with one_at_a_time:
                await asyncio.to_thread(self.make_home, spawner.user.name)

        return ready

    def make_home(self, name: str) -> None:
        """Make somebody's account and folders, unless they are there."""
        home = self.state.homes(self.asked) / name
        if self.trial:
            for folder in (home, *self.run_folders(name)):
                folder.mkdir(mode=0o700, exist_ok=True)
            return
        known = accounts.ensure_account(self.account(name), home)
        for folder in (home, *self.run_folders(name)):
            accounts.own(folder, known.pw_uid, known.pw_gid)
        if name == self.asked.teachers[0]:
            accounts.own(self.state.course, known.pw_uid, known.pw_gid)

    @property
    def environment(self) -> dict[str, Any]:
        """What a server is told; what depends on whose it is, JupyterHub asks for each."""

        def role(spawner: Any) -> str:
            return "teacher" if spawner.user.name == self.asked.teachers[0] else "student"

        def configuration(spawner: Any) -> str:
            folders = (HERE / "jupyter" / role(spawner), HERE / "jupyter" / "common")
            return os.pathsep.join(map(str, folders))

        def run(spawner: Any) -> str:
            return str(self.run_folder(spawner.user.name))

        threads = str(max(1, round(self.asked.processors)))
        return {
            "HUB_MODE": "trial" if self.trial else "class",
            "HUB_ROLE": role,
            "HUB_CODE": str(ROOT),
            "HUB_ACCOUNTS": self.asked.accounts,
            "HUB_CHAPTERS": str(self.state.chapters),
            "HUB_EXCHANGE": str(self.state.exchange),
            "HUB_COURSE": lambda one: str(self.state.course) if role(one) == "teacher" else "",
            # Its first program needs the course's tools, and takes this back.
            "PYTHONPATH": str(ROOT),
            "JUPYTER_CONFIG_PATH": configuration,
            "HUB_RUN": run,
            "JUPYTER_RUNTIME_DIR": lambda one: f"{run(one)}/kernel",
            "TMPDIR": lambda one: f"{run(one)}/tmp",
            # As many threads as processors, or they would wait for each other.
            "OMP_NUM_THREADS": threads,
            "TF_NUM_INTRAOP_THREADS": threads,
            "TF_NUM_INTEROP_THREADS": "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }


def read() -> Hub:
    """Read the settings and the class list.

    Raises
    ------
    Refused
        If the hub must not start with them.
    """
    state = State.find()
    asked = read_class(state.settings)
    hub = Hub(asked, read_names(state.folder / asked.names), state)
    may_bind(asked, trial=hub.trial)
    return hub


def prepare(tell: Callable[[str], None]) -> Hub:
    """Make what is missing; return the hub, ready to start.

    Parameters
    ----------
    tell : callable
        Takes lines for the one who waits.

    Raises
    ------
    Refused
        If the hub must not start on this machine, or with these settings.
    """
    state = State.find()
    state.folder.mkdir(parents=True, exist_ok=True)
    if not state.settings.exists():
        shutil.copy(HERE / "class.toml", state.settings)
    hub = read()
    if not hub.trial:
        for path in (BIN / "python", ROOT / "digitlib", state.folder):
            if folder := accounts.unreachable(path / "."):
                raise Refused(
                    f"{path} lies in {folder}, which other accounts may not enter, and each "
                    "student gets one. Move the course to a place such as /opt, or allow it: "
                    f"chmod o+x {folder}"
                )
        accounts.close([ROOT / name for name in hub.asked.closed])
    for folder, mode in {
        state.folder: 0o755,
        state.private: 0o700,
        state.run: 0o755,
        state.homes(hub.asked): 0o711,
        # Everybody may begin something here, and nobody may remove what is another's.
        state.exchange: 0o1777,
    }.items():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
    tell("Making the students' copies of the chapters …")
    tool("tools.student", "--into", state.chapters)
    if not state.course.exists():
        tell("Making the graded assignments, about a minute …")
        new = state.private / "course"
        shutil.rmtree(new, ignore_errors=True)
        # Hidden cases of this class's own.
        tool("tools.assignments", "--into", new, "--seed", secrets.randbelow(10**6))
        new.chmod(0o700)
        new.rename(state.course)
    return hub


def tool(name: str, *arguments: object) -> None:
    """Run a tool of the course."""
    command = [sys.executable, "-m", name, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} failed:\n{done.stderr}")


def go_on_without(number: int, frame: FrameType | None) -> None:
    """End the hub, and let the students' servers run until it is back."""
    from jupyterhub.app import JupyterHub

    JupyterHub.instance().cleanup_servers = False
    os.kill(os.getpid(), signal.SIGTERM)
