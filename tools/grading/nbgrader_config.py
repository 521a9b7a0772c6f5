"""How this course is graded: nbgrader reads this file in the folder of the course."""

import os
import re
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from jupyter_core.paths import jupyter_runtime_dir
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode, v4
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute
from nbgrader.utils import is_grade, is_locked
from traitlets import Integer, List, Unicode

import digitlib

COURSE = Path(__file__).resolve().parent
REPOSITORY = Path(digitlib.__file__).resolve().parents[1]
# Solutions, and what others handed in.
OURS = ("source", "downloaded", "submitted", "autograded", "feedback", "gradebook.db")
CLOSED = [
    *(COURSE / name for name in OURS),
    *(REPOSITORY / name for name in ("solutions", "tests", "_build", ".git")),
]
SECRET = re.compile("JUPYTERHUB_|JPY_")


def given(cell: NotebookNode) -> bool:
    """Tell whether a cell is the lecturer's and runs nothing of the student's."""
    return is_locked(cell) and not is_grade(cell)


class GuardedExecute(Execute):
    """Run a submission in a folder of its own, behind the guard.

    A cell that ends the kernel, or does not end when it is interrupted, is left out in another
    run, so that it costs its own points and no others.
    """

    most_letters = Integer(100_000, help="how much a cell may print").tag(config=True)
    most_bytes = Integer(200_000_000, help="how large a file may become").tag(config=True)
    closed = List(Unicode(), help="what else a submission may not read").tag(config=True)

    def preprocess(self, nb, resources, km=None):
        """Run the cells, and those after a cell that ended the kernel as well."""
        self.left_out = {}
        handed_in = Path(resources["metadata"]["path"])
        while True:
            self.at = None
            with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                self.folder = Path(folder)
                work = self.folder / "work"
                beside = shutil.ignore_patterns("*.ipynb")
                shutil.copytree(handed_in, work, ignore=beside)
                work.chmod(0o700)
                inside = {**resources, "metadata": {**resources["metadata"], "path": str(work)}}
                try:
                    nb, _ = super().preprocess(nb, inside, km)
                except (CellTimeoutError, DeadKernelError) as error:
                    # What ended in a cell that the student didn't write has another reason.
                    if self.at is None or self.at in self.left_out or given(nb.cells[self.at]):
                        raise
                    self.left_out[self.at] = type(error).__name__
                else:
                    return nb, resources

    def start_new_kernel(self, **kwargs):
        """Start a kernel that begins with the guard."""
        limits = self.most_letters, self.most_bytes
        asked = str(self.folder), [*map(str, CLOSED), *self.closed], *limits
        line = f"__import__('runpy').run_path({str(COURSE / 'guard.py')!r})['start'](*{asked!r})"
        # A file, since IPython would put its own way of printing over the guard's after a line.
        begin = self.folder / "begin.py"
        begin.write_text(line, encoding="utf-8")
        self.extra_arguments = [f"--IPKernelApp.exec_files={begin}"]
        temporary = self.folder / "tmp"
        temporary.mkdir()
        if self.km.transport == "ipc":
            # Sockets in files: where, follows from this name.
            self.km.connection_file = f"{jupyter_runtime_dir()}/kernel-{uuid4()}.json"
        # What a lecturer's server knows to talk to a hub is nothing for a submission.
        env = {name: value for name, value in os.environ.items() if not SECRET.match(name)}
        env |= {"HOME": str(self.folder), "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1"}
        super().start_new_kernel(env=env, **kwargs)

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int):
        """Run a cell, unless it ended the kernel before."""
        self.at = index
        if index in self.left_out:
            name = self.left_out[index]
            cell.outputs = [v4.new_output("error", ename=name, evalue="", traceback=[name])]
            return cell, resources
        cell, resources = super().preprocess_cell(cell, resources, index)
        if cell.cell_type == "code" and is_locked(cell):
            # nbgrader takes a library's warning for a mistake of the student, and so do students.
            cell.outputs = [one for one in cell.outputs if one.get("name") != "stderr"]
        return cell, resources


# nbgrader starts a program that is installed beside it, whether or not the environment is active.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "handwritten-digits"
c.CourseDirectory.root = str(COURSE)
c.ClearSolutions.code_stub = {"python": "# Your code."}
c.ClearSolutions.text_stub = "*Your answer.*"
c.OverwriteCells.add_missing_cells = True
# Files that a learning platform gives, ada_05_convolution.ipynb or a picture ada_shadow.jpg, with
# anything before the name that ends in a slash or a space. Nobody is called 05, and what a browser
# calls (1) is the same file again.
c.FileNameCollectorPlugin.named_regexp = (
    r"(?:.*[/\\ ])?(?P<student_id>(?!\d\d_)[^/\\ _]+)_"
    r"(?P<file_id>[^/\\]+?)(?: ?\(\d+\))?\.\w+$"
)
c.FileNameCollectorPlugin.valid_ext = [".ipynb", ".jpeg", ".jpg", ".png"]
c.Autograde.autograde_preprocessors = [
    GuardedExecute if one is Execute else one for one in Autograde.autograde_preprocessors.default()
]

# The longest cell of the solutions takes about a minute on two cores.
c.Execute.timeout = 300
c.Execute.iopub_timeout = 10
c.Execute.shutdown_kernel = "immediate"
c.LimitOutput.max_lines = 500
