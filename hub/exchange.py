"""Hand in for the teacher's eyes only; collect, and let nobody hand in for somebody else.

nbgrader takes the student's word for a submission's name, follows links in it, takes one that
broke off for the latest, and stops at the first that can't be read. A folder to which a whole class
can write needs more care.
"""

import os
import pwd
import shutil
from pathlib import Path

from nbgrader.exchange.default import ExchangeCollect, ExchangeSubmit
from nbgrader.utils import ignore_patterns
from traitlets import Unicode

# What nbgrader writes into a submission when all else is there.
LAST = ("timestamp.txt", "submission_secret.txt")


class ClosedSubmit(ExchangeSubmit):
    """Hand in a folder that its author and the teacher may enter.

    nbgrader lets everybody write in it who knows its name, so that the teacher can remove it. Here
    it has the teacher's group, as the folder does in which it lies.
    """

    def copy_files(self) -> None:
        """Copy, and then close the folder."""
        super().copy_files()
        Path(self.inbound_path, self.assignment_filename).chmod(0o2770)


class OwnersCollect(ExchangeCollect):
    """Collect submissions as the work of those whose accounts own them."""

    accounts = Unicode("", help="what the names of accounts begin with").tag(config=True)

    def _path_to_record(self, path: str) -> dict:
        record = super()._path_to_record(path)
        try:
            owner = pwd.getpwuid(os.lstat(path).st_uid).pw_name
        except (KeyError, OSError):
            owner = "nobody"
        claimed = record["username"].removeprefix(self.accounts)
        record["username"] = owner.removeprefix(self.accounts)
        if claimed != record["username"]:
            self.log.warning("%s is by %s, whatever its name says", path, record["username"])
        if not is_complete(Path(path)):
            self.log.warning("%s broke off, and is left where it is", path)
            record["username"] = ""
        return record

    def init_src(self) -> None:
        """Find what to collect: of each student the latest that is complete."""
        super().init_src()
        self.src_records: list[dict] = [record for record in self.src_records if record["username"]]

    def copy_files(self) -> None:
        """Copy one after the other: one that can't be read costs its own author only."""
        records = self.src_records
        for record in records:
            self.src_records = [record]
            try:
                super().copy_files()
            except (OSError, RuntimeError) as error:
                self.log.error("%s could not be collected: %s", record["filename"], error)
                unread = self.coursedir.format_path(
                    self.coursedir.submitted_directory,
                    record["username"],
                    self.coursedir.assignment_id,
                )
                shutil.rmtree(unread, ignore_errors=True)
        self.src_records = records

    def do_copy(self, src: str, dest: str, log: object = None) -> None:
        """Copy files, and no links: they could lead to what only the teacher may read."""
        if self.get_size(src) > 1000 * self.coursedir.max_dir_size:
            raise RuntimeError(f"it is larger than {self.coursedir.max_dir_size} kB")
        if Path(src).is_symlink():
            raise RuntimeError("it is a link")
        leave_out = ignore_patterns(
            exclude=self.coursedir.ignore,
            include=self.coursedir.include,
            max_file_size=self.coursedir.max_file_size,
            log=self.log,
        )
        shutil.copytree(src, dest, symlinks=True, ignore=leave_out)
        for path in Path(dest).rglob("*"):
            if path.is_symlink():
                self.log.warning("%s has a link, %s, which is left out", src, path.name)
                path.unlink()


def is_complete(submission: Path) -> bool:
    """Tell whether a submission is there to its end; a full disk may have cut it short."""
    try:
        return all((submission / name).stat().st_size for name in LAST)
    except OSError:
        return False
