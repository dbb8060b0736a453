"""How many submissions a second the board of a hackathon accepts.

By hand: `python benchmarks/board.py` prints, `--store` also writes `benchmarks/board.json` with the
machine named; `--postgresql URL` names an empty database of a PostgreSQL to be tried as well.

The edition is one of the kit employer-detection, its test part cut to 2,000 rows. Each submission
answers them all and is another file. It is checked, scored on both halves, written down for good
and answered; teams hand in over connections that stay open, from this process, on the same cores.
The same is done while browsers look on: each asks every five seconds whether the standing has
changed, as the page does, and then for the picture too.
The rival is what a script does that calls the kit's own `score` for each file, one after the other,
and keeps nothing; the two are measured in turn, and the ratio is the median over the rounds.
"""

import argparse
import http.client
import json
import multiprocessing
import secrets
import statistics
import tempfile
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from machine import tell

from ssplab.board import Store, create, serve
from ssplab.kits import cut, lay_out_truth, load_kit, sample_submission, score, unpacked

STORED = Path(__file__).with_suffix(".json")
KIT, SEED = "employer-detection", 4_815_162_342_000
ROWS = 2_000
TEAMS = 50
CONNECTIONS = 8
ONLOOKERS, EVERY = 100, 5
PACKAGES = ("starlette", "uvicorn", "sqlalchemy", "psycopg", "pandas")


def archive_of(folder: Path) -> tuple[Path, list[bytes]]:
    """Write the organisers' archive, and return it with answers, of which no two are the same."""
    kit = load_kit(KIT)
    parts = cut(kit, SEED)
    parts.rows["test"], parts.truth["test"] = (
        table["test"].head(ROWS) for table in (parts.rows, parts.truth)
    )
    home = folder / f"{KIT}-organiser"
    lay_out_truth(kit, parts, home)
    trivial = sample_submission(kit, parts.rows["test"])
    trivial.to_csv(home / "baseline.csv", index=False)
    edition = {"seed": str(SEED)}
    (home / "edition.json").write_text(json.dumps(edition), encoding="utf-8")
    path = folder / "organiser.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(home.rglob("*")):
            archive.write(file, file.relative_to(folder))
    truth = parts.truth["test"].sort_values(kit.submission.key)
    wrong = truth["siret"].sample(frac=1, random_state=0).to_numpy()
    rng = np.random.default_rng(0)
    files = []
    for _ in range(200):
        given = truth[[kit.submission.key]].assign(
            siret=np.where(rng.random(ROWS) < 0.6, truth["siret"], wrong),
            decision=rng.choice(["establishment", "clerk"], ROWS),
        )
        files.append(given.to_csv(index=False).encode())
    return path, files


def serve_board(url: str, pipe) -> None:
    """Serve a board until this process is ended; tell its address."""
    with Store(url) as store:
        serve(store, host="127.0.0.1", port=0, opened=pipe.send)


def hand_in(port: int, work: list[tuple[str, bytes]]) -> None:
    """Hand in files over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    for token, content in work:
        mark = secrets.token_hex(8)
        head = 'Content-Disposition: form-data; name="file"; filename="submission.csv"'
        body = f"--{mark}\r\n{head}\r\n\r\n".encode() + content + f"\r\n--{mark}--\r\n".encode()
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": f"multipart/form-data; boundary={mark}",
        }
        connection.request("POST", "/submissions", body, headers)
        answer = connection.getresponse()
        told = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"{answer.status}: {told.decode()}")
    connection.close()


def look(port: int, number: int) -> None:
    """Do what a browser does that shows the board, for ever."""
    time.sleep(EVERY * number / ONLOOKERS)  # they were not opened all at once
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    seen = ""
    while True:
        connection.request("GET", "/standing", headers={"If-None-Match": seen})
        answer = connection.getresponse()
        answer.read()
        if answer.status == 200:
            seen = answer.headers["ETag"]
            connection.request("GET", f"/history.svg?{seen[1:-1]}")
            connection.getresponse().read()
        time.sleep(EVERY)


def look_on(port: int) -> None:
    """Show the board in many browsers, until this process is ended."""
    with ThreadPoolExecutor(ONLOOKERS) as pool:
        for done in [pool.submit(look, port, number) for number in range(ONLOOKERS)]:
            done.result()


def of_board(
    url: str, archive: Path, files: list[bytes], rounds: int
) -> tuple[list[float], list[float]]:
    """Return submissions a second in each round, alone and while browsers look on."""
    now = datetime.now(UTC)
    agreed = {"closes_at": "2200-01-01T00:00", "quota": 100_000, "zone": "Europe/Paris"}
    create(archive, url, **agreed, now=now)
    with Store(url) as store:
        tokens = list(store.add_teams([f"Team {number}" for number in range(TEAMS)], now).values())
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=serve_board, args=(url, there))
    process.start()
    try:
        port = int(here.recv().rpartition(":")[2])
        onlookers = spawn.Process(target=look_on, args=(port,))
        rates = []
        for number in range(2 * rounds + 1):  # the first one warms up
            if number == rounds + 1:
                onlookers.start()
            token = tokens[number]
            work = [(token, content) for content in files]
            shares = [work[start::CONNECTIONS] for start in range(CONNECTIONS)]
            begun = time.perf_counter()
            with ThreadPoolExecutor(CONNECTIONS) as pool:
                list(pool.map(lambda share: hand_in(port, share), shares))
            rates.append(len(files) / (time.perf_counter() - begun))
        assert onlookers.is_alive(), "the browsers that look on have failed"
        onlookers.kill()
        onlookers.join()
    finally:
        process.kill()
        process.join()
    with Store(url) as store:
        assert len(store.entries()) == len(files) * (2 * rounds + 1)
    return rates[1 : rounds + 1], rates[rounds + 1 :]


def of_script(archive: Path, files: list[bytes], rounds: int) -> list[float]:
    """Return files a second that `kits.score` alone scores, in each round."""
    rates = []
    with unpacked(archive) as folder:
        path = folder / "submission.csv"
        for _ in range(rounds):
            some = files[:20]
            begun = time.perf_counter()
            for content in some:
                path.write_bytes(content)
                score(path, folder)
            rates.append(len(some) / (time.perf_counter() - begun))
    return rates


def measure(rounds: int, files_a_round: int, postgresql: str | None) -> dict[str, object]:
    """Return what was measured, and on what."""
    found: dict[str, object] = {
        "kit": KIT,
        "rows": ROWS,
        "files a round": files_a_round,
        "rounds": rounds,
        "connections": CONNECTIONS,
        "browsers that look on": ONLOOKERS,
    }
    with tempfile.TemporaryDirectory() as place:
        archive, files = archive_of(Path(place))
        files = files[:files_a_round]
        script = of_script(archive, files, rounds)
        found["script: submissions/s"] = round(statistics.median(script), 1)
        urls = {"SQLite": f"sqlite:///{place}/board.db"}
        if postgresql:
            urls["PostgreSQL"] = postgresql
        for name, url in urls.items():
            rates, watched = of_board(url, archive, files, rounds)
            ratios = [one / two for one, two in zip(rates, script, strict=True)]
            found[name] = {
                "submissions/s": round(statistics.median(rates), 1),
                "lowest": round(min(rates), 1),
                "highest": round(max(rates), 1),
                "times the script": round(statistics.median(ratios), 2),
                "submissions/s while browsers look on": round(statistics.median(watched), 1),
            }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=200, help="of a round, at most 200")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--postgresql", metavar="URL", help="an empty database, tried as well")
    parser.add_argument("--store", action="store_true", help=f"write {STORED.name}")
    asked = parser.parse_args()
    found = measure(asked.rounds, asked.files, asked.postgresql)
    tell(found, PACKAGES, STORED if asked.store else None)


if __name__ == "__main__":
    main()
