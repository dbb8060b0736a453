"""A small edition, its organisers' archive, answers to it, and a board in its own process."""

import contextlib
import csv
import hashlib
import hmac
import io
import json
import os
import sys
import threading
import zipfile
from datetime import UTC, datetime

import httpx
import numpy as np
import pandas as pd
import uvicorn
from processes import started, wait_until

from ssplab.board import board_app
from ssplab.kits import unpacked
from ssplab.system import sockets

ROWS, GROUPS, SEED = 40, 10, "1234567890123456789"
FACTS = {
    "kit": "toy-kit",
    "title": "Toy kit",
    "edition": "abc123",
    "key": "form",
    "group": "firm",
    "columns": {
        "answer": {"type": "string", "missing": True, "values": ["yes", "no"], "meaning": "…"},
        "p": {"type": "number", "missing": False, "minimum": 0, "maximum": 1, "meaning": "…"},
    },
    "metric": {"name": "percent right", "meaning": "…", "decimals": 1},
    "metrics": ["percent right", "percent answered"],
    "texts": ["form", "firm", "answer"],
}
METRIC = """\
import time

def metrics(truth, submission):
    assert list(truth["form"]) == list(submission["form"])
    if (submission["p"] == 0.125).all():
        time.sleep(120)
    if (submission["p"] == 0.25).all():
        return {"percent right": float("nan"), "percent answered": float("inf")}
    right = truth["answer"].to_numpy() == submission["answer"].fillna("").to_numpy()
    return {
        "percent right": 100 * right.mean(),
        "percent answered": 100 * submission["answer"].notna().mean(),
    }
"""
FORMS = [f"R{number}" for number in range(100, 100 + ROWS)]
FIRMS = [f"F{number % GROUPS}" for number in range(ROWS)]
TRUTH = ["yes" if number % 3 else "no" for number in range(ROWS)]
TIME = datetime(2026, 3, 19, 10, tzinfo=UTC)
"""Eleven o'clock in Paris."""
AGREED = {
    "closes_at": "2026-03-19T18:00",
    "freezes_at": "2026-03-19T17:00",
    "quota": 3,
    "zone": "Europe/Paris",
    "now": TIME,
}
"""What the sample board is made with."""


BASELINE = "form,answer,p\n" + "".join(f"{form},yes,0.5\n" for form in FORMS)


def organiser_archive(folder, **changed):
    """Write the organisers' archive to a folder, and return its path."""
    tables = {
        "test": pd.DataFrame({"form": FORMS, "firm": FIRMS}),
        "test_truth": pd.DataFrame({"form": FORMS, "answer": TRUTH}).sample(frac=1, random_state=1),
    }
    edition = {"kit": "toy-kit", "edition": "abc123", "seed": SEED}
    path = folder / "toy-kit-abc123-organiser.zip"
    with zipfile.ZipFile(path, "w") as archive:
        home = "toy-kit-organiser"
        archive.writestr(f"{home}/kit.json", json.dumps(FACTS | changed))
        archive.writestr(f"{home}/edition.json", json.dumps(edition))
        archive.writestr(f"{home}/metric.py", METRIC)
        archive.writestr(f"{home}/baseline.csv", BASELINE)
        for name, table in tables.items():
            made = io.BytesIO()
            table.to_parquet(made, index=False)
            archive.writestr(f"{home}/data/{name}.parquet", made.getvalue())
    return path


def answers(number, right=0.7):
    """Return answers as a file's content: another one for each number."""
    rng = np.random.default_rng(number)
    given = [one if rng.random() < right else {"yes": "no", "no": "yes"}[one] for one in TRUTH]
    lines = [f"{form},{one},{rng.random():.6f}" for form, one in zip(FORMS, given, strict=True)]
    return "\n".join(["form,answer,p", *lines, ""]).encode()


def halves_of(content):
    """Return the score of answers on the public and on the private half, computed anew."""
    order = sorted(
        range(GROUPS),
        key=lambda group: hmac.new(SEED.encode(), b"F%d" % group, hashlib.sha256).digest(),
    )
    public = {f"F{group}" for group in order[: GROUPS // 2]}
    given = {row["form"]: row["answer"] for row in csv.DictReader(io.StringIO(content.decode()))}
    right = {True: [], False: []}
    for form, firm, truth in zip(FORMS, FIRMS, TRUTH, strict=True):
        right[firm in public].append(given[form] == truth)
    return tuple(100 * sum(right[half]) / len(right[half]) for half in (True, False))


def upload(content, name="submission.csv"):
    """Return a form with a file as httpx sends it."""
    return {"file": (name, content, "text/csv")}


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


class Clock:
    """Tells the time that a test sets."""

    def __init__(self):
        self.now = TIME

    def __call__(self):
        return self.now


@contextlib.contextmanager
def opened(store, tmp_path, **options):
    """Serve the board's application in a thread, and give a client of it."""
    archive = tmp_path / "served.zip"
    archive.write_bytes(store.archive())
    with unpacked(archive) as folder, sockets.listen("127.0.0.1", 0) as listening:
        config = uvicorn.Config(board_app(store, folder, **options), log_level="critical")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        try:
            wait_until(lambda: server.started)
            with httpx.Client(base_url=sockets.address_of(listening), timeout=120) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join(60)


@contextlib.contextmanager
def board_process(url, port):
    """Serve the board of a database in a process of its own; give that process."""
    command = [sys.executable, "-m", "ssplab", "board", "serve", "--port", str(port)]
    with started([*command, "--database", url], env=os.environ | {"PYTHONWARNINGS": "default"}) as (
        process
    ):
        wait_until(lambda: is_up(port), process)
        yield process


def is_up(port):
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", timeout=10).status_code == 200
    except httpx.TransportError:
        return False
