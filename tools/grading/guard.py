"""What a submission may not do while it is graded; started in its kernel before its first cell.

An audit hook sees what Python itself opens, removes, connects to and starts. It is a fence against
mistakes and idle curiosity, not a wall: what a C library opens by itself passes unseen.
"""

import os
import sys
import threading
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

READS = ("os.listdir", "os.scandir")
# What changes files: where its paths stand in an event's arguments, and beside each the open folder
# that it is relative to, if there can be one.
CHANGES = {
    "os.chmod": {0: 2},
    "os.chown": {0: 3},
    "os.link": {0: 2, 1: 3},
    "os.mkdir": {0: 2},
    "os.remove": {0: 1},
    "os.rename": {0: 2, 1: 3},
    "os.rmdir": {0: 1},
    "os.symlink": {0: None, 1: 2},
    "os.truncate": {0: None},
    "os.utime": {0: 3},
    "shutil.rmtree": {0: 1},
    "sqlite3.connect": {0: None},
}
# Another process would have no hook.
PROCESSES = (
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.kill",
    "os.killpg",
    "os.posix_spawn",
    "os.spawn",
    "os.startfile",
    "os.system",
    "pty.spawn",
    "subprocess.Popen",
)
CONNECTIONS = (
    "socket.bind",
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.sendto",
)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def start(own: str, closed: list[str], most_letters: int, most_bytes: int) -> None:
    """Put up the fence, or end the kernel: nothing is graded without it.

    Parameters
    ----------
    own : str
        The folder in which a submission may write.
    closed : list of str
        Files and folders that it may not read.
    most_letters : int
        How much a cell may print.
    most_bytes : int
        How large a file may become.
    """
    try:
        limit_output(most_letters)
        if find_spec("resource"):
            import resource

            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
        sys.addaudithook(hook(os.path.realpath(own), [os.path.realpath(one) for one in closed]))
    except BaseException:
        os._exit(1)


def hook(own: str, closed: list[str]) -> Callable[[str, tuple], None]:
    """Return the function that is asked before each of these events."""
    # A submission may put other functions in their places; these are ours.
    real, decode, folder_of, is_folder = os.path.realpath, os.fsdecode, os.readlink, os.path.isdir
    separator, error, watched = os.sep, PermissionError, {*PROCESSES, *CONNECTIONS}
    ourselves = str(os.getpid())

    def is_of_another_process(path: str) -> bool:
        # Where Linux shows, among other things, what the lecturer's server was started with.
        top, _, rest = path.removeprefix("/proc/").partition("/")
        return path.startswith("/proc/") and top.isdigit() and top != ourselves and rest != ""

    def under(path: str, folder: str) -> bool:
        return path == folder or path.startswith(folder + separator)

    def ask(path: Any, changes: bool, folder: Any = None) -> None:
        if path is None or isinstance(path, int) or path == ":memory:":
            return
        # SQLite opens addresses, too.
        path = decode(path).removeprefix("file:").partition("?")[0]
        if isinstance(folder, int) and folder >= 0:
            path = folder_of(f"/proc/self/fd/{folder}") + separator + path
        full = real(path)
        if changes and not under(full, own) and full != "/dev/null":
            raise error(f"a graded cell may write in its own folder only, and not {full}")
        if any(under(full, one) for one in closed) or is_of_another_process(full):
            raise error(f"a graded cell may not read {full}")

    def ask_opening(path: Any, mode: Any, flags: int) -> None:
        # What os.open takes relative to an open folder is seen without that folder. So it gets
        # none outside, and no way up from one inside.
        if mode is None and not isinstance(path, int):
            name = decode(path)
            outside = is_folder(name) and not under(real(name), own)
            if outside or (".." in name and not name.startswith(separator)):
                raise error(f"a graded cell may not open {name}")
        ask(path, bool(flags & WRITING))

    def asked(event: str, arguments: tuple) -> None:
        if event == "open":
            ask_opening(*arguments)
        elif event in READS:
            ask(arguments[0], False)
        elif event in CHANGES:
            for place, beside in CHANGES[event].items():
                known = beside is not None and beside < len(arguments)
                ask(arguments[place], True, arguments[beside] if known else None)
        elif event in watched:
            raise error(f"a graded cell may not ask for {event}")

    return asked


def limit_output(most: int) -> None:
    """Let a cell print so many letters, and show nothing that is larger."""
    from ipykernel.iostream import OutStream
    from IPython import get_ipython

    shell = get_ipython()
    spent, write, send = [0], OutStream.write, shell.kernel.session.send

    def reset(*_: Any) -> None:
        spent[0] = 0

    def write_some(self: OutStream, text: str) -> int | None:
        spent[0] += len(text)
        if spent[0] <= most:
            return write(self, text)
        # The thread that fetches what C code prints has to go on, or that code would wait.
        if threading.current_thread() is threading.main_thread():
            raise OSError(f"a graded cell may print {most:,} letters")
        return None

    def send_some(stream: Any, message: Any, content: Any = None, *rest: Any, **named: Any) -> Any:
        body = message["content"] if isinstance(message, dict) else content
        if isinstance(body, dict):
            shorten(body, most)
        return send(stream, message, content, *rest, **named)

    shell.events.register("pre_run_cell", reset)
    OutStream.write = write_some
    shell.kernel.session.send = send_some


def shorten(body: dict, most: int) -> None:
    """Leave out of a message what is larger than a cell may print."""
    for key in ("text", "evalue"):
        if len(body.get(key, "")) > most:
            body[key] = body[key][:most]
    if sum(map(len, body.get("traceback", []))) > most:
        body["traceback"] = ["left out: it is too long"]
    if sum(len(str(one)) for one in body.get("data", {}).values()) > most:
        body["data"] = {"text/plain": "left out: it is too large"}
