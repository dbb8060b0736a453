"""The command `ssplab`: verbs, no logic.

Exit codes: 0 done; 1 a check failed, the reason is printed; 2 wrong use or bad input; 130
interrupted; 128 and its number for another signal that ended the command.
"""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table
from typer.core import TyperCommand

from ssplab.system import CheckFailed, SsplabError, signals

# Rooms are imported inside the verbs, so that `ssplab --help` answers at once.

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Python for Official Statistics: work on the course, run it, build it, test it.",
    epilog="Exit codes: 0 done, 1 a check failed, 2 wrong use or bad input, 130 interrupted.",
)
data_app = typer.Typer(no_args_is_help=True, help="The data sets: what they are, and are they so.")
app.add_typer(data_app, name="data")
kit_app = typer.Typer(
    no_args_is_help=True,
    help="Hackathons: what kits there are, their archives built, what teams hand in scored.",
)
app.add_typer(kit_app, name="kit")
board_app = typer.Typer(
    no_args_is_help=True,
    help="The board of a hackathon: teams hand in predictions, everybody sees who is first.",
)
app.add_typer(board_app, name="board")
new_app = typer.Typer(
    no_args_is_help=True,
    help="For authors: the files of a new thing, registered and green, each place to fill marked.",
)
app.add_typer(new_app, name="new")

out = Console()

Notebooks = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[NOTEBOOK]...",
        help="Paths, or stems such as payroll-anomalies; all notebooks by default.",
        show_default=False,
    ),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A data set, as in `ssplab data list`.")]
Slug = Annotated[
    str, typer.Argument(metavar="SLUG", help="Lower-case words joined by hyphens, no number first.")
]
StartsFrom = Annotated[
    str, typer.Option("--data", metavar="NAME", help="The data set that its code starts from.")
]


def main() -> None:
    """Run the command line and turn the course's errors into sentences and exit codes."""
    try:
        with signals.raised(process_ends=True):
            app()
    except SsplabError as error:
        Console(stderr=True).print(f"[bold red]ssplab:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(1 if isinstance(error, CheckFailed) else 2)
    except KeyboardInterrupt:
        _end(signals.INTERRUPTED)
    except SystemExit as end:  # Typer's for Ctrl-C too
        _end(end.code)


def _end(code: object) -> NoReturn:
    if told := signals.told(code):
        Console(stderr=True).print(told)
    sys.exit(code)


@app.command()
def lab(
    port: Annotated[int, typer.Option(help="Port of the server.")] = 8888,
    browser: Annotated[bool, typer.Option(help="Open a browser window.")] = True,
) -> None:
    """Open JupyterLab on the course's start page."""
    from ssplab.learner import start

    raise typer.Exit(start(port=port, browser=browser))


@app.command(hidden=True)
def serve_lab(
    port: Annotated[int, typer.Option(help="Port of the server.")],
    browser: Annotated[bool, typer.Option(help="Open a browser window.")],
) -> None:
    """Serve JupyterLab until standard input closes: the child of `ssplab lab`."""
    from ssplab.learner import serve

    serve(port, browser=browser)


@app.command(
    hidden=True, context_settings={"allow_extra_args": True, "ignore_unknown_options": True}
)
def serve_hub(context: typer.Context) -> None:
    """Serve JupyterLab to a trainee of a JupyterHub, whose spawner starts this."""
    from ssplab.learner import serve_on_hub

    serve_on_hub(context.args)


@app.command(
    hidden=True, context_settings={"allow_extra_args": True, "ignore_unknown_options": True}
)
def serve_container(
    context: typer.Context,
    opened: Annotated[
        str | None, typer.Option("--open", metavar="NAME", help="The chapter to begin with.")
    ] = None,
    port: Annotated[int, typer.Option(help="Port of the server.")] = 8888,
) -> None:
    """Serve JupyterLab from a container: the first process of the image in `deploy/`."""
    from ssplab.learner import serve_in_container

    serve_in_container(port, opened=opened, arguments=context.args)


@app.command(hidden=True)
def server_config(
    opened: Annotated[
        str | None, typer.Option("--open", metavar="NAME", help="The chapter to begin with.")
    ] = None,
) -> None:
    """Print the course's options as a jupyter_server_config.py: see `deploy/onyxia/`."""
    from ssplab.learner import server_configuration

    print(server_configuration(opened), end="")


@app.command()
def reset(
    name: Annotated[
        str, typer.Argument(help="A stem such as payroll-anomalies, or one notebook's path.")
    ],
) -> None:
    """Start again: take the course's version of your work copies; yours are kept, with the date."""
    from ssplab.learner import reset as reset_copies

    for copy, kept in reset_copies(name):
        out.print(f"{copy} is new; yours is kept in {kept.name}", soft_wrap=True, highlight=False)
    out.print(
        "A notebook open in JupyterLab still shows the former one: close it without saving, and "
        "open it again.",
        soft_wrap=True,
    )


@app.command()
def book(
    serve: Annotated[bool, typer.Option("--serve", help="Show the built book, do not build.")] = (
        False
    ),
    port: Annotated[int, typer.Option(help="Port for --serve.")] = 8000,
    changes: Annotated[
        str | None,
        typer.Option(
            metavar="REVISION",
            help="Write what differs from this git revision, for an editor; do not build.",
        ),
    ] = None,
) -> None:
    """Build the book from the stored outputs into _build/html."""
    from ssplab.book import build, write_changes
    from ssplab.book import serve as serve_book

    if serve and changes:
        raise SsplabError("--serve and --changes are two runs: leave one of them out.")
    if changes:
        for path in write_changes(changes):
            out.print(f"What changed since {changes} is in {path}", markup=False, soft_wrap=True)
    elif serve:
        serve_book(port)
    else:
        with out.status("Building the book") as status:
            path = build(progress=lambda line: status.update(escape(line)))
        out.print(f"The book is in {path}", soft_wrap=True)


@app.command()
def web(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the server.")] = 8800,
    scenario: Annotated[
        str, typer.Option(metavar="NAME", help="calm, strict, flaky, redesign or partial.")
    ] = "calm",
    date: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The sites' day, as in 2023-04-03.", show_default=False),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of the offers; the card's seed by default.")
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Listen on another address than this machine's own loopback."
        ),
    ] = None,
    workshop: Annotated[
        bool, typer.Option("--workshop", help="For many at once: a visitor each, and a board.")
    ] = False,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="With --workshop: keep what all have asked for there."),
    ] = None,
) -> None:
    """Open the practice web: sites to learn scraping on, for a browser or a program."""
    from ssplab import web as room

    given = {} if host is None else {"host": host}
    if workshop:
        with room.serve_workshop(
            port=port, scenario=scenario, date=date, seed=seed, keep=keep, **given
        ) as served:
            _tell_workshop(served)
            served.wait()
        out.print()
        if keep is not None:
            out.print(f"What all have asked for is in {keep}.", markup=False, soft_wrap=True)
        return
    if keep is not None:
        raise SsplabError("--keep is for a workshop: add --workshop.")
    with room.serve(
        port=port, scenario=scenario, date=date, seed=seed, clock="real", **given
    ) as served:
        out.print(f"The practice web is at {served.url}/ (Ctrl-C ends it)", highlight=False)
        for name in served.sites:
            out.print(f"  http://{name}.localhost:{served.port}/", highlight=False)
        out.print(f"Programs reach http://NAME.example through the proxy {served.url}")
        if not served.is_local:
            out.print(
                "[bold yellow]Everyone who reaches this machine reaches it too.[/] From another "
                "machine, make it the browser's HTTP proxy.",
                soft_wrap=True,
            )
        served.wait()
    out.print()


def _tell_workshop(served) -> None:
    out.print(f"The workshop is at {served.address}/ (Ctrl-C ends it)", highlight=False)
    out.print(f"  the board, for the projector: {served.address}/_board", highlight=False)
    out.print(f"  the organiser's page:         {served.address}/_organiser", highlight=False)
    out.print(f"  the organiser's code:         {served.workshop.code}", highlight=False)
    if served.is_local:
        out.print(
            "[bold yellow]Only this machine reaches it.[/] For others, add --host 0.0.0.0.",
            soft_wrap=True,
        )


@app.command()
def test(
    notebooks: Notebooks = None,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only what a change since the last commit can reach.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="REVISION", help="With --changed: since this git revision, as origin/main."
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=20,
            metavar="N",
            help="Instead, run chapters' claims on N scored twins; 20 are stored.",
        ),
    ] = None,
    shapes: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=200,
            metavar="N",
            help="Instead, run chapters on N small extracts of odd shapes; 20 or more are stored.",
        ),
    ] = None,
    contracts: Annotated[
        bool,
        typer.Option(
            "--contracts",
            help="Instead, run the contracts of chapters' exercises, and store which hold.",
        ),
    ] = False,
    pages: Annotated[
        bool,
        typer.Option(
            "--pages", help="Instead, look at every page of the book, and store what was seen."
        ),
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Without notebooks' execution, the book, the browser.")
    ] = False,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="K/N", help="Share K of N of everything, for machines that work side by side."
        ),
    ] = None,
    stage: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A stage of a pipeline: quick, notebooks, book, browser or deploy. With --shard, "
            "a share of it.",
        ),
    ] = None,
) -> None:
    """Run everything that must hold; with notebooks, only what concerns them."""
    from ssplab.verify import suite

    if changed and notebooks:
        raise SsplabError("--changed chooses the notebooks itself: leave their names out.")
    instead = {"--seeds": seeds, "--shapes": shapes, "--contracts": contracts}
    of_chapters = [option for option, given in instead.items() if given]
    if len(of_chapters) > 1:
        runs = " and ".join(of_chapters)
        raise SsplabError(f"{runs} are {len(of_chapters)} runs: leave one of them out.")
    if changed and of_chapters:
        raise SsplabError(
            f"{of_chapters[0]} runs chapters as they are, changed or not: leave --changed out."
        )
    if pages and (notebooks or changed or of_chapters or quick or shard or stage):
        raise SsplabError("--pages looks at all pages: leave names and other options out.")
    if quick and (changed or of_chapters):
        raise SsplabError("--quick runs what is quick of everything: leave the other option out.")
    if since and not changed:
        raise SsplabError("--since says what --changed compares with: add --changed.")
    if (shard or stage) and (notebooks or changed or of_chapters or quick):
        raise SsplabError(
            f"{'--stage' if stage else '--shard'} splits everything: leave names and other options "
            "out."
        )
    if shard or stage:
        code = suite.run_part(stage, shard)
    elif seeds:
        code = suite.run_seeds(notebooks, seeds)
    elif shapes:
        code = suite.run_shapes(notebooks, shapes)
    elif contracts:
        code = suite.run_contracts(notebooks)
    elif pages:
        code = suite.run_pages()
    elif changed:
        code = suite.run_changed(since or "HEAD")
    else:
        code = suite.run(notebooks, only_quick=quick)
    raise typer.Exit(code)


class _Pairs(TyperCommand):
    """Reads `-p NAME VALUE`, and `-p NAME=VALUE`: Typer has no repeated option of two values."""

    def parse_args(self, ctx, args):
        words, rest = [], list(args)
        while rest:
            words.append(rest.pop(0))
            if words[-1] in ("-p", "--parameter") and len(rest) > 1 and "=" not in rest[0]:
                words.append(f"{rest.pop(0)}={rest.pop(0)}")
        return super().parse_args(ctx, words)


@app.command(cls=_Pairs)
def run(
    notebook: Annotated[str, typer.Argument(help="A path, or a stem: payroll-anomalies.")],
    parameter: Annotated[
        list[str] | None,  # NAME=VALUE: see _Pairs
        typer.Option("-p", "--parameter", metavar="NAME VALUE", help="May be given many times."),
    ] = None,
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where to write, outside the course."),
    ] = None,
) -> None:
    """Run a chapter with other parameters; write the notebook and its page elsewhere.

    On own data (-p data FOLDER) what is written shows only what may be shown of them. The terminal
    is for their holder: it names rows and values that do not fit the data card.
    """
    with signals.leaving_at_once():  # nothing is done yet
        from ssplab.notebooks import run as run_notebook

    pairs = [pair.partition("=") for pair in parameter or []]
    if not all(sign for _, sign, _ in pairs):
        raise SsplabError("-p needs a name and a value, such as: -p seed 7")
    result = run_notebook(notebook, {name: value for name, _, value in pairs}, out_dir)
    out.print(f"{result.notebook}\n{result.page}", soft_wrap=True)


@app.command()
def refresh(
    notebooks: Notebooks = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Notebooks executed at once; one a core by default.")
    ] = None,
) -> None:
    """Execute chapters and solutions anew, store their outputs, regenerate the exercises."""
    from ssplab.course import select
    from ssplab.kits import make_ready
    from ssplab.notebooks import refresh as refresh_notebooks

    make_ready(select(notebooks or ()))
    done = refresh_notebooks(notebooks, workers=workers)
    out.print(f"{len(done.executed)} notebooks executed, {len(done.changed)} files changed.")
    for path in done.changed:
        out.print(f"  {path}", soft_wrap=True)


@app.command()
def progress(
    export: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="For an instructor: write it to a new JSON file."),
    ] = None,
    pseudonym: Annotated[
        str | None, typer.Option(metavar="NAME", help="With --export: who you are in it.")
    ] = None,
    file: Annotated[
        bool, typer.Option("--file", help="Only say in which file it is kept.")
    ] = False,
    class_: Annotated[
        Path | None,
        typer.Option(
            "--class",
            metavar="FOLDER",
            help="For an instructor: which exercise fails most, from the exports in a folder.",
        ),
    ] = None,
) -> None:
    """Show which exercises are done, which were tried, and what comes next.

    It is kept on this machine only. An export is a file that you hand on yourself, or not.
    """
    from ssplab.learner import export_progress, read_progress
    from ssplab.system import diary

    if class_ is not None and (file or export):
        raise SsplabError("--class reads what others have exported: leave the other option out.")
    if pseudonym is not None and export is None:
        raise SsplabError("--pseudonym says who you are in an export: add --export FILE.")
    if class_ is not None:
        from ssplab.learner import read_class

        out.print(read_class(class_))
    elif file:
        print(diary.store() or "Nothing is recorded: SSPLAB_PROGRESS is off.")
    elif export:
        done = export_progress(export, pseudonym)
        out.print(f"Written to {export}, and sent nowhere. It holds:", soft_wrap=True)
        out.print(f"- the pseudonym {done['pseudonym']}", markup=False, soft_wrap=True)
        out.print(f"- the course's version, {done['course_version']}", highlight=False)
        out.print(
            f"- for each of {len(done['exercises'])} exercises: right or not, attempts, which of "
            "the mistakes that the course knows the check recognised, hints, whether the solution "
            "was opened, first and last day",
            highlight=False,
            soft_wrap=True,
        )
        out.print("It holds no answer, no time of day, and nothing else about you.")
    else:
        out.print(read_progress(), soft_wrap=False)


@app.command()
def plan(
    names: Annotated[
        list[str], typer.Argument(metavar="CHAPTER...", help="Stems: first-table first-programs.")
    ],
    minutes: Annotated[int, typer.Option(min=1, max=480, help="Of a day, lunch apart.")] = 210,
    days: Annotated[int, typer.Option(min=1, max=10, help="How many.")] = 1,
    setting_up: Annotated[
        bool, typer.Option("--setting-up", help="Begin with trying all machines.")
    ] = False,
) -> None:
    """For an instructor: a plan of sessions on some chapters, with breaks and exercises."""
    from rich.markdown import Markdown

    from ssplab.book import Planner, a_day, timetable

    planner = Planner()
    done = planner.plan(names, [a_day(minutes)] * days, setting_up=setting_up)
    table = Table("from", "what")
    for begins, told in timetable(done, str, "exercise of {}".format):
        table.add_row(begins, Markdown(told))
    out.print(table)
    if done.must_have_done:
        before = ", ".join(done.must_have_done)
        out.print(f"Trainees must have done: {before}", soft_wrap=True, highlight=False)


@app.command()
def doctor(
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="The port that JupyterLab is to have.")
    ] = 8888,
) -> None:
    """Look whether this machine is ready for the course; each line says ok or what to do.

    Where this command does not start, `python -m ssplab.learner.doctor` says the same.
    """
    from ssplab.learner import doctor as room

    colours = {room.OK: "green", room.ATTENTION: "yellow", room.PROBLEM: "bold red"}
    diagnoses = room.examine(port)
    table = Table("", "", "what there is, what to do")
    for line in diagnoses:
        table.add_row(line.about, f"[{colours[line.state]}]{line.state}[/]", escape(line.told))
    out.print(table)
    raise typer.Exit(1 if room.worst(diagnoses) == room.PROBLEM else 0)


@data_app.command("list")
def data_list() -> None:
    """List the data sets."""
    from ssplab.course import card_names, load_card, read_by

    table = Table(
        *(Column("name", no_wrap=True), Column("title", ratio=1), Column("origin", no_wrap=True)),
        *(Column("size", justify="right", no_wrap=True), Column("chapters", overflow="fold")),
    )
    for card in map(load_card, card_names()):
        rows = len(card.files) or card.tables[card.main_table].rows
        size = f"{rows:,} {'files' if card.files else 'rows'}"
        table.add_row(card.name, card.title, card.origin, size, ", ".join(read_by(card.name)))
    out.print(table)


@data_app.command("show")
def data_show(name: Name) -> None:
    """Show a data set's card: tables, keys, variables, units, ranges, codes, licence."""
    from ssplab.data import describe

    out.print(escape(repr(describe(name))), soft_wrap=True)


@data_app.command("template")
def data_template(
    name: Name,
    out_dir: Annotated[Path, typer.Option("--out", metavar="DIR", help="A new or empty folder.")],
) -> None:
    """Begin an extract of your own: empty tables, and the file that maps your columns to them."""
    from ssplab.course import load_card
    from ssplab.data import write_template

    for path in write_template(load_card(name), out_dir):
        out.print(path, markup=False, highlight=False, soft_wrap=True)


@data_app.command("build")
def data_build(
    name: Name,
    scale: Annotated[float, typer.Option(help="1 is the size of the sample that ships.")] = 1,
    seed: Annotated[int | None, typer.Option(help="The card's seed by default.")] = None,
    out_dir: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="A new folder.")
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="For authors: write the sample that ships anew.")
    ] = False,
) -> None:
    """Generate a twin of any size, in partitioned Parquet."""
    from ssplab.course import load_card
    from ssplab.data import build, check_scale, generator, write_sample
    from ssplab.system import progress_bar

    card = load_card(name)
    module = generator(card)
    if sample == (out_dir is not None):
        raise SsplabError("Say where: --out DIR for a twin of your own, or --sample (authors).")
    if sample and (seed is not None or scale != 1):
        raise SsplabError("--sample has the card's seed and scale 1: leave --seed and --scale out.")
    check_scale(scale)
    with progress_bar("blocks") as progress:
        task = progress.add_task(name, total=module.n_blocks(1 if sample else scale))

        def advance() -> None:
            progress.advance(task)

        if sample:
            told = write_sample(card, advance=advance)
        else:
            folder = build(
                card,
                out_dir,
                seed=card.seed if seed is None else seed,
                scale=scale,
                advance=advance,
            )
    if sample:
        out.print("The sample is written. Its card must say:", told)
    else:
        out.print(f"{card.name}, scale {scale:g}, is in {folder}", soft_wrap=True)


@data_app.command("fetch")
def data_fetch(
    name: Name,
    table: Annotated[
        str | None,
        typer.Argument(metavar="[TABLE]", help="All that are published, by default."),
    ] = None,
    place: Annotated[
        str | None,
        typer.Option("--from", metavar="PLACE", help="A mirror: the address or folder of files."),
    ] = None,
    sha256: Annotated[
        str | None, typer.Option(metavar="HEX", help="Of the one file, as your office knows it.")
    ] = None,
) -> None:
    """Fetch the official source of a data set, which `load(…, source="official")` then reads.

    It is checked by sha256 or size, goes on where it was interrupted, and takes the place of the
    version in the cache once all is right.
    """
    from ssplab.course import load_card
    from ssplab.data import fetch_official
    from ssplab.system import bytes_bar

    with bytes_bar() as advance:
        done = {
            one: fetch_official(name, one, place=place, sha256=sha256, advance=advance)
            for one in ([table] if table else load_card(name).official or [None])
        }
    for one, fetched in done.items():
        out.print(f"{one}: {fetched.rows:,} rows, in {fetched.path}", soft_wrap=True)
        for file, told in fetched.files.items():
            out.print(f"  {file}, {told['bytes']:,} bytes, sha256 {told['sha256']}", soft_wrap=True)
        for note in fetched.notes:
            out.print(f"  {note}", markup=False, soft_wrap=True)


@data_app.command("check")
def data_check(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...")] = None,
) -> None:
    """Check that data sets are what their cards say: schema, keys, hash, margins, difficulty."""
    from ssplab.course import card_names
    from ssplab.data import check_data_sets

    faults = []
    for name, fault in check_data_sets(names or card_names()):
        if fault is None:
            out.print(f"{name}: ok")
        else:
            faults.append(fault)
    if faults:
        raise CheckFailed("\n".join(faults))


Answers = Annotated[
    Path, typer.Argument(metavar="FILE", help="A CSV file, such as submission.csv.")
]
OfKit = Annotated[
    Path | None,
    typer.Option(
        "--kit",
        metavar="PLACE",
        help="A kit's archive, or the folder unpacked from it; by default the file's folder.",
    ),
]


@kit_app.command("list")
def kit_list() -> None:
    """List the kits: what each asks, and what its baseline scores."""
    from ssplab.kits import kits, load_kit

    table = Table("kit", "title", "data", "ranked by", "baseline beats trivial by")
    for slug in kits():
        kit = load_kit(slug)
        margin = f"{kit.margin:g}"
        table.add_row(*map(escape, (slug, kit.title, kit.data, kit.metric.name, margin)))
    out.print(table)


@kit_app.command("build")
def kit_build(
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="A kit, as in `ssplab kit list`.")],
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", help="The organisers' secret seed; drawn at random by default."),
    ] = None,
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Beside the course by default, in `kits`."),
    ] = None,
    codabench: Annotated[
        bool, typer.Option("--codabench", help="Write a bundle for Codabench, too.")
    ] = False,
) -> None:
    """Build an edition: the archive for the teams, and that of the organisers, with the truth."""
    from ssplab.kits import build as build_kit
    from ssplab.kits import load_kit

    kit = load_kit(slug)
    with out.status(f"Building {slug}: its baseline is executed, which takes a minute or two"):
        built = build_kit(slug, seed=seed, out=out_dir, for_codabench=codabench)
    out.print(f"Edition {built.label}: seed {built.seed}, which nobody but you may know.")
    for path in built.archives:
        out.print(str(path), markup=False, highlight=False, soft_wrap=True)
    name, decimals = kit.metric.name, kit.metric.decimals
    out.print(
        f"On the test part, {name}: trivial {built.trivial[name]:.{decimals}f}, "
        f"baseline {built.baseline[name]:.{decimals}f}.",
        soft_wrap=True,
    )


@kit_app.command("measure")
def kit_measure(
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="A kit, as in `ssplab kit list`.")],
) -> None:
    """For authors: score trivial answer, baseline and the course's solution on ten editions."""
    from ssplab.kits import SEEDS, load_kit, measure
    from ssplab.system import progress_bar

    kit = load_kit(slug)
    with progress_bar("editions") as bar:
        task = bar.add_task("measuring", total=len(SEEDS))
        record = measure(slug, advance=lambda: bar.advance(task))
    table = Table("answer", "median", "lowest", "highest", title=f"{slug}: {kit.metric.name}")
    for answer, scores in record.scores.items():
        shown = (record.median(answer), min(scores), max(scores))
        table.add_row(answer, *(f"{score:.{kit.metric.decimals}f}" for score in shown))
    out.print(table)


@kit_app.command("check")
def kit_check(file: Answers, kit: OfKit = None) -> None:
    """Check what a team hands in: each line that is wrong, with its remedy."""
    from ssplab.kits import check

    told = check(file, kit or file.parent)
    out.print(f"{file} is in order: {told}", soft_wrap=True, highlight=False)


@kit_app.command("score")
def kit_score(file: Answers, kit: OfKit = None) -> None:
    """Score what a team hands in; the test part with the organisers' archive."""
    from ssplab.kits import score

    part, lines = score(file, kit or file.parent)
    out.print(f"{file}, {part} part:", soft_wrap=True)
    out.print(lines, markup=False)


Database = Annotated[
    str,
    typer.Option(
        metavar="URL",
        envvar="SSPLAB_BOARD",
        help="As sqlite:///board.db or postgresql://user:password@host/name.",
    ),
]
Freezes = Annotated[
    str | None,
    typer.Option(metavar="WHEN", help="From then on the page stays as it is until the close."),
]
Quota = Annotated[int, typer.Option(min=1, max=1_000, help="Files that a team may hand in a day.")]


@board_app.command("create")
def board_create(
    archive: Annotated[
        Path, typer.Argument(metavar="ARCHIVE", help="The organisers': SLUG-LABEL-organiser.zip.")
    ],
    closes: Annotated[str, typer.Option(metavar="WHEN", help="Such as 2026-03-19T16:00.")],
    freezes: Freezes = None,
    quota: Quota = 5,
    zone: Annotated[
        str, typer.Option("--timezone", metavar="ZONE", help="Of dates and days.")
    ] = "Europe/Paris",
    database: Database = "sqlite:///board.db",
) -> None:
    """Begin the board of an event: its edition, its dates, its rules, in a new database."""
    from datetime import UTC, datetime

    from ssplab import board

    now = datetime.now(UTC)
    event = board.create(
        archive, database, closes_at=closes, freezes_at=freezes, quota=quota, zone=zone, now=now
    )
    _tell_agreed(event)
    out.print("The database holds the truth: no team may read it.")


@board_app.command("add")
def board_add(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Of teams.")],
    database: Database = "sqlite:///board.db",
) -> None:
    """Add teams; print the token of each, which is shown this once."""
    from datetime import UTC, datetime

    from ssplab import board

    with board.Store(database) as store:
        tokens = store.add_teams(names, datetime.now(UTC))
    for name, token in tokens.items():
        out.print(f"{token}  {name}", markup=False, highlight=False, soft_wrap=True)


@board_app.command("token")
def board_token(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of a team.")],
    database: Database = "sqlite:///board.db",
) -> None:
    """Give a team another token; its former one is worth nothing then."""
    from ssplab import board

    with board.Store(database) as store:
        token = store.new_token(name)
    out.print(f"{token}  {name}", markup=False, highlight=False, soft_wrap=True)


@board_app.command("change")
def board_change(
    closes: Annotated[str | None, typer.Option(metavar="WHEN", help="The new close.")] = None,
    freezes: Freezes = None,
    quota: Annotated[
        int | None, typer.Option(min=1, max=1_000, help="Files that a team may hand in a day.")
    ] = None,
    reopen: Annotated[
        bool,
        typer.Option("--reopen", help="Open a closed board again, whoever has seen its scores."),
    ] = False,
    database: Database = "sqlite:///board.db",
) -> None:
    """Agree otherwise on dates or quota, also while the board is open."""
    from datetime import UTC, datetime

    from ssplab import board

    now = datetime.now(UTC)
    with board.Store(database) as store:
        event = board.change(
            store, closes_at=closes, freezes_at=freezes, quota=quota, reopen=reopen, now=now
        )
    _tell_agreed(event)


@board_app.command("serve")
def board_serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the server.")] = 8900,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="0.0.0.0 opens it to the network.")
    ] = "127.0.0.1",
    database: Database = "sqlite:///board.db",
) -> None:
    """Open the board to the teams, until Ctrl-C; what was handed in is kept."""
    import socket

    from ssplab import board
    from ssplab.system import sockets

    def opened(url: str) -> None:
        out.print(f"The board is at {url}/ (Ctrl-C ends it)", highlight=False)
        if host == sockets.EVERYWHERE:
            port = url.rpartition(":")[2]
            name = socket.gethostname()
            out.print(f"Teams reach it at http://{name}:{port}/, or by this machine's IP address.")

    with board.Store(database) as store:
        board.serve(store, host=host, port=port, opened=opened)


@board_app.command("export")
def board_export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
    database: Database = "sqlite:///board.db",
) -> None:
    """Write everything: ranking, teams, submissions with all scores, every file; no token."""
    from datetime import UTC, datetime

    from ssplab import board

    with board.Store(database) as store:
        path = board.export(store, folder, datetime.now(UTC))
    out.print(f"Written to {path}. It holds private scores.", markup=False, soft_wrap=True)


def _tell_agreed(event) -> None:
    def told(moment):
        return f"{event.here(moment):%d %B %Y, %H:%M} ({event.zone})"

    out.print(f"{event.title}, edition {event.edition}", highlight=False)
    out.print(f"closes:  {told(event.closes_at)}", highlight=False)
    if event.freezes_at:
        out.print(f"freezes: {told(event.freezes_at)}", highlight=False)
    out.print(f"quota:   {event.quota} files a team and day", highlight=False)


@new_app.command("chapter")
def new_chapter(
    place: Annotated[
        str,
        typer.Argument(metavar="PART/SLUG", help="Such as machine-learning/payroll-anomalies."),
    ],
    title: Annotated[
        str | None, typer.Option(metavar="QUESTION", help="The question that it asks.")
    ] = None,
    data: StartsFrom = "payroll",
    level: Annotated[
        int, typer.Option(min=1, max=3, help="1 is new to Python, 3 a method in depth.")
    ] = 1,
) -> None:
    """Begin a chapter, with its solution, its checks and its exercise."""
    from ssplab import authoring

    done = authoring.new_chapter(place, title=title, data=data, level=level)
    slug = place.rpartition("/")[2]
    _tell(done, f"ssplab refresh {slug}", f"ssplab test {slug}", "ssplab book")


@new_app.command("data")
def new_data(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Lower-case words joined by underscores.")
    ],
    origin: Annotated[
        str, typer.Option(metavar="ORIGIN", help="synthetic: the one that can be begun so.")
    ] = "synthetic",
) -> None:
    """Begin a synthetic twin: card, generator, picture, sample."""
    from ssplab import authoring

    done = authoring.new_data(name, origin=origin)
    _tell(done, f"ssplab data build {name} --sample", f"ssplab data check {name}", "ssplab book")


@new_app.command("session")
def new_session(slug: Slug, data: StartsFrom = "payroll") -> None:
    """Begin a session of the reading group: its page and its notebook."""
    from ssplab import authoring

    done = authoring.new_session(slug, data=data)
    _tell(done, f"ssplab refresh reading-groups/{slug}/notebook.ipynb", "ssplab book")


@new_app.command("kit")
def new_kit(slug: Slug, data: StartsFrom = "payroll") -> None:
    """Begin a kit for a hackathon: brief, metric with its test, problem, baseline."""
    from ssplab import authoring

    done = authoring.new_kit(slug, data=data)
    _tell(done, f"ssplab refresh kits/{slug}/baseline.ipynb", f"python -m pytest kits/{slug}")


@new_app.command("project")
def new_project(
    slug: Slug,
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="A new folder; outside the course by default."),
    ] = None,
    data: StartsFrom = "payroll",
) -> None:
    """Begin a project of the lab, outside the course: charter, backlog, notebook, report."""
    from ssplab import authoring

    _tell(authoring.new_project(slug, out=out_dir, data=data))


def _tell(done, *commands: str) -> None:
    from ssplab.course import course_path

    for path in done.files:
        out.print(f"new      {course_path(path)}", markup=False, highlight=False, soft_wrap=True)
    for path in done.changed:
        out.print(f"changed  {course_path(path)}", markup=False, highlight=False, soft_wrap=True)
    out.print(f"{done.places} places to fill, each marked FILL IN:", highlight=False)
    for number, command in enumerate(commands):
        out.print(f"{'then' if number else 'next'}:    {command}", markup=False, highlight=False)
