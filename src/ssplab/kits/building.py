"""A kit's archives: one for the teams, one for the organisers, one for Codabench if it is wanted.

What a team receives is laid out in a folder of its own, the baseline is executed there, and only
what was made there is packed: what runs here runs in a team's folder.
"""

import json
import os
import runpy
import secrets
import shutil
import stat
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from filelock import FileLock
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from nbformat import NotebookNode

from ssplab.course import Card, Table, Variable, course_root, load_card, normal, tags
from ssplab.kits import codabench, editions, submission
from ssplab.kits.editions import WITH_TRUTH, Parts, cut, mark_of, sample_submission
from ssplab.kits.facts import FACTS, Kit, load_kit
from ssplab.notebooks import check_kernel, execute, in_thread
from ssplab.system import CheckFailed, SsplabError, place_together, temporary_folder

SKELETONS = Path(__file__).parent / "skeletons"
OWN = ("brief.md", "metric.py", "test_metric.py", "requirements.txt")
"""Of the kit's folder, what a team receives as it is."""
SHARED = ("problem.py", "start.py", "start.sh", "start.command", "start.bat")
"""Of what all kits share, what a team receives as it is."""
WRITTEN = ("NOTICE.md", "data.md", "pitch.md")
"""Of what all kits share, what names the kit or its data."""
READMES = ("README.md", "LISEZMOI.md")
"""Likewise; they say what the baseline scores, which is known at the end."""
BASELINE = "baseline.ipynb"
STARTING_KIT = "submissions/starting_kit/estimator.py"
ESTIMATOR = "estimator"
"""Tag of the baseline's cells that make the estimator of RAMP."""
STEPS, CHECKPOINTS = "steps", "checkpoints"
ANSWERS = ("submission.csv", "public.csv")
READY, LOCK = ".ready", ".data.lock"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""Of all that is packed: the order in which files were made could tell something."""
TEMPLATES = Environment(
    loader=FileSystemLoader(SKELETONS),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
TYPES = (
    (pd.api.types.is_bool_dtype, "boolean"),
    (pd.api.types.is_integer_dtype, "integer"),
    (pd.api.types.is_float_dtype, "float"),
    (pd.api.types.is_datetime64_any_dtype, "date"),
)
NEVER = "Never in the twin"  # as cards say of what only an own extract lacks
PART_MEANINGS = {
    "train": "the training part: learn from it",
    "public": "the public part: score yourself on it, with `public.csv`",
    "test": "the test part: answer it, in `submission.csv`; its truth stays with the organisers",
}


@dataclass
class Built:
    """What a build made."""

    label: str
    seed: int
    archives: list[Path] = field(default_factory=list)
    """The teams' first, then the organisers'."""
    trivial: dict[str, float] = field(default_factory=dict)
    baseline: dict[str, float] = field(default_factory=dict)


def build(
    slug: str, *, seed: int | None = None, out: Path | None = None, for_codabench: bool = False
) -> Built:
    """Build the archives of an edition.

    Parameters
    ----------
    slug : str
        The kit.
    seed : int, optional
        The organisers', which nobody else may know; drawn at random by default. The same seed
        makes the same edition.
    out : Path, optional
        A folder for the archives, outside the course by default: beside it, `kits`.
    for_codabench : bool
        Whether to write a bundle for Codabench too; it holds the truth.

    Raises
    ------
    SsplabError
        If there is no such kit, the seed could be found, or an archive cannot be written.
    CheckFailed
        If the baseline raises on this edition, hands in what is not in order, or does not beat the
        trivial answer by the margin that `kit.yml` states. Nothing is written then.
    """
    kit = load_kit(slug)
    _check_complete(kit)
    check_kernel()
    seed = secrets.randbits(64) | 1 << 63 if seed is None else seed
    out = (out or course_root().parent / "kits").resolve()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SsplabError(
            f"{out} cannot be a folder of archives: {error.strerror or error}. Name another --out."
        ) from error
    parts = cut(kit, seed)
    with temporary_folder(out) as folder:
        team, organiser = folder / kit.slug, folder / f"{kit.slug}-organiser"
        lay_out_truth(kit, parts, organiser)
        lay_out(kit, parts, team)
        built = Built(parts.label, seed)
        _run_baseline(kit, team)
        built.trivial, built.baseline, public = _scores(kit, team, organiser)
        shutil.copyfile(team / ANSWERS[0], organiser / "baseline.csv")
        _finish_team(kit, parts.label, public, team)
        facts = {"kit": kit.slug, "edition": parts.label, "seed": str(seed)}
        facts |= {"trivial": built.trivial, "baseline": built.baseline}
        _write_json(facts, organiser / "edition.json")
        stem = f"{kit.slug}-{parts.label}"
        made = {
            _packed(team, folder / f"{stem}.zip"): out / f"{stem}.zip",
            _packed(organiser, folder / f"{stem}-organiser.zip"): out / f"{stem}-organiser.zip",
        }
        if for_codabench:
            bundle = codabench.write(kit, team, organiser, folder / "codabench")
            made[_packed(bundle, folder / f"{stem}-codabench.zip", ".")] = (
                out / f"{stem}-codabench.zip"
            )
        try:
            place_together(made)
        except OSError as error:
            raise SsplabError(
                f"The archives could not be put into {out}: {error.strerror or error}."
            ) from error
    built.archives = list(made.values())
    return built


def make_ready(notebooks: Iterable[Path]) -> list[Path]:
    """Put the reference edition beside each of some baselines, where it is missing or stale.

    It stands in `kits/SLUG/data/`, which git ignores: there the stored notebook is executed.

    Parameters
    ----------
    notebooks : iterable of Path
        Notebooks of the course; those of no kit are passed over.

    Returns
    -------
    list of Path
        The folders `data` that were made.

    Raises
    ------
    SsplabError
        If a kit's facts or its edition break their form.
    """
    homes = {path.parent for path in notebooks if (path.parent / FACTS).is_file()}
    return [home / "data" for home in sorted(homes) if _made_ready(load_kit(home.name))]


def _made_ready(kit: Kit) -> bool:
    home, state = kit.folder / "data", mark_of(kit, Path(editions.__file__))
    with FileLock(kit.folder / LOCK):
        ready = home / READY
        if ready.is_file() and ready.read_text(encoding="utf-8") == state:
            return False
        parts = cut(kit, kit.seed)
        with temporary_folder(kit.folder) as folder:
            _write_tables(parts.tables(*WITH_TRUTH), folder / "data")
            (folder / "data" / READY).write_text(state, encoding="utf-8")
            if home.exists():
                os.replace(home, folder / "former")
            os.replace(folder / "data", home)
    return True


def lay_out(kit: Kit, parts: Parts, folder: Path) -> None:
    """Write what a team receives, as it is before the baseline has run, to a new folder."""
    folder.mkdir(parents=True)
    for name in OWN:
        shutil.copyfile(kit.folder / name, folder / name)
    for name in SHARED:
        shutil.copyfile(SKELETONS / "team" / name, folder / name)
    shutil.copyfile(submission.__file__, folder / "kit.py")
    _write_json(team_facts(kit, parts), folder / "kit.json")
    tables = parts.tables(*WITH_TRUTH)
    _write_tables(tables, folder / "data")
    answer = sample_submission(kit, parts.rows["test"])
    answer.to_csv(folder / "sample_submission.csv", index=False)
    card = load_card(kit.data)
    files = [{"name": name, "rows": len(table)} for name, table in tables.items()]
    for file in files:
        file["meaning"] = _meaning(kit, card, file["name"])
    facts = {"kit": kit, "card": card, "label": parts.label, "files": files}
    kinds = ["rows", "truth", *parts.context]
    facts["tables"] = [_described(kit, card, name, tables) for name in kinds]
    for name in WRITTEN:
        _write_from(f"team/{name}", facts, folder / name)
    brief = (kit.folder / "brief.md").read_text(encoding="utf-8")
    facts["body"] = MarkdownIt().enable("table").render(brief)
    _write_from("team/brief.html", facts, folder / "brief.html")
    nb = normal.read(kit.folder / BASELINE)
    normal.write(nb, folder / BASELINE)
    estimator = folder / STARTING_KIT
    estimator.parent.mkdir(parents=True)
    estimator.write_text(estimator_of(nb), encoding="utf-8", newline="\n")


def estimator_of(nb: NotebookNode) -> str:
    """Return the module that a baseline's cells tagged `estimator` make together."""
    cells = [cell.source for cell in nb.cells if ESTIMATOR in tags(cell)]
    title = '"""The baseline as an estimator, from the cells of baseline.ipynb."""'
    return "\n\n".join([title, *cells]) + "\n"


def team_facts(kit: Kit, parts: Parts) -> dict[str, object]:
    """Return what `kit.json` says: all that `kit.py` and `problem.py` need to know."""
    sample = sample_submission(kit, parts.rows["public"])
    truth = parts.truth["public"].sort_values(kit.submission.key, ignore_index=True)
    answer = sample.sort_values(kit.submission.key, ignore_index=True)
    metrics = runpy.run_path(str(kit.folder / "metric.py"))["metrics"](truth, answer)
    if next(iter(metrics)) != kit.metric.name:
        raise SsplabError(
            f"kits/{kit.slug}/metric.py returns {next(iter(metrics))!r} first, and kit.yml says "
            f"that {kit.metric.name!r} ranks."
        )
    texts = {
        column
        for table in parts.tables(*WITH_TRUTH).values()
        for column in table
        if pd.api.types.is_string_dtype(table[column])
    }
    return {
        "kit": kit.slug,
        "title": kit.title,
        "edition": parts.label,
        "key": kit.submission.key,
        "group": kit.group,
        "columns": {
            name: column.model_dump(exclude_none=True, exclude={"sample"})
            for name, column in kit.submission.columns.items()
        },
        "metric": kit.metric.model_dump(),
        "metrics": list(metrics),
        "texts": sorted(texts),
    }


def _check_complete(kit: Kit) -> None:
    needed = (*OWN, BASELINE, "organiser/edition.py")
    if missing := [name for name in needed if not (kit.folder / name).is_file()]:
        raise SsplabError(
            f"kits/{kit.slug} has no {' and no '.join(missing)}: `ssplab new kit` writes what a "
            "kit consists of."
        )


def lay_out_truth(kit: Kit, parts: Parts, folder: Path) -> None:
    """Write what scores the test part to a new folder, which works as a kit's: `kit.py score`."""
    folder.mkdir()
    # The public part is not there: who hands in its truth has answered nothing.
    tables = {**parts.context, "test": parts.rows["test"], "test_truth": parts.truth["test"]}
    _write_tables(tables, folder / "data")
    _write_json(team_facts(kit, parts), folder / "kit.json")
    shutil.copyfile(kit.folder / "metric.py", folder / "metric.py")
    shutil.copyfile(submission.__file__, folder / "kit.py")
    facts = {"kit": kit, "label": parts.label}
    _write_from("organiser/README.md", facts, folder / "README.md")


def _run_baseline(kit: Kit, team: Path) -> None:
    nb = normal.read(team / BASELINE)
    problem = in_thread(execute(nb, team))
    if problem:
        raise CheckFailed(f"kits/{kit.slug}/{BASELINE}, {problem}")
    normal.write(normal.normal_form(nb), team / BASELINE)
    if missing := [name for name in ANSWERS if not (team / name).is_file()]:
        raise CheckFailed(f"kits/{kit.slug}/{BASELINE} writes no {' and no '.join(missing)}.")
    if not list(team.glob(f"{STEPS}/*.parquet")):
        raise CheckFailed(f"kits/{kit.slug}/{BASELINE} saves no step in {STEPS}/.")


def _scores(kit: Kit, team: Path, organiser: Path) -> list[dict[str, float]]:
    """Return metrics: of the trivial answer and of the baseline on the test part, of the baseline
    on the public one.
    """
    try:
        _, trivial = submission.score(team / "sample_submission.csv", organiser)
        part, baseline = submission.score(team / "submission.csv", organiser)
        public, on_public = submission.score(team / "public.csv", team)
    except submission.Refused as refusal:
        raise CheckFailed(f"kits/{kit.slug}/{BASELINE}: {refusal}") from refusal
    if (part, public) != ("test", "public"):
        raise CheckFailed(f"kits/{kit.slug}/{BASELINE} answers other parts than its files say.")
    name = kit.metric.name
    if baseline[name] - trivial[name] < kit.margin:
        raise CheckFailed(
            f"On this edition the baseline scores {baseline[name]:.{kit.metric.decimals}f} and "
            f"the trivial answer {trivial[name]:.{kit.metric.decimals}f}: less than the margin of "
            f"{kit.margin:g} that kits/{kit.slug}/kit.yml states."
        )
    return [trivial, baseline, on_public]


def _finish_team(kit: Kit, label: str, public: dict[str, float], team: Path) -> None:
    """Keep the steps as checkpoints, remove what a team is to make itself, say what it will see."""
    os.replace(team / STEPS, team / CHECKPOINTS)
    for name in ANSWERS:
        (team / name).unlink()
    for path in [*team.rglob("__pycache__"), *team.rglob(".ipynb_checkpoints")]:
        shutil.rmtree(path)
    reached = f"{public[kit.metric.name]:.{kit.metric.decimals}f}"
    for name in READMES:
        _write_from(f"team/{name}", {"kit": kit, "label": label, "reached": reached}, team / name)


def _write_tables(tables: dict[str, pd.DataFrame], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)


def _write_from(skeleton: str, facts: dict[str, object], path: Path) -> None:
    text = TEMPLATES.get_template(skeleton).render(facts)
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_json(content: object, path: Path) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1)
    path.write_text(f"{text}\n", encoding="utf-8", newline="\n")


def _packed(folder: Path, path: Path, top: str | None = None) -> Path:
    """Pack a folder; nothing but names and contents depends on when and where it was made."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        base = folder if top == "." else folder.parent
        files = {one.relative_to(base).as_posix(): one for one in folder.rglob("*")}
        for name, file in sorted(files.items()):
            if file.is_dir():
                continue
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            mode = 0o755 if file.suffix in (".sh", ".command") else 0o644
            entry.external_attr = (stat.S_IFREG | mode) << 16
            archive.writestr(entry, file.read_bytes())
    return path


def _meaning(kit: Kit, card: Card, name: str) -> str:
    part, _, is_truth = name.partition("_")
    if part in PART_MEANINGS:
        return f"the truth of the {part} part" if is_truth else PART_MEANINGS[part]
    return kit.other_context.get(name) or card.tables[name].title


def _described(
    kit: Kit, card: Card, name: str, tables: dict[str, pd.DataFrame]
) -> dict[str, object]:
    """Return what `data.md` says of a kind of table: of the rows, of the truth, of a context."""
    shown = {"rows": "train", "truth": "train_truth"}.get(name, name)
    table = card.tables.get(kit.main_table if name in ("rows", "truth") else name)
    said = {**kit.columns, **(kit.truth if name == "truth" else {})}
    columns = [_column(tables[shown][one], table, said) for one in tables[shown]]
    if unsaid := [one["name"] for one in columns if not one["meaning"]]:
        raise SsplabError(f"kits/{kit.slug}/kit.yml does not say what {unsaid} of {name} mean.")
    if name == "rows":
        title = f"{table.title}: what you answer for"
        files = "`data/train.parquet`, `data/public.parquet` and `data/test.parquet`."
    elif name == "truth":
        title = "The truth"
        files = "`data/train_truth.parquet` and `data/public_truth.parquet`."
    else:
        title = table.title if table else name.capitalize()
        files = f"`data/{name}.parquet`. {kit.other_context.get(name, '')}".strip()
    return {"title": title, "files": files, "columns": columns}


def _column(values: pd.Series, table: Table | None, said: dict[str, str]) -> dict[str, str]:
    name = str(values.name)
    variable = table.variables.get(name) if table else None
    if variable is None or name in said:
        kind = next((word for test, word in TYPES if test(values)), "string")
        told = {"name": name, "type": kind, "meaning": said.get(name, "")}
        return told | {"codes": "", "missing": ""}
    codes = ", ".join(f"`{code}` {label}" for code, label in (variable.codes or {}).items())
    unit = f" ({variable.unit})" if variable.unit not in (None, "1") else ""
    return {
        "name": name,
        "type": variable.type,
        "meaning": f"{variable.meaning}{unit}",
        "codes": codes,
        "missing": _why_missing(variable),
    }


def _why_missing(variable: Variable) -> str:
    """Return why a value may be missing here, not in an extract of somebody's own."""
    why, _, _of_extracts = (variable.missing or "").partition(";")
    return "" if why == NEVER else why
