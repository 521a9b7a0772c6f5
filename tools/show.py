"""Open the panel of chapter 13 alone, for a demonstration: ``make show``.

A notebook of one cell is made anew in ``_build/show`` and run before a browser opens it, so that
the panel is there at once. Samples that are saved go into the folder ``samples`` of the course.
"""

import argparse
import json
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from jupyter_client import BlockingKernelClient, find_connection_file
from jupyter_server.serverapp import list_running_servers
from nbformat.sign import NotebookNotary

ROOT = Path(__file__).resolve().parent.parent
FOLDER, NAME, LOG = ROOT / "_build" / "show", "show.ipynb", "jupyterlab.log"
SOURCE = f"""from digitlib.course.webcam import WebcamReader

WebcamReader(samples={str(ROOT / "samples")!r})"""
# The question whether to fetch news, and the news, would lie over the page.
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
}
# Seconds. Nothing takes as long as this unless something is broken.
PATIENCE = 120


@contextmanager
def jupyterlab(options: list[str]) -> Iterator[tuple[subprocess.Popen, dict]]:
    """Run JupyterLab for this machine alone; yield its process and how to reach it."""
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1"),
        f"--ServerApp.root_dir={FOLDER}",
        f"--LabApp.app_settings_dir={FOLDER}",
        f"--LabApp.workspaces_dir={FOLDER / 'workspaces'}",
        *options,
    ]
    (FOLDER / "overrides.json").write_text(json.dumps(SETTINGS))
    with (FOLDER / LOG).open("w") as log:
        # In a session of its own it does not hear Ctrl-C, at which it would ask whether to end.
        server = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        yield server, reach(server)
    finally:
        # The server ends its kernels before it ends.
        server.terminate()
        server.wait()


def reach(server: subprocess.Popen) -> dict:
    """Wait until a server listens; return its ``url`` and ``token``."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        for running in list_running_servers():
            if running["pid"] == server.pid:
                return running
        time.sleep(0.2)
    said = (FOLDER / LOG).read_text().splitlines()
    sys.exit("\n".join(["JupyterLab did not start:", *said[-3:]]))


def run_cell(server: dict, notebook: nbformat.NotebookNode) -> None:
    """Run the cell in the kernel that the notebook will have in the page."""
    session = {"path": NAME, "name": NAME, "type": "notebook", "kernel": {"name": "python3"}}
    request = urllib.request.Request(
        server["url"] + "api/sessions",
        json.dumps(session).encode(),
        {"Authorization": f"token {server['token']}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        kernel = json.load(answer)["kernel"]["id"]
    client = BlockingKernelClient(connection_file=find_connection_file(f"kernel-{kernel}.json"))
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(PATIENCE)
    (cell,) = notebook.cells

    def keep(message: dict) -> None:
        if message["msg_type"] in ("display_data", "execute_result", "stream", "error"):
            cell.outputs.append(nbformat.v4.output_from_msg(message))

    answer = client.execute_interactive(SOURCE, output_hook=keep, timeout=PATIENCE)
    client.stop_channels()
    cell.execution_count = answer["content"]["execution_count"]


def write(notebook: nbformat.NotebookNode) -> None:
    """Write the notebook, and have it trusted: JupyterLab shows widgets of no other."""
    NotebookNotary().sign(notebook)
    nbformat.write(notebook, FOLDER / NAME)


def main() -> None:
    """Open the panel in a browser, until Ctrl-C."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--no-browser", action="store_true", help="print the address only")
    given, options = parser.parse_known_args()
    # Whatever ends this program ends the server, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    FOLDER.mkdir(parents=True, exist_ok=True)
    cell = nbformat.v4.new_code_cell(SOURCE, metadata={"jupyter": {"source_hidden": True}})
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})
    write(notebook)
    try:
        with jupyterlab(options) as (process, server):
            run_cell(server, notebook)
            write(notebook)
            token = urllib.parse.urlencode({"token": server["token"]})
            address = f"{server['url']}doc/tree/{NAME}?reset&{token}"
            print(f"The panel: {address}\nCtrl-C ends it.", flush=True)
            if not given.no_browser:
                webbrowser.open(address)
            process.wait()
    except KeyboardInterrupt:
        print("Ended.")


if __name__ == "__main__":
    main()
