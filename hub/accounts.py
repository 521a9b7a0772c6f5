"""A student's account on this machine, what its processes may take, and the spawners that use it.

A class needs what the operating system offers to keep people apart: an account each. The hub makes
it at the first start of a student's server, which is why it runs as root.
"""

import asyncio
import grp
import os
import pwd
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from jupyterhub.spawner import LocalProcessSpawner, SimpleLocalProcessSpawner, set_user_setuid
from traitlets import Unicode

# Processes and threads of one student; TensorFlow starts some for each processor.
MOST_TASKS = 1024


# --- Accounts ---------------------------------------------------------------------------------


def number_of(account: str) -> int | None:
    """Return the number of an account, None if there is none of that name."""
    try:
        return pwd.getpwnam(account).pw_uid
    except KeyError:
        return None


def ensure_account(account: str, home: Path) -> pwd.struct_passwd:
    """Make an account without a password, unless it is there.

    Parameters
    ----------
    account : str
        Its name.
    home : Path
        Its home.
    """
    try:
        known = pwd.getpwnam(account)
    except KeyError:
        command = ["useradd", "--no-create-home", "--home-dir", str(home), "--user-group"]
        command += ["--shell", "/bin/bash", "--comment", "a student of the hub", account]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"useradd {account}: {done.stderr.strip()}") from None
        known = pwd.getpwnam(account)
    return known


def own(folder: Path, user: int, group: int) -> None:
    """Make a folder that only one account may enter; what is in it becomes that account's."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != user:
        # New, or kept from a machine on which the account had another number.
        subprocess.run(["chown", "--recursive", "-h", f"{user}:{group}", folder], check=True)
    folder.chmod(0o700)


def close(folders: Iterable[Path]) -> None:
    """Take from folders what others than their owner and its group may do there."""
    for folder in folders:
        if folder.is_dir():
            folder.chmod(folder.stat().st_mode & 0o770)


def forget_account(account: str) -> None:
    """Remove an account of the hub and its group; files stay."""
    subprocess.run(["userdel", account], capture_output=True, check=False)
    try:
        grp.getgrnam(account)
    except KeyError:
        return
    subprocess.run(["groupdel", account], capture_output=True, check=False)


# --- Processes --------------------------------------------------------------------------------


def processes() -> Iterator[tuple[int, int, int]]:
    """Yield number, parent and user of each process, where the system has ``/proc``."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            yield int(path.name), parent, path.stat().st_uid
        except (OSError, ValueError):
            continue  # it ended while we looked


def of_users(users: Iterable[int]) -> set[int]:
    """Return the processes of some accounts; root's are never among them."""
    wanted = set(users) - {0}
    return {number for number, _, user in processes() if user in wanted}


def below(process: int) -> set[int]:
    """Return the processes that a process started, and those that these started."""
    children: dict[int, list[int]] = {}
    for number, parent, _ in processes():
        children.setdefault(parent, []).append(number)
    found: set[int] = set()
    waiting = [process]
    while waiting:
        new = set(children.get(waiting.pop(), [])) - found
        found |= new
        waiting += new
    return found


def end(which: Callable[[], set[int]], seconds: float = 5) -> None:
    """End processes: ask them first, and those that stay are not asked.

    Parameters
    ----------
    which : callable
        Returns their numbers; asked again each time, since they may start others.
    seconds : float
        How long they have.
    """
    for number, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5.0)):
        until = time.monotonic() + patience
        for process in which():
            send(process, number)
        while time.monotonic() < until:
            reap()
            if not which():
                return
            time.sleep(0.05)


def send(process: int, number: signal.Signals) -> None:
    """Send a signal to a process that may have ended."""
    with suppress(ProcessLookupError):
        os.kill(process, number)


def reap() -> None:
    """Let go of orphans of ours that have ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue


# --- Limits -----------------------------------------------------------------------------------


class Groups:
    """Control groups, in which the kernel counts and limits what all of a student's processes take.

    Parameters
    ----------
    name : str
        Of the group in which each student gets one.
    """

    def __init__(self, name: str):
        self.name = name
        top = Path("/sys/fs/cgroup")
        unified = (top / "cgroup.controllers").exists()
        own_group = top / Path("/proc/self/cgroup").read_text().strip().rpartition("::/")[2]
        self.version = 2 if unified else 1
        self.parents = [own_group] if unified else [top / "memory", top / "cpu"]

    def usable(self) -> bool:
        """Tell whether groups can be made here, by making one."""
        try:
            if self.version == 2:
                self._hand_down(self.parents[0])
            for parent in self.parents:
                (parent / self.name).mkdir(exist_ok=True)
            if self.version == 2:
                self._hand_down(self.parents[0] / self.name)
        except OSError:
            return False
        return True

    @staticmethod
    def _hand_down(group: Path) -> None:
        (group / "cgroup.subtree_control").write_text("+memory +cpu")

    def make(self, student: str, memory: int, processors: float) -> list[Path]:
        """Make a student's group with its limits; return the files that take its processes.

        Parameters
        ----------
        student : str
            The account.
        memory : int
            In bytes.
        processors : float
            How many.
        """
        period = 100_000
        quota = int(processors * period)
        folders = [parent / self.name / student for parent in self.parents]
        for folder in folders:
            folder.mkdir(exist_ok=True)
        if self.version == 2:
            (folders[0] / "memory.max").write_text(str(memory))
            (folders[0] / "cpu.max").write_text(f"{quota} {period}")
        else:
            (folders[0] / "memory.limit_in_bytes").write_text(str(memory))
            (folders[1] / "cpu.cfs_period_us").write_text(str(period))
            (folders[1] / "cpu.cfs_quota_us").write_text(str(quota))
        return [folder / "cgroup.procs" for folder in folders]

    def remove(self) -> None:
        """Remove all groups that are empty."""
        for parent in self.parents:
            for folder in [*(parent / self.name).glob("*/"), parent / self.name]:
                try:
                    folder.rmdir()
                except OSError:
                    continue  # not there, or somebody still runs in it


def limit_process(memory: int | None) -> None:
    """Limit what a process and each that it starts may take, by its own limits.

    What counts is memory that is written to. TensorFlow maps three times as much as it uses, so a
    limit on addresses would hit it. A cell that wants more gets a ``MemoryError``.
    """
    if memory:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_NPROC, (MOST_TASKS, MOST_TASKS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


# --- Spawners ---------------------------------------------------------------------------------


class AccountSpawner(LocalProcessSpawner):
    """Start a student's server as a process of the student's account."""

    accounts = Unicode("digits-", config=True, help="what the names of accounts begin with")
    groups = Unicode("", config=True, help="the control group; without one, each process's limits")

    @property
    def account(self) -> str:
        """The account's name."""
        return self.accounts + self.user.name

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Add what a login would set."""
        known = pwd.getpwnam(self.account)
        env |= {"USER": self.account, "HOME": known.pw_dir, "SHELL": known.pw_shell}
        return env

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        """Return what the new process does before it becomes the student's."""
        become = set_user_setuid(self.account)
        takes: list[Path] = []
        if self.groups:
            takes = Groups(self.groups).make(self.account, self.mem_limit, self.cpu_limit)
        memory = None if takes else self.mem_limit

        def prepare() -> None:
            for file in takes:
                file.write_text(str(os.getpid()))
            limit_process(memory)
            os.umask(0o077)
            os.nice(5)  # the hub and its proxy go first
            become()

        return prepare

    async def stop(self, now: bool = False) -> None:
        """Stop the server, and what else the student left running."""
        user = pwd.getpwnam(self.account).pw_uid
        await super().stop(now)
        await asyncio.to_thread(end, lambda: of_users([user]))


class TrialSpawner(SimpleLocalProcessSpawner):
    """Start every server as the one who started the hub: to try it, not for a class."""

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        """Return what the new process does first."""
        enter, memory = super().make_preexec_fn(name), self.mem_limit

        def prepare() -> None:
            if os.uname().sysname == "Linux":
                resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
            os.umask(0o077)
            enter()

        return prepare


def has_systemd() -> bool:
    """Tell whether systemd runs this machine, and is not just installed."""
    return Path("/run/systemd/system").is_dir() and shutil.which("systemd-run") is not None


def unreachable(path: Path) -> Path | None:
    """Return the first folder above a path that other accounts may not enter, or None."""
    for folder in reversed(path.resolve().parents):
        if not folder.stat().st_mode & 0o001:
            return folder
    return None
