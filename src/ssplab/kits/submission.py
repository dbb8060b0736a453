"""Check a submission, score it, hand it in: python kit.py check submission.csv

It needs pandas and the files beside it: `kit.json`, `metric.py` and the folder `data`. The very
same file checks and scores on the organisers' side, whose `data` holds the truth of the test part.
"""

import argparse
import csv
import functools
import http.client
import io
import json
import os
import re
import runpy
import secrets
import sys
import urllib.error
import urllib.request
from pathlib import Path

try:
    import pandas as pd
except ImportError:
    sys.exit(
        "This Python has no pandas. In JupyterLab, run it in a cell of the notebook, such as "
        "%run kit.py check submission.csv"
    )

PARTS = ("test", "public")
ONE_PART = "Answer the test part in submission.csv, and the public part in a file of its own."
SHOWN = 10  # problems told of one kind; the others are counted
SHOWN_OF_TEXT = 60  # characters of what stands in a file
WAIT = 60  # seconds for a board's answer
SCIENTIFIC = re.compile(r"\d[.,]?\d*E\+?\d+", re.IGNORECASE)
MARKED = re.compile(
    r"\d[\s,']+\d|\.\d*\.|[^\w\s.+-]\s?\d|[^\W\d]\s\d|\d\s?[%€$]"
)  # a number with more than its digits
SAID_MISSING = {"na", "n/a", "nan", "none", "null", "<na>"}


class Refused(Exception):
    """A submission that cannot be scored; its text says where and what to do, a line each."""


def read_facts(folder):
    """Return what `kit.json` in a kit's folder says."""
    path = Path(folder) / "kit.json"
    if not path.is_file():
        raise Refused(
            f"{path} is not there, so this is no kit's folder. Run the command in the folder that "
            "was unpacked from the kit's zip."
        )
    return json.loads(path.read_text(encoding="utf-8"))


def read_table(folder, name):
    """Return a table of the folder `data`, Parquet or CSV; None if it is not there."""
    path = Path(folder) / "data" / name
    if path.with_suffix(".parquet").is_file():
        return pd.read_parquet(path.with_suffix(".parquet"))
    if path.with_suffix(".csv").is_file():
        texts = dict.fromkeys(read_facts(folder)["texts"], str)
        return pd.read_csv(path.with_suffix(".csv"), dtype=texts)
    return None


class Folder:
    """A kit's folder: what `kit.json` says, the tables and the metric, each read once.

    Parameters
    ----------
    path : str or Path
        The folder.

    Raises
    ------
    Refused
        If it is no kit's folder.
    """

    def __init__(self, path="."):
        self.path = Path(path)
        self.facts = read_facts(path)
        self._tables = {}

    def table(self, name):
        """Return a table of the folder `data`; None if it is not there."""
        if name not in self._tables:
            self._tables[name] = read_table(self.path, name)
        return self._tables[name]

    @functools.cached_property
    def keys(self):
        """The identifiers of each part, empty of one that is not there."""
        return {part: self._keys(part) for part in (*PARTS, "train")}

    def truth(self, part):
        """Return the truth of a part, in the order of its identifiers; None if it is not there."""
        truth = self.table(f"{part}_truth")
        return None if truth is None else truth.sort_values(self.facts["key"], ignore_index=True)

    def check(self, content, name):
        """Return which part of the data the content of a file answers, and its rows; see `check`.

        Parameters
        ----------
        content : bytes
            Of the file.
        name : str or Path
            Of the file, for what is told of it.
        """
        facts, key = self.facts, self.facts["key"]
        written = _read(content, name, facts)
        part = max(PARTS, key=lambda one: _among(written[key], self.keys[one]).sum())
        problems = _of_keys(written[key], self.keys, part, key)
        columns = {key: written[key]}
        for column, said in facts["columns"].items():
            columns[column], found = _of_column(
                written[column], column, said, self._allowed(said.get("values"))
            )
            problems += found
        if problems:
            raise Refused("\n".join(problems))
        answers = pd.DataFrame(columns).astype({key: "str"})
        return part, answers.sort_values(key, ignore_index=True)

    def metrics(self, part, submission, chosen=None):
        """Return the metrics of rows that `check` has returned, the one that ranks first.

        Parameters
        ----------
        part : {"test", "public"}
        submission : DataFrame
            The rows of the part.
        chosen : array of bool or of int, optional
            The rows that count, or their places; all by default.

        Raises
        ------
        Refused
            If the truth of the part is not in the folder.
        """
        truth = self.truth(part)
        if truth is None:
            raise Refused(
                f"The truth of the {part} part is with the organisers: hand it in. What you can "
                "score here is an answer for the public part, such as public.csv of the baseline."
            )
        if chosen is not None:
            truth, submission = (
                table.iloc[chosen].reset_index(drop=True) for table in (truth, submission)
            )
        return {name: float(value) for name, value in self._metrics(truth, submission).items()}

    @functools.cached_property
    def _metrics(self):
        return runpy.run_path(str(self.path / "metric.py"))["metrics"]

    def _keys(self, part):
        for name in (part, f"{part}_truth"):
            rows = self.table(name)
            if rows is not None:
                return set(rows[self.facts["key"]].astype(str))
        return set()

    def _allowed(self, values):
        if values is None or isinstance(values, list):
            return values
        if values not in self._tables:
            table, column = values.split(".")
            self._tables[values] = set(self.table(table)[column].dropna().astype(str))
        return self._tables[values]


def check(path, folder="."):
    """Return which part of the data a submission answers, and its rows.

    Parameters
    ----------
    path : str or Path
        A CSV file: a line a row, separated by commas, in UTF-8.
    folder : str or Path
        The kit's.

    Returns
    -------
    part : {"test", "public"}
    submission : DataFrame
        A row for each row of the part, in the order of its identifiers; numbers are floats, and a
        text that is left blank is missing.

    Raises
    ------
    Refused
        With every problem that was found, each with its line in the file and its remedy.
    """
    kit = Folder(folder)
    return kit.check(_content(Path(path), kit.facts), path)


def score(path, folder="."):
    """Return which part a submission answers, and its metrics, the one that ranks first.

    Raises
    ------
    Refused
        As `check`, and if the truth of the part is not in the folder.
    """
    kit = Folder(folder)
    part, submission = kit.check(_content(Path(path), kit.facts), path)
    try:
        return part, kit.metrics(part, submission)
    except Refused as refusal:
        raise Refused(f"{path} answers the {part} part. {refusal}") from refusal


def hand_in(path, board, token, folder="."):
    """Check a submission for the test part, hand it in to a board, and return what that says.

    Parameters
    ----------
    path, folder : str or Path
        As of `check`.
    board : str
        The board's address, such as `http://192.0.2.7:8900`.
    token : str
        The team's.

    Raises
    ------
    Refused
        As `check`; if the file answers the public part; with the board's own words if it refuses,
        or if it does not answer. The same file may be handed in again: it counts once.
    """
    kit = Folder(folder)
    content = _content(Path(path), kit.facts)
    part, _ = kit.check(content, path)
    if part != "test":
        raise Refused(f"{path} answers the {part} part: hand in the answers to the test part.")
    boundary = secrets.token_hex(16)
    head = f'Content-Disposition: form-data; name="file"; filename="{_plain_name(path)}"'
    body = b"\r\n".join(
        [
            f"--{boundary}\r\n{head}\r\nContent-Type: text/csv\r\n".encode(),
            content,
            f"--{boundary}--\r\n".encode(),
        ]
    )
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Accept": "application/json",
    }
    try:
        request = urllib.request.Request(f"{board.rstrip('/')}/submissions", body, headers)
        with urllib.request.urlopen(request, timeout=WAIT) as answer:
            return json.load(answer)["told"]
    except urllib.error.HTTPError as error:
        raise Refused(_board_says(error)) from error
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        reason = getattr(error, "reason", error)
        raise Refused(
            f"The board at {board} gives no answer: {reason}. Ask the organisers for its address; "
            "what was handed in already is safe, and the same file handed in again counts once."
        ) from error


def _board_says(error):
    try:
        return json.load(error)["told"]
    except (ValueError, KeyError, TypeError):
        return f"The board answers {error.code} {error.reason}. Is its address right?"


def _plain_name(path):
    """Return a file's name as the board takes it."""
    return re.sub(r"[^\w.-]", "_", Path(path).name, flags=re.ASCII)


def counted(part, submission):
    """Return in a sentence how many rows of a part have a value in each column."""
    values = ", ".join(
        f"{name} {count:,}" for name, count in submission.iloc[:, 1:].count().items()
    )
    return f"{len(submission):,} rows of the {part} part; given, not blank: {values}."


def told(metrics, decimals):
    """Return metrics as lines to print, the one that ranks first."""
    width = max(len(name) for name in metrics)
    return "\n".join(f"{name:<{width}}  {value:.{decimals}f}" for name, value in metrics.items())


def _header(facts):
    return ",".join([facts["key"], *facts["columns"]])


def _content(path, facts):
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is not there"
        raise Refused(
            f"{path} {what}. Write your answers to a file, with the columns {_header(facts)}."
        )
    return path.read_bytes()


def _read(content, path, facts):
    columns = [facts["key"], *facts["columns"]]
    header = _header(facts)
    rows = _rows(content, path, header)
    present = rows.pop(1)
    missing = [name for name in columns if name not in present]
    extra = [name for name in present if name not in columns]
    if len(missing) == len(columns):
        raise Refused(f"{path}, line 1 holds no names of columns. It must be: {header}")
    if missing or extra:
        problems = [f"{path}, line 1: the column {name} is missing." for name in missing]
        plain = {_plain(name): name for name in missing}
        problems += _listed(
            [
                f"{path}, line 1: the column {_quoted(name)} is not asked for."
                + (f" Is it {plain[_plain(name)]}?" if _plain(name) in plain else "")
                for name in extra
            ],
            "columns not asked for",
        )
        if present[0] == "":
            problems.append("The first column has no name, so it is an index: write index=False.")
        elif present[-1] == "":
            problems.append("Each line ends with a comma: leave it out.")
        raise Refused("\n".join([*problems, f"The first line must be: {header}"]))
    if repeated := [name for name in columns if present.count(name) > 1]:
        raise Refused(f"{path}, line 1: the column {repeated[0]} stands there twice.")
    odd = [
        f"{path}, line {line}: {len(row)} values instead of {len(present)}. Write each value, and "
        "put a value with a comma between double quotes."
        for line, row in rows.items()
        if len(row) != len(present)
    ]
    if odd:
        raise Refused("\n".join(_listed(odd, "lines of another length")))
    columns = {
        name: [row[place].strip() for row in rows.values()] for place, name in enumerate(present)
    }
    return pd.DataFrame(columns, index=list(rows), dtype=object)  # by the line of each row


def _rows(content, path, header):
    """Return the rows of a CSV file by the line in which each begins, as lists of texts.

    The first line is there whatever it holds; of the others, those that hold nothing are not.
    """
    if content[:2] == b"PK":
        raise Refused(
            f"{path} is a spreadsheet or a zip archive. Save it as CSV, or better write it with "
            "pandas, and leave it unpacked."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(
            f"{path}, line {content[: error.start].count(10) + 1}: not in UTF-8. Write it with "
            "pandas: answers.to_csv(path, index=False)."
        ) from error
    if not text.strip():
        raise Refused(f"{path} is empty. Its first line must be: {header}")
    first = text.splitlines()[0]
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if mark in first and "," not in first:
            raise Refused(
                f"{path}, line 1: the columns are separated by {name}. Separate them by commas, "
                "with a point as the decimal mark, as answers.to_csv(path, index=False) does."
            )
    reader = csv.reader(io.StringIO(text, newline=""))
    rows, line = {}, 1
    try:
        for row in reader:  # a value between double quotes may go on in the next line
            if row or line == 1:
                rows[line] = row
            line = reader.line_num + 1
        return rows
    except csv.Error as error:
        raise Refused(
            f"{path}, near line {reader.line_num}: {error}. Is a double quote never closed? Write "
            "it with pandas: answers.to_csv(path, index=False)."
        ) from error


def _of_keys(keys, expected, part, key):
    """Return the problems of the identifiers, which are labelled by their line."""
    wanted = expected[part]
    problems = _listed(
        [
            f"line {line}: {key} is blank. Give the identifier of the row."
            for line in keys[keys == ""].index
        ],
        f"lines without {key}",
    )
    first = {}
    repeated = []
    for line, value in keys[keys.duplicated(keep=False) & (keys != "")].items():
        if value in first:
            repeated.append(
                f"line {line}: {key} {_shown(value)} was answered in line {first[value]} already. "
                "Keep one of them."
            )
        else:
            first[value] = line
    problems += _listed(repeated, "repeated lines")
    unknown = keys[~_among(keys, wanted) & (keys != "")]
    others = {one: expected[one] for one in expected if one != part}
    problems += _listed(
        [
            f"line {line}: {key} {_shown(value)} is not in data/{part}.parquet. "
            + next(
                (
                    f"It is in data/{one}.parquet. {ONE_PART}"
                    for one in others
                    if value in others[one]
                ),
                "Copy the identifiers as they stand there.",
            )
            for line, value in unknown.items()
        ],
        f"unknown values of {key}",
    )
    absent = sorted(wanted - set(keys))
    problems += _listed(
        [
            f"{key} {value} of data/{part}.parquet has no line. Add one, as sample_submission.csv "
            "has it: each row is answered, if only with blanks."
            for value in absent
        ],
        "rows without an answer",
    )
    return problems


def _of_column(column, name, facts, allowed):
    """Return the column in its type, and its problems; it is labelled by line."""
    blank = column == ""
    problems = []
    if not facts.get("missing", False):
        problems += [
            f"line {line}: {name} is blank. {_wanted(name, facts, allowed)}"
            for line in column[blank].index
        ]
    written = column[~blank]
    if facts["type"] == "string":
        if allowed is not None:
            wrong = written[~_among(written, allowed)]
            nearest = {_plain(one): one for one in allowed} if len(wrong) else {}
            problems += [
                f"line {line}: {name} {_quoted(value)} is not allowed. "
                + _remedy(value, nearest, _wanted(name, facts, allowed))
                for line, value in wrong.items()
            ]
        return column.mask(blank).astype("str"), _listed(problems, f"problems of {name}")
    numbers = pd.to_numeric(column.mask(blank), errors="coerce")
    finite = numbers.notna() & (numbers.abs() != float("inf"))
    low, high = facts.get("minimum"), facts.get("maximum")
    wrong = ~blank & ~finite
    if low is not None:
        wrong |= numbers < low
    if high is not None:
        wrong |= numbers > high
    problems += [
        f"line {line}: {name} {_quoted(value)} is not allowed. "
        + (
            "Write it with a point as the decimal mark, without blanks, separators or units."
            if MARKED.search(value)
            else _wanted(name, facts, allowed)
        )
        for line, value in column[wrong].items()
    ]
    return numbers.astype(float), _listed(problems, f"problems of {name}")


def _among(values, allowed):
    """Return which values are allowed: `Series.isin` would convert all that are at each call."""
    return pd.Series([value in allowed for value in values], index=values.index, dtype=bool)


def _remedy(value, nearest, wanted):
    """Return what to do about a text that is not allowed."""
    if SCIENTIFIC.fullmatch(value):
        return (
            "A spreadsheet has rewritten it: write the file with pandas, and do not save it from a "
            "spreadsheet."
        )
    if value.lower() in SAID_MISSING:
        return "Leave it blank: answers.to_csv(path, index=False) does, where it is missing."
    found = nearest.get(_plain(value.removesuffix(".0")))
    if found is not None:
        return f"Is it {found!r}? Read and write such a column as text, with dtype=str."
    return wanted


def _plain(text):
    """Return a text without case, marks, blanks and leading zeros."""
    return re.sub(r"[^0-9a-z]", "", str(text).lower()).lstrip("0")


def _quoted(text):
    """Return a text between quotation marks, on one line, cut if it is long."""
    return repr(text if len(text) <= SHOWN_OF_TEXT else f"{text[:SHOWN_OF_TEXT]}…")


def _shown(text):
    """Return an identifier as it stands, or quoted if nobody would have given out such a one."""
    return text if text.isprintable() and len(text) <= SHOWN_OF_TEXT else _quoted(text)


def _wanted(name, facts, allowed):
    """Return in a sentence what a column takes."""
    if facts["type"] == "number":
        low, high = facts.get("minimum"), facts.get("maximum")
        bounds = f" from {low} to {high}" if low is not None and high is not None else ""
        percent = ", a percentage divided by 100" if high == 1 else ""
        wanted = f"Give a number{bounds}{percent}"
    elif isinstance(facts.get("values"), str):
        table, column = facts["values"].split(".")
        wanted = f"Give a value of {column} in data/{table}.parquet"
    elif allowed is not None:
        wanted = f"Give one of {', '.join(allowed)}"
    else:
        wanted = "Give a text"
    return f"{wanted}, or leave it blank." if facts.get("missing", False) else f"{wanted}."


def _listed(problems, what):
    if len(problems) <= SHOWN:
        return problems
    return [*problems[:SHOWN], f"… {len(problems):,} {what} in all."]


def main(arguments=None):
    """Run the command line; return its exit code: 0, or 1 if the submission is refused."""
    parser = argparse.ArgumentParser(
        prog="python kit.py", description="Check or score answers, or hand them in."
    )
    parser.add_argument("action", choices=["check", "score", "submit"])
    parser.add_argument("submission", help="a CSV file, such as submission.csv")
    parser.add_argument("--board", help="with submit: the board's address, http://…")
    parser.add_argument(
        "--token", default=os.environ.get("BOARD_TOKEN"), help="with submit: the team's"
    )
    given = parser.parse_args(arguments)
    if given.action == "submit" and not (given.board and given.token):
        parser.error("submit needs --board and --token: both come from the organisers")
    folder = Path(__file__).resolve().parent
    try:
        if given.action == "check":
            part, submission = check(given.submission, folder)
            print(f"{given.submission} is in order: {counted(part, submission)}")
        elif given.action == "score":
            part, metrics = score(given.submission, folder)
            print(f"{given.submission}, {part} part:")
            print(told(metrics, read_facts(folder)["metric"]["decimals"]))
        else:
            print(hand_in(given.submission, given.board, given.token, folder))
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
