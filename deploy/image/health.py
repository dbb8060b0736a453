"""Ask what runs in this container whether it answers: exit code 0 if it does, 1 if it does not.

Which address to ask stands in `SSPLAB_HEALTH`; by default it is that of JupyterLab, on a hub too.
"""

import os
import sys
import urllib.request

SECONDS = 4


def address() -> str:
    """Return what to ask."""
    named = os.environ.get("SSPLAB_HEALTH")
    if named:
        return named
    served = os.environ.get("JUPYTERHUB_SERVICE_URL", "http://127.0.0.1:8888/")
    return f"{served.replace('0.0.0.0', '127.0.0.1').rstrip('/')}/api"


def main() -> int:
    """Ask, without any proxy; say what is wrong."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address(), timeout=SECONDS) as answer:
            answer.read()
    except OSError as error:  # no answer, too late, or a status of 400 and above
        print(f"{address()}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
