#!/bin/sh
# Linux: make the kit ready and open JupyterLab; the options are those of start.py.
cd "$(dirname "$0")" || exit 1
for python in "$PYTHON" python3 python; do
    if [ -n "$python" ] && command -v "$python" > /dev/null; then
        exec "$python" start.py "$@"
    fi
done
echo "There is no Python here. Install Python 3.11 or later, and start again."
exit 1
