"""How the hub runs: JupyterHub reads this file. `make hub` starts it.

What a lecturer decides for a class stands in class.toml; here stands what follows from it, and
what is the same for every class. Everything can be changed: the names are JupyterHub's own, and
its documentation explains each.
"""

import signal
import sys

from hub import setup
from hub.sign_up import ClassAuthenticator

c = get_config()  # noqa: F821

hub = setup.read()  # class.toml and the class list, the folders, the codes
asked, state = hub.asked, hub.state

# --- Where it is reached -----------------------------------------------------------------------

# The proxy is the one door: students' browsers talk to it, and it passes on to the hub and to
# each student's server. Those listen on this machine only.
c.JupyterHub.ip = asked.address
c.JupyterHub.port = asked.port
c.JupyterHub.ssl_cert = asked.certificate
c.JupyterHub.ssl_key = asked.key
c.JupyterHub.hub_ip = "127.0.0.1"
c.JupyterHub.hub_port = asked.port + 81
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{asked.port + 1}"
c.ConfigurableHTTPProxy.command = [str(setup.NODE), str(setup.PROXY)]
# The hub and its proxy know each other by a secret that nobody else can read.
c.ConfigurableHTTPProxy.auth_token = hub.proxy_token
c.ConfigurableHTTPProxy.pid_file = str(state.private / "proxy.pid")

# --- What it remembers -------------------------------------------------------------------------

# Who has an account and which servers run, so that it goes on where it was.
c.JupyterHub.db_url = f"sqlite:///{state.private}/hub.sqlite"
# Signs the cookies of those who are logged in.
c.JupyterHub.cookie_secret_file = str(state.private / "cookie_secret")
# When the hub ends, it ends all servers; but those go on when it is told to start anew, which
# setup.go_on_without answers.
c.JupyterHub.cleanup_servers = True
signal.signal(signal.SIGUSR2, setup.go_on_without)

# --- Who may enter -----------------------------------------------------------------------------

# Everybody chooses a password when signing up; hub/sign_up.py says who needs no approval. For the
# accounts of your institution put another line here and install what it names, such as
#   c.JupyterHub.authenticator_class = "pam"      accounts of this machine, comes with JupyterHub
#   c.JupyterHub.authenticator_class = "generic-oauth"             package oauthenticator
#   c.JupyterHub.authenticator_class = "ltiauthenticator.LTI13Authenticator"
# and say with c.Authenticator.allowed_users or allow_all which of those accounts may enter.
c.JupyterHub.authenticator_class = ClassAuthenticator
c.ClassAuthenticator.class_code = hub.class_code
c.ClassAuthenticator.teacher_code = hub.teacher_code
# Teachers approve sign-ups, and start, stop and open everybody's server.
c.Authenticator.admin_users = set(asked.teachers)
# The class list. Nobody else gets in without approval, whether known from an older class or not.
c.Authenticator.allowed_users = hub.names | set(asked.teachers)
c.Authenticator.allow_existing_users = False
c.Authenticator.username_pattern = setup.NAME
# No weak passwords, and five minutes of rest after five wrong ones.
c.NativeAuthenticator.minimum_password_length = 10
c.NativeAuthenticator.check_common_password = True
c.NativeAuthenticator.allowed_failed_logins = 5
c.NativeAuthenticator.seconds_before_next_try = 300
c.JupyterHub.template_paths = [str(setup.HERE / "templates")]
c.JupyterHub.template_vars = hub.announcement

# --- A student's server ------------------------------------------------------------------------

# Which account it runs in, and how its limits are kept: hub/setup.py chooses.
c.JupyterHub.spawner_class = hub.spawner
# It begins by laying the student's copies of the chapters (hub/server.py).
c.Spawner.cmd = [sys.executable, "-P", "-m", "hub.server"]
c.Spawner.pre_spawn_hook = hub.before_start
c.Spawner.environment = hub.environment
c.Spawner.env_keep = ["PATH", "LANG", "LC_ALL"]
c.Spawner.default_url = "/lab/tree/chapters/start_here.ipynb"
# Limits for each student.
c.Spawner.mem_limit = int(asked.memory * 2**30)
c.Spawner.cpu_limit = asked.processors
# A slow machine may take its time when a whole class arrives at once.
c.JupyterHub.concurrent_spawn_limit = asked.starts_at_once
c.JupyterHub.active_server_limit = asked.most_servers
c.Spawner.start_timeout = 180
c.Spawner.http_timeout = 180
c.JupyterHub.shutdown_on_logout = asked.stop_on_logout

c.AccountSpawner.accounts = asked.accounts
c.AccountSpawner.groups = hub.groups
c.TrialSpawner.home_dir_template = f"{state.homes(asked)}/{{username}}"
c.SystemdSpawner.username_template = f"{asked.accounts}{{USERNAME}}"
c.SystemdSpawner.unit_name_template = f"{asked.accounts}{{USERNAME}}-server"
# Nobody sees what others keep in /tmp; no student becomes root; no fork bombs.
c.SystemdSpawner.isolate_tmp = True
c.SystemdSpawner.disable_user_sudo = True
c.SystemdSpawner.unit_extra_properties = {"TasksMax": str(setup.MOST_TASKS), "UMask": "0077"}

# --- Servers that nobody uses ------------------------------------------------------------------

if asked.idle_minutes:
    seconds = 60 * asked.idle_minutes
    c.JupyterHub.load_roles = [
        {
            "name": "culler",
            "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
            "services": ["culler"],
        }
    ]
    c.JupyterHub.services = [
        {
            "name": "culler",
            "command": [
                sys.executable,
                "-m",
                "jupyterhub_idle_culler",
                f"--timeout={seconds}",
                f"--cull-every={min(seconds, 300)}",
            ],
        }
    ]
