"""Firefox without a window, spoken to by WebDriver BiDi, which it understands by itself."""

import json
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import websocket

from tests.browser import free_port
from tools.ensure_browser import find_firefox

# Seconds until an answer. Nothing takes as long as this unless something is broken.
PATIENCE = 120


class Firefox:
    """A page in Firefox.

    Parameters
    ----------
    address : str
        Where Firefox listens.
    """

    def __init__(self, address: str):
        self._socket = websocket.create_connection(
            f"{address}/session", timeout=PATIENCE, suppress_origin=True
        )
        self._count = 0
        self.ask("session.new", capabilities={})
        self._page = self.ask("browsingContext.getTree")["contexts"][0]["context"]

    def ask(self, method: str, **parameters: Any) -> dict:
        """Send a command and return its result."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        self._socket.send(json.dumps(message))
        while (answer := json.loads(self._socket.recv())).get("id") != self._count:
            pass
        assert answer["type"] == "success", answer
        return answer["result"]

    def open(self, address: str) -> None:
        """Open a page and wait until it has loaded."""
        self.ask("browsingContext.navigate", context=self._page, url=address, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """Return what an expression, or its promise, comes to in the page."""
        answer = self.ask(
            "script.evaluate",
            expression=expression,
            target={"context": self._page},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer
        return answer["result"].get("value")


@contextmanager
def firefox(home: Path):
    """Start Firefox with a folder of its own, and end it again."""
    program = find_firefox()
    if program is None:
        pytest.fail("no Firefox on PATH: make browser")
    port = free_port()
    (home / "profile").mkdir()
    command = [program, "--headless", "--no-remote", "--profile", str(home / "profile")]
    process = subprocess.Popen(
        [*command, "--remote-debugging-port", str(port)],
        env={**os.environ, "HOME": str(home)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        heard = []
        for line in process.stderr:
            heard.append(line)
            if "BiDi listening" in line:
                break
        else:
            pytest.fail("Firefox did not start: " + "".join(heard))
        yield Firefox(f"ws://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.communicate()
