"""Start the hub for a class and stay with it: ``make hub``."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from hub import accounts, setup
from hub.settings import ROOT, Refused

# A hub that ends by itself is started again, but not for ever.
MOST_FALLS, WITHIN = 5, 120.0
MOST_LOG = 20_000_000  # bytes; a new one begins with the next start
BECOME_SUBREAPER = 36  # prctl's number for it


class Keeper:
    """Starts the hub, starts it again where it falls, and leaves nothing behind at the end.

    Parameters
    ----------
    hub : setup.Hub
        What to start.
    """

    def __init__(self, hub: setup.Hub):
        self.hub = hub
        self.process: subprocess.Popen | None = None
        self.ending = self.anew = False
        signal.signal(signal.SIGINT, self.end)
        signal.signal(signal.SIGTERM, self.end)
        signal.signal(signal.SIGHUP, self.start_anew)

    def end(self, number: int, frame: FrameType | None) -> None:
        """Let the hub end all servers, and then itself."""
        self.ending = True
        self._send(signal.SIGTERM)

    def start_anew(self, number: int, frame: FrameType | None) -> None:
        """Let the hub read its settings again, while the students' servers go on."""
        try:
            setup.read()
        except Refused as error:
            tell(f"{error}\nThe hub goes on with the settings that it has.")
            return
        self.anew = True
        self._send(signal.SIGUSR2)

    def _send(self, number: signal.Signals) -> None:
        if self.process and self.process.returncode is None:
            accounts.send(self.process.pid, number)

    def run(self) -> int:
        """Run until somebody ends it; return what the shell is told."""
        falls: list[float] = []
        try:
            while True:
                self._start()
                if self.ending:  # before there was a hub to tell
                    self._send(signal.SIGTERM)
                status = self._wait()
                if self.ending:
                    return 0
                if self.anew:
                    self.anew = False
                    continue
                now = time.monotonic()
                falls = [one for one in falls if now - one < WITHIN] + [now]
                print(f"The hub ended by itself ({status}); servers go on.", flush=True)
                if len(falls) == MOST_FALLS:
                    print(f"It keeps ending; {self.log} says why.", flush=True)
                    return 1
        finally:
            self._clear()

    @property
    def log(self) -> Path:
        """Where the hub says what it does."""
        return self.hub.state.private / "hub.log"

    def _start(self) -> None:
        command = [sys.executable, "-m", "jupyterhub"]
        command += ["--config", str(setup.HERE / "jupyterhub_config.py")]
        env = {
            "PATH": os.pathsep.join([str(setup.BIN), os.environ.get("PATH", os.defpath)]),
            "LANG": os.environ.get("LANG", "C.UTF-8"),
            "HOME": os.environ.get("HOME", "/"),
            "PYTHONPATH": str(ROOT),
            "HUB_STATE": str(self.hub.state.folder),
        }
        if self.log.exists() and self.log.stat().st_size > MOST_LOG:
            self.log.replace(self.log.with_suffix(".old.log"))
        with os.fdopen(os.open(self.log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)) as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.hub.state.private,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in a terminal is sent to all of its programs; the hub gets it from us.
                start_new_session=True,
            )

    def _wait(self) -> int:
        assert self.process
        while True:
            number, status = os.waitpid(-1, 0)  # orphans of a hub that fell are ours
            if number == self.process.pid:
                self.process.returncode = os.waitstatus_to_exitcode(status)
                return self.process.returncode

    def _clear(self) -> None:
        accounts.end(lambda: accounts.below(os.getpid()))
        if not self.hub.trial:
            known = [accounts.number_of(self.hub.account(one)) for one in self.hub.students]
            accounts.end(lambda: accounts.of_users(filter(None, known)))
            if name := self.hub.groups:
                accounts.Groups(name).remove()


def tell(line: str) -> None:
    """Say something in the terminal now."""
    print(line, flush=True)


def tell_how_to_begin(hub: setup.Hub) -> None:
    """Say where the hub is, and what a teacher does first."""
    asked, state = hub.asked, hub.state
    if hub.trial:
        tell(f"\n{setup.TRIAL}\nFor a class, start it as root.")
    tell(f"\nThe hub is at {asked.url}")
    for name in hub.teachers_to_sign_up():
        tell(f"  {name} signs up first: {asked.url}/hub/signup?code={hub.teacher_code}")
    tell(
        f"  class code: {hub.class_code}; with it, {len(hub.names)} names sign up without approval"
    )
    tell(f"  settings: {state.settings}")
    tell(f"  class list: {state.folder / asked.names}")
    tell(f"  limits: {hub.limits}")
    tell(f"  log: {state.private / 'hub.log'}")
    tell(f"Ctrl-C ends it and all servers; kill -HUP {os.getpid()} reads the settings again.")


def main() -> int:
    """Prepare what is missing, and run the hub until it is ended."""
    os.umask(0o022)
    if sys.platform == "linux":
        # What a hub leaves behind becomes ours, so that it can be ended.
        ctypes.CDLL(None).prctl(BECOME_SUBREAPER, 1, 0, 0, 0)
    try:
        hub = setup.prepare(tell)
    except Refused as error:
        print(error, file=sys.stderr)
        return 2
    tell_how_to_begin(hub)
    return Keeper(hub).run()


if __name__ == "__main__":
    sys.exit(main())
