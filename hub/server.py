"""What runs first in a student's account: lay the copies, then become the Jupyter server."""

import json
import os
import shutil
import sys
from pathlib import Path

MADE = ".made.json"  # as tools/student.py calls it


def lay_chapters(given: Path, own: Path) -> list[str]:
    """Bring the copies of the chapters into a student's folder; what was written in stays.

    Parameters
    ----------
    given : Path
        The copies as they are handed out.
    own : Path
        The student's.

    Returns
    -------
    list of str
        What to tell the student.
    """
    if not own.exists():
        shutil.copytree(given, own)
        for path in own.iterdir():
            path.chmod(0o600)
        return []
    made = json.loads((given / MADE).read_text())
    known = own / MADE
    before = json.loads(known.read_text()) if known.exists() else {}
    if before == made and all((own / name).exists() for name in made):
        return []
    import nbformat

    from tools.student import lay

    told = [
        lay(nbformat.read(path, as_version=4), own / path.name, before)
        for path in sorted(given.glob("*.ipynb"))
    ]
    known.write_text(json.dumps(before, indent=1) + "\n")
    return [line for line in told if line]


def lay_course(given: Path, own: Path) -> None:
    """Bring the course with its solutions to its teacher, once."""
    if not own.exists():
        shutil.copytree(given, own)


def main() -> None:
    """Lay what is missing; a full disk or a broken file keeps nobody from working."""
    home = Path.home()
    log = os.open(
        Path(os.environ["HUB_RUN"]) / "server.log", os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600
    )
    for stream in (1, 2):
        os.dup2(log, stream)
    try:
        (home / "assignments").mkdir(exist_ok=True)
        for line in lay_chapters(Path(os.environ["HUB_CHAPTERS"]), home / "chapters"):
            print(line)
        if course := os.environ.get("HUB_COURSE"):
            lay_course(Path(course), home / "handwritten-digits")
    except (OSError, ValueError) as error:
        print(f"The chapters could not be renewed: {error}", file=sys.stderr)
    sys.stdout.flush()
    os.chdir(home)
    os.environ.pop("PYTHONPATH", None)
    os.execv(sys.executable, [sys.executable, "-P", "-m", "jupyterhub.singleuser", *sys.argv[1:]])


if __name__ == "__main__":
    main()
