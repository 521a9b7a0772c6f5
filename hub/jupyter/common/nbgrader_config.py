"""nbgrader on the hub reads this file: where assignments are handed out and in."""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "handwritten-digits"
c.Exchange.root = os.environ["HUB_EXCHANGE"]
c.Exchange.assignment_dir = str(Path.home() / "assignments")
if os.environ["HUB_MODE"] == "class":
    if os.environ["HUB_CODE"] not in sys.path:
        sys.path.append(os.environ["HUB_CODE"])
    from hub.exchange import ClosedSubmit, OwnersCollect

    c.KernelManager.transport = "ipc"
    c.ExchangeFactory.submit = ClosedSubmit
    c.ExchangeFactory.collect = OwnersCollect
    c.OwnersCollect.accounts = os.environ["HUB_ACCOUNTS"]
    c.OwnersCollect.check_owner = False
elif os.environ["HUB_ROLE"] == "student":
    # All accounts are one: a student is who the hub says.
    c.CourseDirectory.student_id = os.environ["JUPYTERHUB_USER"]

if os.environ["HUB_ROLE"] == "teacher":
    c.CourseDirectory.root = str(Path.home() / "handwritten-digits")
    # What students wrote is shown without its scripts, which would run as the teacher.
    c.HTMLExporter.sanitize_html = True
    # While it is graded, a submission reads nothing of the teacher's, and nothing handed in.
    c.GuardedExecute.closed = [str(Path.home()), os.environ["HUB_EXCHANGE"]]
    c.GuardedExecute.closed += [os.environ["JUPYTER_RUNTIME_DIR"]]
