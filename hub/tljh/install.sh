#!/bin/sh
# Put the course into The Littlest JupyterHub, as root, from the repository's top folder, which
# must lie where all accounts can read it, such as /opt/handwritten-digits. Run it again after a
# change of the course: what students wrote stays.
set -eu

USER_ENV=${USER_ENV:-/opt/tljh/user}
STATE=${STATE:-/srv/handwritten-digits}
SKELETON=${SKELETON:-/etc/skel}
PYTHON=$USER_ENV/bin/python

# The same pins as everywhere, into the environment that all students share and none can write.
# JupyterHub itself stays as The Littlest JupyterHub has it: it must fit the hub's.
"$PYTHON" -m pip install --requirement requirements-course.lock --constraint requirements.lock nbgrader
"$PYTHON" -m pip install --no-deps --no-build-isolation --editable .

# Solutions, tests and this history are not for students.
chmod o-rwx solutions tests .git 2>/dev/null || true

# Copies of the chapters for each new account. Accounts that are older have theirs.
"$PYTHON" -m tools.student --into "$STATE/chapters"
mkdir -p "$SKELETON/chapters"
cp -r "$STATE/chapters/." "$SKELETON/chapters"

# Everybody may begin something here, and nobody may remove what is another's.
install -d -m 1777 "$STATE/exchange"

# Where assignments are handed out and in, for everybody's server.
mkdir -p "$USER_ENV/etc/jupyter"
cp hub/tljh/nbgrader_config.py "$USER_ENV/etc/jupyter/nbgrader_config.py"
cp hub/tljh/jupyter_server_config.py "$USER_ENV/etc/jupyter/jupyter_server_config.py"

echo "Now make the course of the teacher's account, who has logged in once:"
echo "  $PYTHON -m tools.assignments --into $STATE/course --seed NUMBER"
echo "  chown -R jupyter-teacher: $STATE/course && chmod 700 $STATE/course"
echo "  mv $STATE/course /home/jupyter-teacher/handwritten-digits"
