"""Every server of the hub reads this file: teachers' and students'."""

import os

c = get_config()  # noqa: F821

if os.environ["HUB_MODE"] == "class":
    # Other accounts could listen at a kernel's port, where results are sent; a file is the
    # student's own.
    c.KernelManager.transport = "ipc"
# A kernel without work and without a page that shows it gives its memory back after an hour.
c.MappingKernelManager.cull_idle_timeout = 3600
c.MappingKernelManager.cull_interval = 300
# What is deleted is deleted: the trash would fill the student's folder unseen.
c.FileContentsManager.delete_to_trash = False
# Without it, each start looks for language servers, and runs npm for that.
c.LanguageServerManager.autodetect = False
