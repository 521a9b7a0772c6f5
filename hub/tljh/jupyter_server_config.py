"""Every server of The Littlest JupyterHub reads this file."""

c = get_config()  # noqa: F821

# Other accounts could listen at a kernel's port, where results are sent; a file is one's own.
c.KernelManager.transport = "ipc"
# A kernel without work and without a page that shows it gives its memory back after an hour.
c.MappingKernelManager.cull_idle_timeout = 3600
c.MappingKernelManager.cull_interval = 300
# What is deleted is deleted: the trash would fill the student's folder unseen.
c.FileContentsManager.delete_to_trash = False
