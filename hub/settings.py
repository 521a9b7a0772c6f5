"""What the lecturer decides: the file ``class.toml``, read and checked."""

import ipaddress
import os
import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# A name becomes part of an account's, of a folder's, and of an address.
NAME = r"[a-z][a-z0-9-]{0,19}"
# The paths of a kernel's sockets grow out of the state's; the system allows 107 characters.
LONGEST_STATE = 36


class Refused(Exception):
    """The hub must not start as it is asked to; the message says why and what to do."""


@dataclass(frozen=True)
class Class:
    """What stands in ``class.toml``; the comments there say what each is for."""

    teachers: list[str]
    names: str
    address: str
    port: int
    certificate: str
    key: str
    behind_proxy: bool
    memory: float
    processors: float
    idle_minutes: int
    stop_on_logout: bool
    starts_at_once: int
    most_servers: int
    homes: str
    accounts: str
    closed: list[str]

    @property
    def local(self) -> bool:
        """Whether the hub is reached from this machine alone."""
        if self.address == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.address).is_loopback
        except ValueError:
            return False

    @property
    def url(self) -> str:
        """What is typed in a browser on this machine, or elsewhere if the address is a name."""
        everywhere = self.address in ("", "0.0.0.0", "::")
        scheme = "https" if self.certificate else "http"
        return f"{scheme}://{'localhost' if everywhere else self.address}:{self.port}"


def read_class(path: Path) -> Class:
    """Read the settings.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    Refused
        If a setting is unknown, missing or not what it should be.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"{path} is not TOML: {error}") from error
    known = {field.name: field.type for field in fields(Class)}
    if unknown := found.keys() - known:
        raise Refused(f"{path}: there is no setting {', '.join(sorted(unknown))}")
    # What an older file doesn't have is as in the file that comes with the course.
    ours = tomllib.loads((ROOT / "hub" / "class.toml").read_text(encoding="utf-8"))
    values = {**ours, **found}
    for name, kind in known.items():
        values[name] = checked(path, name, values[name], kind)
    asked = Class(**values)
    if not asked.teachers:
        raise Refused(f"{path}: teachers is empty; write at least one name")
    for name in asked.teachers:
        if not re.fullmatch(NAME, name):
            raise Refused(f"{path}: teachers has {name!r}; {NAMES_ARE}")
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,9}-", asked.accounts):
        raise Refused(f"{path}: accounts is {asked.accounts!r}; expected something like 'digits-'")
    if bool(asked.certificate) != bool(asked.key):
        raise Refused(f"{path}: certificate and key belong together; one of them is empty")
    for name in ("certificate", "key"):
        file = getattr(asked, name)
        if file and not Path(file).is_file():
            raise Refused(f"{path}: {name} is {file}, and there is no such file")
    return asked


NAMES_ARE = "a name begins with a letter and has up to 20 small letters, digits and hyphens"


def checked(path: Path, name: str, value: Any, kind: Any) -> Any:
    """Return a setting, or refuse one of another kind."""
    if kind is float and type(value) is int:
        value = float(value)
    if kind == list[str]:
        fits = isinstance(value, list) and all(isinstance(one, str) for one in value)
    else:
        fits = type(value) is kind
    if not fits:
        said = "a list of texts" if kind == list[str] else kind.__name__
        raise Refused(f"{path}: {name} is {value!r}; expected {said}")
    if kind in (int, float) and (value < 0 or (value == 0 and name not in MAY_BE_ZERO)):
        raise Refused(f"{path}: {name} is {value}; expected a number above 0")
    return value


MAY_BE_ZERO = ("idle_minutes", "most_servers")


def read_names(path: Path) -> set[str]:
    """Read the class list: one name in a line, blank lines and comments left out.

    Raises
    ------
    Refused
        If a name can't be one.
    """
    if not path.exists():
        return set()
    lines = (line.partition("#")[0].strip() for line in path.read_text("utf-8").splitlines())
    names = {line.lower() for line in lines if line}
    for name in sorted(names):
        if not re.fullmatch(NAME, name):
            raise Refused(f"{path} has {name!r}; {NAMES_ARE}")
    return names


def may_bind(asked: Class, *, trial: bool) -> None:
    """Refuse an address at which the hub would be unsafe.

    Raises
    ------
    Refused
        With the reason and the ways out.
    """
    if asked.local:
        return
    if trial:
        raise Refused(
            f"address is {asked.address}, but you are not root: then all servers run as you, and "
            "whoever logs in could read your files. Without root the hub is for trying, and "
            "stays on 127.0.0.1."
        )
    if not asked.certificate and not asked.behind_proxy:
        raise Refused(
            f"address is {asked.address}, but there is no certificate: passwords would cross the "
            "network in plain text, and browsers give a page no camera unless it comes by https "
            "or from localhost. Either name the files `certificate` and `key`, or let a server "
            "that has them pass on to this one and say so with `behind_proxy = true`."
        )


@dataclass(frozen=True)
class State:
    """The folder in which the hub keeps everything, and what lies where.

    Attributes
    ----------
    folder : Path
        Everybody may enter it; what is nobody's business lies in ``private``.
    """

    folder: Path

    @classmethod
    def find(cls) -> "State":
        """Return the folder that the environment names, or the usual one.

        Root's is outside of the checkout: what a class writes must not go when a checkout does.
        """
        usual = Path("/srv/handwritten-digits") if os.geteuid() == 0 else ROOT / "_hub"
        folder = Path(os.environ.get("HUB_STATE") or usual).absolute()
        if os.geteuid() == 0 and len(str(folder)) > LONGEST_STATE:
            raise Refused(
                f"HUB_STATE is {folder}; expected a path of at most {LONGEST_STATE} characters"
            )
        return cls(folder)

    @property
    def settings(self) -> Path:
        """The lecturer's file."""
        return self.folder / "class.toml"

    @property
    def private(self) -> Path:
        """Passwords (as hashes), tokens, codes and the log: the hub's alone."""
        return self.folder / "private"

    @property
    def chapters(self) -> Path:
        """The students' copies as they are handed out."""
        return self.folder / "chapters"

    @property
    def course(self) -> Path:
        """The nbgrader course as the teacher gets it, with solutions."""
        return self.folder / "course"

    @property
    def exchange(self) -> Path:
        """Where assignments are handed out and in."""
        return self.folder / "exchange"

    @property
    def run(self) -> Path:
        """A short path for the sockets and the log of each student's server."""
        return self.folder / "run"

    def homes(self, asked: Class) -> Path:
        """Where the students' files lie."""
        return self.folder / asked.homes

    def secret(self, name: str, new: str) -> str:
        """Return a secret; make it if it is new, readable by the hub alone."""
        path = self.private / name
        if not path.exists():
            with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
                file.write(new)
        return path.read_text()
