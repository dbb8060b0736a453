"""Every kit as its users have it: unpacked in an empty folder, without the internet or the course.

Each kit is built once, on the seed of another edition than the one whose outputs are stored; the
build executes the baseline there.
"""

import ast
import datetime
import json
import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import version

import numpy as np
import pandas as pd
import pytest
import yaml
from packaging.requirements import Requirement
from processes import LIMIT

from ssplab.course import normal, tags
from ssplab.kits import SEEDS, build, cut, kits, load_kit, read_record, state, submission
from ssplab.kits.building import ESTIMATOR
from ssplab.kits.editions import PARTS, WITH_TRUTH

SEED = 8_472_950_183_340_571_629  # of an edition that is built nowhere else
ONE_PAGE = 540  # words of a brief, tables included
FAR = 0.2  # of the way from the trivial answer to the truth, what the course's solution leaves
INTERNET_CUT = """
import socket

real = socket.socket.connect


def connect(self, address):
    if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise OSError(f"the network is cut: {address}")
    return real(self, address)


socket.socket.connect = connect
"""
each_kit = pytest.mark.parametrize("slug", kits())


@pytest.fixture
def built(slug, made_once):
    """The folder of a kit's archives."""
    return made_once(
        f"kit-{slug}", lambda folder: build(slug, seed=SEED, out=folder, for_codabench=True)
    )


@pytest.fixture
def archive(built):
    def archive(kind=""):
        [path] = [
            path
            for path in built.glob("*.zip")
            if re.fullmatch(rf".+-[0-9a-f]{{6}}{kind}\.zip", path.name)
        ]
        return path

    return archive


@pytest.fixture
def unpacked(archive, tmp_path):
    """Unpack an archive in a folder of its own; return the folder in which the files are."""

    def unpacked(kind=""):
        place = tmp_path / f"unpacked{kind}"
        if not place.exists():
            with zipfile.ZipFile(archive(kind)) as opened:
                opened.extractall(place)
        folders = [path for path in place.iterdir() if path.is_dir()]
        return folders[0] if len(folders) == 1 else place

    return unpacked


@pytest.fixture
def alone(tmp_path):
    """The environment of a team: the network is cut, and the course cannot be imported."""
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    text = f'import sys\n\nsys.modules["ssplab"] = None\n{INTERNET_CUT}'
    (hidden / "sitecustomize.py").write_text(text, encoding="utf-8")
    left_out = ("SSPLAB", "PYTEST", "PYTHONPATH")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(left_out)}
    return kept | {"PYTHONPATH": str(hidden), "PYTHON": sys.executable}


def run(folder, environment, *command):
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=LIMIT,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_environment_of_a_team_has_neither_the_network_nor_the_course(alone, tmp_path):
    program = (
        "import socket\n"
        "for attempt in ('socket.create_connection((\"192.0.2.1\", 80), 5)', 'import ssplab'):\n"
        "    try:\n"
        "        exec(attempt)\n"
        "    except (OSError, ImportError) as error:\n"
        "        print(error)\n"
    )
    told = run(tmp_path, alone, sys.executable, "-c", program)
    assert "the network is cut" in told and "ssplab" in told


# --- what an archive holds


@pytest.mark.slow
@each_kit
def test_the_archive_holds_all_that_a_team_needs_and_no_truth_of_the_test_part(
    slug, archive, unpacked
):
    kit, folder = load_kit(slug), unpacked()
    held = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert held >= {
        *("README.md", "LISEZMOI.md", "brief.md", "brief.html", "NOTICE.md", "data.md", "pitch.md"),
        *("baseline.ipynb", "metric.py", "test_metric.py", "kit.py", "kit.json", "problem.py"),
        *("requirements.txt", "start.py", "start.sh", "start.command", "start.bat"),
        *("sample_submission.csv", "submissions/starting_kit/estimator.py"),
        *("data/train.parquet", "data/train_truth.parquet", "data/test.parquet"),
        *("data/public.parquet", "data/public_truth.parquet"),
    }
    assert len([path for path in held if path.startswith("checkpoints/")]) >= 3
    assert not [path for path in held if "organiser" in path or "test_truth" in path]
    assert (folder / "metric.py").read_bytes() == (kit.folder / "metric.py").read_bytes()
    assert os.path.getsize(archive()) < 8_000_000
    secret = set(kit.truth) - {kit.submission.key}
    for path in sorted((folder / "data").iterdir()):
        shown = secret & set(pd.read_parquet(path)) if path.stem in PARTS else ()
        assert not shown, path.name


@pytest.mark.slow
@each_kit
def test_nothing_in_the_archive_tells_the_seed_or_the_order_of_things(slug, archive):
    with zipfile.ZipFile(archive()) as opened:
        entries = opened.infolist()
        assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
        assert [entry.filename for entry in entries] == sorted(one.filename for one in entries)
        content = b"\n".join(opened.read(entry) for entry in entries)
    for told in (str(SEED), f"{SEED:x}", str(load_kit(slug).seed)):
        assert told.encode() not in content
    assert SEED not in (load_kit(slug).seed, *SEEDS)


@pytest.mark.slow
@each_kit
def test_the_truth_follows_neither_identifiers_nor_rows_nor_their_neighbours(slug, unpacked):
    """Each column of the truth, as codes, against the order in which a team sees the rows."""
    key = load_kit(slug).submission.key
    for part in PARTS:
        rows = pd.read_parquet(unpacked() / "data" / f"{part}.parquet")
        home = unpacked("-organiser" if part == "test" else "")
        truth = pd.read_parquet(home / "data" / f"{part}_truth.parquet")
        assert rows[key].tolist() == truth[key].tolist() == sorted(rows[key])
        for name in set(truth) - {key}:
            values = truth[name].astype(str)
            common = (values == values.mode().iloc[0]).to_numpy(dtype=float)
            assert common.std() > 0, "a column of the truth that says nothing"
            place = np.arange(len(common)) / len(common)
            # Under a random order both are about normal with variance 1 / n.
            limit = 5 / np.sqrt(len(common))
            assert abs(np.corrcoef(place, common)[0, 1]) < limit, (part, name)
            assert abs(np.corrcoef(common[1:], common[:-1])[0, 1]) < limit, (part, name)


@pytest.mark.slow
@each_kit
def test_the_same_seed_makes_the_same_edition(slug, unpacked):
    again = cut(load_kit(slug), SEED)
    assert json.loads((unpacked() / "kit.json").read_text("utf-8"))["edition"] == again.label
    for name, table in again.tables(*WITH_TRUTH).items():
        pd.testing.assert_frame_equal(
            pd.read_parquet(unpacked() / "data" / f"{name}.parquet"), table, check_dtype=False
        )


@each_kit
def test_what_a_team_receives_imports_nothing_of_the_course(slug):
    folder = load_kit(slug).folder
    nb = normal.read(folder / "baseline.ipynb")
    cells = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "code")
    sources = [(folder / "metric.py").read_text("utf-8"), cells]
    sources.append((folder / "test_metric.py").read_text("utf-8"))
    for source in sources:
        assert "ssplab" not in source
    assert any(ESTIMATOR in tags(cell) for cell in nb.cells)


@each_kit
def test_the_packages_that_a_kit_asks_for_are_those_it_is_tested_with(slug):
    folder = load_kit(slug).folder
    wanted = [
        Requirement(line)
        for line in (folder / "requirements.txt").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    for requirement in wanted:
        assert requirement.specifier.contains(version(requirement.name)), requirement
    names = {requirement.name.replace("scikit-learn", "sklearn") for requirement in wanted}
    nb = normal.read(folder / "baseline.ipynb")
    cells = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "code")
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else alias.name).partition(".")[0]
        for node in ast.walk(ast.parse(cells))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported - sys.stdlib_module_names - {"metric"} <= names


# --- the brief


@each_kit
def test_the_brief_is_a_page_and_tells_what_was_measured(slug):
    kit, record = load_kit(slug), read_record(slug)
    brief = (kit.folder / "brief.md").read_text(encoding="utf-8")
    assert len(re.findall(r"[^\W_]\S*", brief)) <= ONE_PAGE
    for heading in ("The score", "The rules", "Three levels", "Calendar", "Jury"):
        assert f"\n## {heading}\n" in brief
    assert record is not None, f"run `ssplab kit measure {slug}`"
    assert record.state == state(kit), f"stale: run `ssplab kit measure {slug}`"
    told = dict(re.findall(r"^\| ([^|]+?) \| (-?[\d.]+) \|$", brief, re.MULTILINE))
    names = {"trivial": "trivial", "baseline": "baseline", "course": "the course's solution"}
    for answer, name in (names | {"truth": "the truth itself"}).items():
        assert told[name] == f"{record.median(answer):.{kit.metric.decimals}f}", name
    for answer in ("baseline", "course"):
        ends = (min(record.scores[answer]), max(record.scores[answer]))
        low, high = (f"{end:.{kit.metric.decimals}f}" for end in ends)
        assert re.search(rf"\b{re.escape(low)} (to|and) {re.escape(high)}\b", brief), answer
    assert record.least_margin() >= kit.margin
    trivial, course, truth = (record.median(one) for one in ("trivial", "course", "truth"))
    assert truth - course > FAR * (truth - trivial), "the course's solution is near the top"
    assert re.findall(r"is ([\d.]+) points\s+from the top", brief) == [f"{truth - course:.0f}"]


@pytest.mark.slow
@each_kit
def test_the_brief_prints_on_one_page(slug, unpacked, window):
    page = window.new_page()
    page.goto((unpacked() / "brief.html").as_uri())
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    page.close()


# --- a team's two minutes


@pytest.mark.slow
@each_kit
def test_a_team_starts_runs_checks_and_scores_without_network_or_course(slug, unpacked, alone):
    kit, folder = load_kit(slug), unpacked()
    told = run(folder, alone, "sh", "start.sh", "--no-lab")
    assert "The packages are there." in told and not (folder / ".venv").exists()
    python = (sys.executable, "-m")
    run(folder, alone, *python, "papermill", "--no-progress-bar", *2 * ["baseline.ipynb"])
    cell = (*python, "IPython", "--colors=NoColor", "-c")
    told = run(folder, alone, *cell, "%run kit.py check submission.csv")
    assert "submission.csv is in order" in told and "test part" in told
    told = run(folder, alone, *cell, "%run kit.py score public.csv")
    [reached] = re.findall(rf"{re.escape(kit.metric.name)} +(-?[\d.]+)", told)
    for name in ("README.md", "LISEZMOI.md"):
        assert f"**{reached}**" in (folder / name).read_text(encoding="utf-8")
    told = run(folder, alone, sys.executable, "kit.py", "check", "sample_submission.csv")
    assert "in order" in told
    told = run(folder, alone, *python, "pytest", "-q", "-p", "no:cacheprovider", "test_metric.py")
    assert " passed" in told


@pytest.mark.slow
@each_kit
def test_the_organisers_score_what_the_build_says_with_and_without_the_course(
    slug, unpacked, alone
):
    kit, team, organiser = load_kit(slug), unpacked(), unpacked("-organiser")
    facts = json.loads((organiser / "edition.json").read_text("utf-8"))
    assert (facts["kit"], facts["seed"]) == (slug, str(SEED))
    name, decimals = kit.metric.name, kit.metric.decimals
    assert facts["baseline"][name] - facts["trivial"][name] >= kit.margin
    answers = team / "sample_submission.csv"
    assert submission.score(answers, organiser) == ("test", facts["trivial"])
    told = run(organiser, alone, sys.executable, "kit.py", "score", str(answers))
    assert f"{facts['trivial'][name]:.{decimals}f}" in told


@pytest.mark.slow
@each_kit
def test_ramp_trains_and_scores_the_starting_kit(slug, unpacked, alone):
    """On a part of the rows, as `ramp-test --quick-test` does."""
    kit, folder, alone = load_kit(slug), unpacked(), alone | {"RAMP_TEST_MODE": "1"}
    program = "from rampwf.utils.cli.testing import start; start()"
    told = run(folder, alone, sys.executable, "-W", "ignore", "-c", program)
    assert kit.metric.name in told and "Mean CV scores" in told and "Bagged scores" in told


@pytest.mark.slow
@each_kit
def test_the_bundle_for_codabench_scores_as_the_organisers_do(slug, unpacked, alone, tmp_path):
    team, bundle, organiser = unpacked(), unpacked("-codabench"), unpacked("-organiser")
    said = yaml.safe_load((bundle / "competition.yaml").read_text("utf-8"))
    assert said["version"] == 2
    [task], [phase], [board] = said["tasks"], said["phases"], said["leaderboards"]
    for place in (
        *(said["image"], said["terms"], *(page["file"] for page in said["pages"])),
        *(task["scoring_program"], task["reference_data"], phase["starting_kit"]),
    ):
        assert (bundle / place).exists(), place
    begin, end = (datetime.datetime.fromisoformat(phase[one]) for one in ("start", "end"))
    assert begin < end and phase["tasks"] == [task["index"]]
    app = tmp_path / "app"  # laid out as Codabench's container is
    (app / "input").mkdir(parents=True)
    (app / "output").mkdir()
    os.replace(bundle / "scoring_program", app / "program")
    os.replace(bundle / "reference_data", app / "input" / "ref")
    (app / "input" / "res").mkdir()
    answers = team / "sample_submission.csv"
    (app / "input" / "res" / "submission.csv").write_bytes(answers.read_bytes())
    command = yaml.safe_load((app / "program" / "metadata.yaml").read_text("utf-8"))["command"]
    assert command.startswith("python3 /app/program/")
    words = [word.replace("/app", str(app)) for word in command.split()[1:]]
    run(app, alone, sys.executable, *words)
    scores = json.loads((app / "output" / "scores.json").read_text("utf-8"))
    assert set(scores) == {column["key"] for column in board["columns"]}
    facts = json.loads((organiser / "edition.json").read_text("utf-8"))
    assert list(scores.values()) == pytest.approx(list(facts["trivial"].values()))


@each_kit
def test_the_files_of_a_kit_stand_apart(slug):
    """What an organiser needs is in a folder of its own, and all else may be handed out."""
    folder = load_kit(slug).folder
    shipped = [path for path in folder.iterdir() if path.suffix in (".py", ".md", ".ipynb", ".txt")]
    assert {path.name for path in shipped} == {
        *("brief.md", "metric.py", "test_metric.py", "requirements.txt", "baseline.ipynb")
    }
    assert {"edition.py", "rivals.py"} <= {path.name for path in (folder / "organiser").iterdir()}
