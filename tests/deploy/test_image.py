"""What runs in the image: JupyterLab alone in a container, and the question whether it answers."""

import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import httpx
import pytest
from deployment import DEPLOY
from processes import free_port, started, wait_until

HEALTH = [sys.executable, str(DEPLOY / "image" / "health.py")]
TOKEN = "of-tests-only"


def health(**environment):
    """Ask as the image does; return the exit code."""
    own = {name: text for name, text in os.environ.items() if "JUPYTER" not in name}
    done = subprocess.run(HEALTH, env=own | environment, capture_output=True, timeout=60)
    return done.returncode


@pytest.mark.slow
def test_a_container_opens_on_its_chapter_for_who_has_the_token(tmp_path):
    port = free_port()
    environment = {
        **{name: text for name, text in os.environ.items() if "JUPYTER" not in name},
        "HOME": str(tmp_path),
        "SSPLAB_WORK": str(tmp_path / "work"),
        "JUPYTER_TOKEN": TOKEN,
    }
    command = [sys.executable, "-m", "ssplab", "serve-container", "--port", str(port)]
    command += ["--open", "first-table", "--ServerApp.allow_root=True", "--ServerApp.base_url=/x/"]
    with (
        started(command, env=environment, stderr=subprocess.PIPE, text=True) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}/x/", timeout=60) as client,
    ):
        wait_until(lambda: _status(client, "api") == 200, process, limit=120)
        place = "chapters/data-science/first-table.ipynb"
        with_token = {"authorization": f"token {TOKEN}"}
        assert _status(client, f"api/contents/{place}") == 403
        opened = client.get("", headers=with_token)
        assert opened.headers["location"].rstrip("?") == f"/x/lab/tree/{place}"
        client.get(f"api/contents/{place}", headers=with_token).raise_for_status()
        assert (tmp_path / "work" / place).is_file()
        assert health(SSPLAB_HEALTH=f"http://127.0.0.1:{port}/x/api") == 0
        assert health(JUPYTERHUB_SERVICE_URL=f"http://0.0.0.0:{port}/x/") == 0
    assert health(JUPYTERHUB_SERVICE_URL=f"http://0.0.0.0:{port}/x/") == 1


def _status(client, place):
    try:
        return client.get(place).status_code
    except httpx.TransportError:
        return None


@pytest.mark.parametrize(
    ("token", "opened", "told"),
    [
        ("", "first-table", "JUPYTER_TOKEN holds no token"),
        ("short", "first-table", "JUPYTER_TOKEN holds no token"),
        (TOKEN, "no-such-chapter", "no-such-chapter"),
    ],
)
def test_a_container_that_anybody_could_enter_does_not_start(token, opened, told, tmp_path):
    environment = os.environ | {"JUPYTER_TOKEN": token, "SSPLAB_WORK": str(tmp_path / "work")}
    command = [sys.executable, "-m", "ssplab", "serve-container", "--open", opened]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 2 and told in done.stderr
    assert not (tmp_path / "work").exists()


def test_what_answers_with_an_error_is_not_well():
    class Failing(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(503)

        def log_message(self, format, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Failing) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            code = health(SSPLAB_HEALTH=f"http://127.0.0.1:{server.server_port}/")
        finally:
            server.shutdown()
            thread.join(timeout=60)
    assert code == 1
