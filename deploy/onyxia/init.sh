#!/bin/bash
# Brings the course into a Jupyter service that an Onyxia platform has already, with Python 3.11 to
# 3.13: no image and no chart of ours are needed, but two minutes at each start. It is what
# `init.personalInit` names, and its arguments are
#
#     REPOSITORY [CHAPTER]
#
# the address of the course's git repository, and the chapter to open, such as payroll-anomalies.
set -euo pipefail

repository=${1:?"init.sh REPOSITORY [CHAPTER]: which git repository holds the course?"}
chapter=${2:-}
course=${HOME}/python-for-official-statistics
# Onyxia keeps this folder from one start to the next, if the service has a volume.
export SSPLAB_WORK=${ROOT_PROJECT_DIRECTORY:-$HOME/work}

if [ -d "$course/.git" ]; then
  git -C "$course" pull --quiet --ff-only || echo "The course could not be brought up to date." >&2
else
  git clone --quiet --depth 1 "$repository" "$course"
fi
# Into the service's own Python, beside its JupyterLab, since JupyterLab itself uses the course.
python -m pip install --quiet --require-hashes --requirement "$course/requirements.txt"
python -m pip install --quiet --no-deps --no-build-isolation --editable "$course"

mkdir -p "$HOME/.jupyter"
configuration=$HOME/.jupyter/jupyter_server_config.py
python -m ssplab server-config ${chapter:+--open "$chapter"} > "$configuration.new"
mv "$configuration.new" "$configuration"
