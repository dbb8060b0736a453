"""What a team hands in, wrong on purpose: each line that is wrong is told, with its remedy."""

import csv
import json
import os

import pandas as pd
import pytest
from typer.testing import CliRunner

from ssplab.cli import app
from ssplab.kits import check, score, submission
from ssplab.system import CheckFailed, SsplabError

FACTS = {
    "key": "form",
    "group": None,
    "columns": {
        "siret": {"type": "string", "missing": True, "values": "register.siret", "meaning": "…"},
        "level": {"type": "string", "missing": False, "values": ["sure", "unsure"], "meaning": "…"},
        "p": {"type": "number", "missing": False, "minimum": 0, "maximum": 1, "meaning": "…"},
    },
    "metric": {"name": "right", "meaning": "…", "decimals": 2},
    "metrics": ["right"],
    "texts": ["form", "siret"],
}
METRIC = """\
def metrics(truth, submission):
    assert list(truth["form"]) == list(submission["form"])
    right = truth["siret"].fillna("") == submission["siret"].fillna("")
    return {"right": right.mean()}
"""
HEADER = "form,siret,level,p"
GOOD = ["R1,0101,sure,1", "R2,,unsure,0.25", "R3,0202,sure,1e-1"]


@pytest.fixture
def kit(tmp_path):
    """A kit of three rows to answer and two public ones, the truth of which is there."""
    folder = tmp_path / "kit"
    (folder / "data").mkdir(parents=True)
    (folder / "kit.json").write_text(json.dumps(FACTS), encoding="utf-8")
    (folder / "metric.py").write_text(METRIC, encoding="utf-8")
    tables = {
        "test": pd.DataFrame({"form": ["R2", "R1", "R3"]}),
        "public": pd.DataFrame({"form": ["R8", "R9"]}),
        "train": pd.DataFrame({"form": ["R4", "R5"]}),
        "public_truth": pd.DataFrame({"form": ["R9", "R8"], "siret": [None, "0101"]}),
        "register": pd.DataFrame({"siret": ["0101", "0202"]}),
    }
    for name, table in tables.items():
        table.to_parquet(folder / "data" / f"{name}.parquet", index=False)
    return folder


def written(kit, *lines, header=HEADER):
    path = kit / "submission.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def test_an_answer_in_order_is_read_in_its_types_and_in_the_order_of_identifiers(kit):
    part, answers = submission.check(written(kit, *reversed(GOOD)), kit)
    assert part == "test"
    assert list(answers["form"]) == ["R1", "R2", "R3"]
    assert list(answers["siret"].fillna("blank")) == ["0101", "blank", "0202"]
    assert list(answers["p"]) == [1, 0.25, 0.1]


WRONG = {
    "a column is missing": (["R1,0101,sure"], "form,siret,level", "the column p is missing"),
    "one too many": (["R1,,sure,1,x"], f"{HEADER},more", "the column 'more' is not asked for"),
    "capitals": (["R1,,sure,1"], "form,siret,Level,p", "'Level' is not asked for. Is it level?"),
    "twice a column": (["R1,,sure,1,1"], f"{HEADER},p", "the column p stands there twice"),
    "no header": (GOOD[1:], GOOD[0], "line 1 holds no names of columns"),
    "the index": (["0,R1,,sure,1"], f",{HEADER}", "so it is an index: write index=False"),
    "a comma at the end": (["R1,,sure,1,"], f"{HEADER},", "Each line ends with a comma"),
    "commas at the end of rows": ([f"{line}," for line in GOOD], HEADER, "line 2: 5 values"),
    "semicolons": (["R1;;sure;1"], "form;siret;level;p", "separated by semicolons"),
    "semicolons and decimal commas": (["R1;;sure;0,5"], "form;siret;level;p", "with a point as"),
    "tabs": (["R1\t\tsure\t1"], "form\tsiret\tlevel\tp", "separated by tabs"),
    "ragged": (["R1,,sure,1", "R2,,sure,1,2,3"], HEADER, "line 3: 6 values instead of 4"),
    "a row cut short": ([*GOOD[:2], "R3"], HEADER, "line 4: 1 values instead of 4"),
    "empty": ([], "", "is empty"),
    "a row without answer": (GOOD[:2], HEADER, "form R3 of data/test.parquet has no line"),
    "twice": ([*GOOD, GOOD[0]], HEADER, "line 5: form R1 was answered in line 2 already"),
    "unknown": ([*GOOD, "R7,,sure,1"], HEADER, "line 5: form R7 is not in data/test.parquet"),
    "below an empty line": ([*GOOD, "", "R7,,sure,1"], HEADER, "line 6: form R7 is not in data"),
    "of the other part": ([*GOOD, "R9,,sure,1"], HEADER, "It is in data/public.parquet. Answer"),
    "of the training part": ([*GOOD, "R4,,sure,1"], HEADER, "It is in data/train.parquet. Answer"),
    "blank identifier": ([*GOOD, ",,sure,1"], HEADER, "line 5: form is blank"),
    "blank value": ([*GOOD[:2], "R3,,,1"], HEADER, "line 4: level is blank. Give one of sure"),
    "not in the register": (
        [*GOOD[:2], "R3,0303,sure,1"],
        HEADER,
        "line 4: siret '0303' is not allowed. Give a value of siret in data/register.parquet, or "
        "leave it blank",
    ),
    "the zero was lost": (
        [*GOOD[:2], "R3,101,sure,1"],
        HEADER,
        "'101' is not allowed. Is it '0101'?",
    ),
    "a float": ([*GOOD[:2], "R3,101.0,sure,1"], HEADER, "Is it '0101'? Read and write such"),
    "blanks within": ([*GOOD[:2], "R3,01 01,sure,1"], HEADER, "Is it '0101'?"),
    "a spreadsheet's": ([*GOOD[:2], "R3,1.01E+13,sure,1"], HEADER, "A spreadsheet has rewritten"),
    "missing in words": (
        [*GOOD[:2], "R3,NaN,sure,1"],
        HEADER,
        "'NaN' is not allowed. Leave it blank",
    ),
    "not on the list": ([*GOOD[:2], "R3,,maybe,1"], HEADER, "Give one of sure, unsure."),
    "a decimal comma": ([*GOOD[:2], 'R3,,sure,"0,5"'], HEADER, "with a point as the decimal mark"),
    "a thousand": ([*GOOD[:2], "R3,,sure,1 000"], HEADER, "without blanks, separators or units"),
    "per cent": ([*GOOD[:2], "R3,,sure,50 %"], HEADER, "without blanks, separators or units"),
    "a currency": ([*GOOD[:2], "R3,,sure,EUR 1"], HEADER, "without blanks, separators or units"),
    "a name": ([*GOOD[:2], "R3,,sure,V17"], HEADER, "p 'V17' is not allowed. Give a number"),
    "no number": ([*GOOD[:2], "R3,,sure,high"], HEADER, "p 'high' is not allowed. Give a number"),
    "above": ([*GOOD[:2], "R3,,sure,93"], HEADER, "from 0 to 1, a percentage divided by 100"),
    "infinite": ([*GOOD[:2], "R3,,sure,inf"], HEADER, "line 4: p 'inf' is not allowed"),
    "not a number": ([*GOOD[:2], "R3,,sure,nan"], HEADER, "line 4: p 'nan' is not allowed"),
    "blank number": ([*GOOD[:2], "R3,,sure,"], HEADER, "line 4: p is blank. Give a number"),
}


@pytest.mark.parametrize(("lines", "header", "told"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_with_its_line_and_its_remedy(kit, lines, header, told):
    with pytest.raises(submission.Refused) as refusal:
        submission.check(written(kit, *lines, header=header), kit)
    assert told in str(refusal.value)


def test_all_problems_are_told_at_once_and_many_of_a_kind_are_counted(kit):
    many = [f"X{number},,sure,2" for number in range(30)]
    with pytest.raises(submission.Refused) as refusal:
        submission.check(written(kit, *many), kit)
    told = str(refusal.value).splitlines()
    assert "… 30 unknown values of form in all." in told
    assert "… 30 problems of p in all." in told
    assert len(told) == 11 + 3 + 11  # rows without an answer are three


def test_a_file_in_another_encoding_is_refused_and_a_byte_order_mark_is_not(kit):
    path = kit / "submission.csv"
    path.write_bytes("\n".join([HEADER, "R1,é,sure,1"]).encode("latin-1"))
    with pytest.raises(submission.Refused, match="line 2: not in UTF-8"):
        submission.check(path, kit)
    path.write_text("\n".join([HEADER, *GOOD]), encoding="utf-8-sig")
    assert submission.check(path, kit)[0] == "test"


def test_a_quote_that_is_never_closed_is_said(kit):
    limit = csv.field_size_limit(1000)
    try:
        with pytest.raises(submission.Refused, match="Is a double quote never closed"):
            submission.check(written(kit, '"R1,' + 2000 * "x"), kit)
    finally:
        csv.field_size_limit(limit)


def test_a_file_or_a_kit_that_is_not_there_is_said(kit, tmp_path):
    with pytest.raises(submission.Refused, match=r"is not there\. Write your answers"):
        submission.check(kit / "answers.csv", kit)
    with pytest.raises(submission.Refused, match="is a folder"):
        submission.check(kit, kit)
    (kit / "answers.csv").write_bytes(b"PK\x03\x04")
    with pytest.raises(submission.Refused, match="is a spreadsheet"):
        submission.check(kit / "answers.csv", kit)
    with pytest.raises(submission.Refused, match="this is no kit's folder"):
        submission.check(written(kit, *GOOD), tmp_path)


def test_lines_are_those_of_the_file_also_after_a_value_of_two_lines(kit):
    two = 'R1,"01\n01",sure,1'
    with pytest.raises(submission.Refused) as told:
        submission.check(written(kit, two, "", "R2,,unsure,2", "R3,0202,sure,0.1"), kit)
    assert "line 2: siret '01\\n01' is not allowed" in str(told.value)
    assert "line 5: p '2' is not allowed" in str(told.value)


def test_the_public_part_is_scored_and_the_test_part_by_the_organisers_alone(kit):
    public = ["R9,,sure,1", "R8,0202,sure,1"]
    assert submission.score(written(kit, *public), kit) == ("public", {"right": 0.5})
    path = written(kit, *GOOD)
    with pytest.raises(submission.Refused, match="truth of the test part is with"):
        submission.score(path, kit)
    truth = pd.DataFrame({"form": ["R3", "R2", "R1"], "siret": ["0202", None, "0101"]})
    truth.to_parquet(kit / "data/test_truth.parquet", index=False)
    assert submission.score(path, kit) == ("test", {"right": 1.0})


def test_the_command_of_a_team_says_it_and_ends_with_1(kit, capsys, monkeypatch):
    monkeypatch.setattr(submission, "__file__", str(kit / "kit.py"))
    path = str(written(kit, *GOOD))
    assert submission.main(["check", path]) == 0
    told = capsys.readouterr().out
    assert "is in order: 3 rows of the test part; given, not blank: siret 2, level 3, p 3." in told
    assert submission.main(["score", path]) == 1
    assert "The truth of the test part is with the organisers" in capsys.readouterr().err
    written(kit, "R9,,sure,1", "R8,0101,sure,1")
    assert submission.main(["score", path]) == 0
    assert "right  1.00" in capsys.readouterr().out


def test_the_course_s_verbs_do_the_same_from_the_file_s_folder(kit):
    path = written(kit, "R9,,sure,1", "R8,0101,sure,1")
    done = CliRunner().invoke(app, ["kit", "score", str(path)])
    assert "public part" in done.output and "right  1.00" in done.output
    done = CliRunner().invoke(app, ["kit", "check", str(path), "--kit", str(kit)])
    assert "2 rows of the public part" in done.output.replace(os.linesep, " ")
    with pytest.raises(CheckFailed, match="has no line"):
        check(written(kit, GOOD[0]), kit)
    with pytest.raises(SsplabError, match="is no kit: name the folder"):
        score(path, path)
