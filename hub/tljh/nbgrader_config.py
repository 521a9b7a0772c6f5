"""nbgrader on The Littlest JupyterHub: where assignments are handed out and in."""

import sys
from pathlib import Path

c = get_config()  # noqa: F821

COURSE = "handwritten-digits"
# Where the repository lies, of which the teacher's collecting needs a part.
REPOSITORY = "/opt/handwritten-digits"

c.CourseDirectory.course_id = COURSE
c.Exchange.root = "/srv/handwritten-digits/exchange"
c.Exchange.assignment_dir = str(Path.home() / "assignments")
# Other accounts could listen at a kernel's port, where results are sent; a file is one's own.
c.KernelManager.transport = "ipc"

if (Path.home() / COURSE).is_dir():
    # The teacher's account, in which the course lies.
    sys.path.append(REPOSITORY)
    from hub.exchange import OwnersCollect

    c.CourseDirectory.root = str(Path.home() / COURSE)
    # What students wrote is shown without its scripts, which would run as the teacher.
    c.HTMLExporter.sanitize_html = True
    # A submission is the work of the account that owns it, whatever it is called.
    c.ExchangeFactory.collect = OwnersCollect
    c.OwnersCollect.accounts = "jupyter-"
    c.OwnersCollect.check_owner = False
