"""Official sources, on loopback: fetched, gone on with, checked, mapped; or refused, and then the
cache is what it was.
"""

import hashlib
import io
import json
import shutil
import zipfile
from types import SimpleNamespace

import duckdb
import pandas as pd
import psutil
import pyarrow.parquet as pq
import pytest
from file_server import Served, serving
from processes import free_port

import ssplab
from ssplab.cli import main
from ssplab.course import card_names, load_card
from ssplab.data import downloading, official
from ssplab.data.mapping import MappingFile, _against_card
from ssplab.data.official import fetch_official, fetched_official, mapping_of, official_path
from ssplab.system import CheckFailed, SsplabError

STOCK = "StockEtablissement_utf8.zip"
MEMBER = "StockEtablissement_utf8.csv"
COG = "cog_ensemble_2026_csv.zip"
POPULATIONS = "ensemble.zip"


def zipped(**texts):
    """Return an archive of files, not packed, so that its bytes can be spoilt one by one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.csv"), text)
    return out.getvalue()


def stock_csv(frame, **others):
    """Return establishments as the register publishes them: more columns, in another order."""
    texts = frame.assign(
        statutDiffusionEtablissement="O",
        **others,
        etablissementSiege=frame["etablissementSiege"].map({True: "true", False: "false"}),
        dateDebut=frame["dateDebut"].dt.strftime("%Y-%m-%d"),
        dateCreationEtablissement=frame["dateCreationEtablissement"].dt.strftime("%Y-%m-%d"),
    )
    return texts[sorted(texts)].to_csv(index=False)


@pytest.fixture(scope="module")
def twin():
    return ssplab.load("employers", "establishments").head(400)


@pytest.fixture(scope="module")
def stock(twin):
    return zipped(StockEtablissement_utf8=stock_csv(twin))


@pytest.fixture
def web():
    with serving() as server:
        yield server


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache; what is published is as large as the tests make it."""
    monkeypatch.setenv("SSPLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(official.MIRROR, raising=False)
    limits = {"bytes": None, "at_least": 100, "at_most": 10**7, "sha256": None}
    change(monkeypatch, **limits)
    return tmp_path / "cache"


def change(monkeypatch, **told):
    """Let the cards say other things of their published files."""
    former = official.read_card

    def read(name):
        card = former(name)
        tables = {
            table: one.model_copy(
                update={
                    "files": {
                        file: each.model_copy(update=told) for file, each in one.files.items()
                    }
                }
            )
            for table, one in card.official.items()
        }
        return card.model_copy(update={"official": tables})

    monkeypatch.setattr(official, "read_card", read)


@pytest.fixture
def mirror(web, cache, stock, monkeypatch):
    """A server that has the stock file, named as the mirror."""
    monkeypatch.setenv(official.MIRROR, f"{web.url}/files/")
    web.files[STOCK] = Served(stock)
    return web


def kept(cache):
    """Return what stands in the cache: all files but locks and parts, by their bytes."""
    return {
        str(path.relative_to(cache)): path.read_bytes()
        for path in sorted(cache.rglob("*"))
        if path.is_file() and path.suffix != ".lock" and ".part" not in path.name
    }


def load():
    return ssplab.load("employers", "establishments", source="official")


# ---- What comes


def test_the_whole_file_is_mapped_to_the_form_of_the_twin(mirror, twin, cache):
    found = load()
    pd.testing.assert_frame_equal(found, twin.reset_index(drop=True))
    assert mirror.requests == [(STOCK, None, None)]
    assert mirror.sent == len(mirror.files[STOCK].content)
    assert list(kept(cache)) == [
        str(official_path("employers", "establishments").relative_to(cache))
    ]


def test_what_is_in_the_cache_is_not_asked_for_again(mirror):
    load()
    mirror.files.clear()
    assert len(load()) == 400
    assert len(mirror.requests) == 1


def test_a_broken_transfer_goes_on_and_no_byte_is_asked_for_twice(mirror, stock):
    mirror.files[STOCK].breaks = [1000, 5000]
    assert len(load()) == 400
    assert mirror.sent == len(stock)
    assert mirror.requests == [
        (STOCK, None, None),
        (STOCK, "bytes=1000-", '"first"'),
        (STOCK, "bytes=6000-", '"first"'),
    ]


def test_another_call_goes_on_where_an_interrupted_one_ended(mirror, stock, cache):
    mirror.files[STOCK].breaks = [1000, 2000, 3000, 4000, 0]
    with pytest.raises(SsplabError, match=r"10,000 of [\d,]+ bytes are here, and the next call"):
        load()
    assert kept(cache) == {}
    mirror.files[STOCK].breaks = []
    assert len(load()) == 400
    assert mirror.sent == len(stock)


def test_a_call_goes_on_by_the_date_where_the_server_has_no_tag(mirror, stock):
    served = mirror.files[STOCK]
    served.tag, served.changed = None, "Mon, 02 Nov 2026 06:00:00 GMT"
    served.breaks = [7000]
    load()
    assert mirror.requests[1] == (STOCK, "bytes=7000-", served.changed)
    assert mirror.sent == len(stock)


@pytest.mark.parametrize("tag", [None, 'W/"weak"'])
def test_what_cannot_be_told_from_a_newer_version_begins_again(tag, mirror, stock):
    mirror.files[STOCK].tag = tag
    mirror.files[STOCK].breaks = [7000]
    with pytest.raises(SsplabError, match="broke") as told:
        load()
    assert "goes on from there" not in str(told.value)
    load()
    assert [asked for _, asked, _ in mirror.requests] == [None, None]
    assert mirror.sent == 7000 + len(stock)


def test_a_server_without_ranges_begins_again(mirror, stock, twin):
    mirror.files[STOCK].ranges = False
    mirror.files[STOCK].breaks = [7000]
    pd.testing.assert_frame_equal(load(), twin.reset_index(drop=True))
    assert [asked for _, asked, _ in mirror.requests] == [None, "bytes=7000-"]
    assert mirror.sent == 7000 + len(stock)


def test_a_file_that_changed_between_two_parts_is_never_put_together(mirror, twin):
    mirror.files[STOCK].breaks = [1000, 0]
    with pytest.raises(SsplabError, match="1,000 of"):
        load()
    newer = zipped(StockEtablissement_utf8=stock_csv(twin.head(300)))
    mirror.files[STOCK] = Served(newer, tag='"second"')
    assert len(load()) == 300
    assert mirror.requests[-1] == (STOCK, "bytes=1000-", '"first"')


def test_a_file_that_was_whole_when_the_call_ended_is_not_asked_for_again(mirror, monkeypatch):
    replace = downloading.os.replace

    def interrupted(source, target):
        if str(source).endswith(".part"):
            raise KeyboardInterrupt
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(downloading.os, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            load()
    load()
    assert len(mirror.requests) == 1


def test_a_server_that_does_not_say_how_much_it_sends_is_believed_only_if_the_archive_is_whole(
    mirror, cache
):
    mirror.files[STOCK].says_length = False
    mirror.files[STOCK].breaks = [9000]
    with pytest.raises(CheckFailed, match="no ZIP archive: it is cut or damaged"):
        load()
    assert kept(cache) == {}
    assert len(load()) == 400


def test_a_newer_month_takes_the_place_of_the_former_one(mirror, twin, cache):
    load()
    newer = zipped(StockEtablissement_utf8=stock_csv(twin.head(300)))
    mirror.files[STOCK] = Served(newer, tag='"second"')
    fetched = fetch_official("employers", "establishments")
    assert (fetched.rows, len(load()), len(kept(cache))) == (300, 300, 1)
    assert fetched.files[STOCK] == {
        "from": f"{mirror.url}/files/{STOCK}",
        "sha256": hashlib.sha256(newer).hexdigest(),
        "bytes": len(newer),
    }


def test_the_published_address_is_asked_where_no_mirror_is_named(web, cache, stock, monkeypatch):
    change(monkeypatch, url=f"{web.url}/published/{STOCK}")
    web.files[STOCK] = Served(stock)
    assert (
        fetch_official("employers", "establishments")
        .files[STOCK]["from"]
        .endswith(f"/published/{STOCK}")
    )


# ---- What is refused: the cache stays as it was, and a former version serves


def spoilt(content):
    """Return an archive with one digit of a table changed, which its checksum tells."""
    place = content.index(b"9001")
    return content[:place] + b"8" + content[place + 1 :]


def table(twin, **changed):
    return zipped(StockEtablissement_utf8=stock_csv(twin.assign(**changed)))


REFUSED = {
    # what the server has, of what is right and the twin; what the card says; error; what is told
    "truncated": (
        lambda right, _: Served(right[:9000]),
        lambda right: {"bytes": len(right)},
        CheckFailed,
        r"has 9,000 bytes, and the card says [\d,]+: it is cut short",
    ),
    "truncated, its size unknown": (
        lambda right, _: Served(right[:9000]),
        lambda right: {},
        CheckFailed,
        "is no ZIP archive: it is cut or damaged",
    ),
    "cut off by the server, again and again": (
        lambda right, _: Served(right, breaks=[100, 0]),
        lambda right: {},
        SsplabError,
        r"The connection to 127\.0\.0\.1 broke .* 100 of [\d,]+ bytes are here.*by-hand",
    ),
    "altered, by its sha256": (
        lambda right, _: Served(spoilt(right)),
        lambda right: {"sha256": hashlib.sha256(right).hexdigest()},
        CheckFailed,
        "has the sha256 [0-9a-f]{64}, not [0-9a-f]{64}: it was altered",
    ),
    "altered, by the archive's checksum": (
        lambda right, _: Served(spoilt(right)),
        lambda right: {},
        CheckFailed,
        f"{MEMBER} in {STOCK} is damaged.*CRC-32",
    ),
    "longer than it can be": (
        lambda right, _: Served(right + b"more"),
        lambda right: {"at_most": len(right)},
        CheckFailed,
        r"has [\d,]+ bytes, and the card says 100 to [\d,]+: it is another file",
    ),
    "a web page in its place": (
        lambda right, _: Served(b"<!doctype html><title>Unavailable</title>" * 9),
        lambda right: {},
        CheckFailed,
        "is no ZIP archive: it is a web page",
    ),
    "another archive": (
        lambda right, _: Served(zipped(readme="Read me." * 99)),
        lambda right: {},
        CheckFailed,
        f"holds no {MEMBER}. In it are: readme.csv",
    ),
    "columns missing": (
        lambda right, twin: Served(
            zipped(StockEtablissement_utf8=stock_csv(twin).replace("dateDebut", "dateFinal"))
        ),
        lambda right: {},
        CheckFailed,
        "has no column dateDebut. Its columns are: .*dateFinal.*changed the form",
    ),
    "no row": (
        lambda right, twin: Served(table(twin.head(0))),
        lambda right: {},
        CheckFailed,
        "holds no row",
    ),
    "a key twice": (
        lambda right, twin: Served(table(twin, siret=twin["siret"].iloc[0])),
        lambda right: {},
        CheckFailed,
        "siret must be another in each row, and stands twice: ",
    ),
    "no key": (
        lambda right, twin: Served(table(twin, siret=None)),
        lambda right: {},
        CheckFailed,
        "siret: no value in row 1, row 2, row 3 and 397 more",
    ),
    "dates written otherwise": (
        lambda right, twin: Served(
            zipped(StockEtablissement_utf8=stock_csv(twin).replace("-01,", "-1er,"))
        ),
        lambda right: {},
        CheckFailed,
        r"values are not dates, such as '[\d-]+1er'. Its publisher has changed",
    ),
    "not there any more": (
        lambda right, _: Served(right, status=404),
        lambda right: {},
        SsplabError,
        r"127\.0\.0\.1 answered 404 Not Found to http://.*by-hand",
    ),
    "closed to programs": (
        lambda right, _: Served(right, status=403),
        lambda right: {},
        SsplabError,
        r"answered 403 Forbidden.*fetch https://\S+/StockEtablissement_utf8\.zip with a browser",
    ),
}


@pytest.mark.parametrize("former", [False, True], ids=["empty cache", "former version"])
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_leaves_the_cache_as_it_was(
    case, former, mirror, stock, twin, cache, monkeypatch
):
    served, says, error, told = REFUSED[case]
    change(monkeypatch, **says(stock))
    if former:
        load()
    before = kept(cache)
    mirror.files[STOCK] = served(stock, twin)
    with pytest.raises(error, match=f"(?s){told}") as raised:
        fetch_official("employers", "establishments")
    assert ("still serves" in str(raised.value)) == former
    assert isinstance(raised.value, CheckFailed) == (error is CheckFailed)
    assert kept(cache) == before
    if former:
        pd.testing.assert_frame_equal(load(), twin.reset_index(drop=True))
        return
    mirror.files[STOCK] = Served(stock, tag='"right"')
    assert len(load()) == 400  # what was refused does not stand in the way of what is right


def test_without_a_network_it_says_what_to_do_and_where_to_lay_the_file(cache, monkeypatch):
    nobody = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv(official.MIRROR, nobody)
    with pytest.raises(SsplabError) as told:
        load()
    message = str(told.value)
    assert "There is no connection to 127.0.0.1" in message
    assert f"lay what it saves into {cache / 'official' / 'by-hand'} under the same" in message
    assert "https://www.data.gouv.fr/datasets/base-sirene" in message
    assert "ssplab data fetch employers --from PLACE" in message
    assert kept(cache) == {}


def test_a_disk_that_is_too_small_is_told_before_a_byte_is_stored(mirror, cache, monkeypatch):
    usage = SimpleNamespace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(SsplabError, match=r"(?s)[\d,]+ bytes are needed and 1,000 are free.*Free"):
        load()
    assert kept(cache) == {}
    assert not list(cache.rglob("*.part"))


def test_a_disk_that_fills_up_while_the_table_is_made_leaves_nothing_half_made(
    mirror, cache, monkeypatch
):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(official, "_with_told", full)
        with pytest.raises(SsplabError, match="No space left on device"):
            load()
    assert not list(cache.rglob("*.parquet"))
    load()
    assert len(mirror.requests) == 1  # the file itself was right, and is not asked for again
    assert [path.suffix for path in cache.rglob("*") if path.is_file()] in (
        [".parquet"],
        [".lock", ".parquet"],
        [".parquet", ".lock"],
    )


def test_two_calls_at_once_do_not_work_on_the_same_table(mirror):
    path = official_path("employers", "establishments")
    with (
        official._alone(path),
        pytest.raises(SsplabError, match="Another process is fetching establishments"),
    ):
        fetch_official("employers", "establishments")


# ---- Without a network


def test_a_file_laid_by_hand_is_taken_and_left_where_it_lies(cache, stock):
    folder = cache / "official" / "by-hand"
    folder.mkdir(parents=True)
    (folder / STOCK).write_bytes(stock)
    assert len(load()) == 400
    assert (folder / STOCK).read_bytes() == stock


def test_a_mirror_may_be_a_folder(cache, stock, tmp_path):
    with pytest.raises(SsplabError, match=f"There is no {STOCK} in {tmp_path}"):
        fetch_official("employers", "establishments", place=str(tmp_path))
    (tmp_path / STOCK).write_bytes(stock)
    fetched = fetch_official("employers", "establishments", place=str(tmp_path))
    assert fetched.files[STOCK]["from"] == str(tmp_path / STOCK)
    (tmp_path / STOCK).write_bytes(spoilt(stock))
    with pytest.raises(CheckFailed, match=r"(?s)is damaged.*still serves"):
        fetch_official("employers", "establishments", place=str(tmp_path))


def test_a_sha256_that_is_given_takes_the_place_of_the_cards_check(cache, stock, tmp_path):
    (tmp_path / STOCK).write_bytes(stock)
    asked = {"place": str(tmp_path), "sha256": hashlib.sha256(stock).hexdigest()}
    assert fetch_official("employers", "establishments", **asked).rows == 400
    with pytest.raises(CheckFailed, match="has the sha256"):
        fetch_official("employers", "establishments", **asked | {"sha256": "0" * 64})
    with pytest.raises(SsplabError, match="is no sha256"):
        fetch_official("employers", "establishments", **asked | {"sha256": "abc"})
    with pytest.raises(SsplabError, match="made of 2"):
        fetch_official("communes", **asked)


# ---- What is made of it


def test_values_that_are_hidden_or_unreadable_are_missing_and_told(mirror, twin):
    texts = (
        stock_csv(twin)
        .replace(twin["libelleVoieEtablissement"].iloc[0], "[ND]", 1)
        .replace("2017-", "0017-", 1)
    )
    mirror.files[STOCK] = Served(zipped(StockEtablissement_utf8=texts))
    found = load()
    assert found["libelleVoieEtablissement"].isna().sum() == 1
    (note,) = fetched_official("employers", "establishments").notes
    assert "1 value(s) are not plausible dates" in note
    assert note.endswith("they are missing.")


def test_codes_that_the_card_does_not_know_stay(mirror, twin):
    mirror.files[STOCK] = Served(table(twin, trancheEffectifsEtablissement="53"))
    assert set(load()["trancheEffectifsEtablissement"]) == {"53"}


def test_pieces_are_read_as_the_whole_is(mirror, twin, monkeypatch):
    monkeypatch.setattr(official, "BLOCK", 8000)
    monkeypatch.setattr(official, "ROWS", 60)
    pieces = []
    read = official._read

    def counted(frame, *others):
        pieces.append(len(frame))
        return read(frame, *others)

    monkeypatch.setattr(official, "_read", counted)
    pd.testing.assert_frame_equal(load(), twin.reset_index(drop=True))
    assert len(pieces) > 4
    assert sum(pieces) == 400


def test_only_the_columns_of_the_card_are_read(mirror, twin, monkeypatch):
    frames = []
    read = official._read

    def seen(frame, *others):
        frames.append(list(frame))
        return read(frame, *others)

    monkeypatch.setattr(official, "_read", seen)
    load()
    assert frames == [list(load_card("employers").tables["establishments"].variables)]


def test_first_names_of_real_people_are_not_taken(web, cache, monkeypatch):
    monkeypatch.setenv(official.MIRROR, web.url)
    units = ssplab.load("employers", "enterprises").head(50)
    texts = units.assign(
        prenomUsuelUniteLegale="Nobody-at-all",
        dateCreationUniteLegale=units["dateCreationUniteLegale"].dt.strftime("%Y-%m-%d"),
    ).to_csv(index=False)
    web.files["StockUniteLegale_utf8.zip"] = Served(zipped(StockUniteLegale_utf8=texts))
    found = ssplab.load("employers", "enterprises", source="official")
    assert found["prenomUsuelUniteLegale"].isna().all()
    assert b"Nobody" not in official_path("employers", "enterprises").read_bytes()
    pd.testing.assert_frame_equal(found, units)


COMMUNES = """\
TYPECOM,COM,REG,DEP,CTCD,ARR,TNCC,NCC,NCCENR,LIBELLE,CAN,COMPARENT
COM,01001,84,01,01D,012,5,ABERGEMENT CLEMENCIAT,Abergement-Clémenciat,L'Abergement-Clémenciat,0108,
COM,2A004,94,2A,20R,2A1,1,AJACCIO,Ajaccio,Ajaccio,2A99,
ARM,75101,11,75,75C,751,0,PARIS 1,Paris 1er,Paris 1er Arrondissement,,75056
COM,75056,11,75,75C,751,0,PARIS,Paris,Paris,7599,
COM,97611,06,976,976D,,0,MAMOUDZOU,Mamoudzou,Mamoudzou,97699,
COM,55039,44,55,55D,553,0,BEAUMONT,Beaumont,Beaumont-en-Verdunois,5599,
"""
DEPARTEMENTS = """\
DEP,REG,CHEFLIEU,TNCC,NCC,NCCENR,LIBELLE
01,84,01053,5,AIN,Ain,Ain
2A,94,2A004,3,CORSE DU SUD,Corse-du-Sud,Corse-du-Sud
55,44,55029,3,MEUSE,Meuse,Meuse
75,11,75056,0,PARIS,Paris,Paris
976,06,97611,0,MAYOTTE,Mayotte,Mayotte
"""
REGIONS = """\
REG,CHEFLIEU,TNCC,NCC,NCCENR,LIBELLE
06,97611,0,MAYOTTE,Mayotte,Mayotte
11,75056,1,ILE DE FRANCE,Île-de-France,Île-de-France
44,67482,2,GRAND EST,Grand Est,Grand Est
84,69123,1,AUVERGNE RHONE ALPES,Auvergne-Rhône-Alpes,Auvergne-Rhône-Alpes
94,2A004,0,CORSE,Corse,Corse
"""
# Numbers are invented.
PEOPLE = """\
\ufeffREG;Région;DEP;CODARR;CODCAN;CODCOM;COM;Commune;PMUN;PCAP;PTOT
84;Auvergne-Rhône-Alpes;01;2;08;001;01001;L'Abergement-Clémenciat;801;10;811
94;Corse;2A;1;99;004;2A004;Ajaccio;70001;10;70011
11;Île-de-France;75;1;99;056;75056;Paris;2000001;10;2000011
44;Grand Est;55;3;99;039;55039;Beaumont-en-Verdunois;0;0;0
"""


@pytest.fixture
def geography(web, cache, monkeypatch):
    monkeypatch.setenv(official.MIRROR, web.url)
    cog = zipped(v_commune_2026=COMMUNES, v_departement_2026=DEPARTEMENTS, v_region_2026=REGIONS)
    web.files = {COG: Served(cog), POPULATIONS: Served(zipped(donnees_communes=PEOPLE))}
    return web


def test_communes_are_joined_with_their_populations(geography):
    found = ssplab.load("communes", source="official")
    shipped = ssplab.load("communes")
    assert list(found) == list(shipped)
    assert found["code"].tolist() == ["01001", "2A004", "55039", "75056", "97611"]
    assert found["population"].tolist()[:4] == [801, 70001, 0, 2000001]
    assert found["population"].isna().tolist() == [False] * 4 + [True]
    assert found["zone"].tolist() == ["metro"] * 4 + ["drom"]
    assert found[["latitude", "matched_by"]].isna().all(axis=None)
    both = shipped.merge(found, on="code", suffixes=("", "_official"))
    assert len(both) >= 3
    for column in ("name", "department", "department_name", "region", "region_name", "zone"):
        assert both[column].equals(both[f"{column}_official"]), column
    assert fetched_official("communes").notes == ["population: 1 value(s) are below 1; they stay."]


def test_of_two_files_the_right_one_is_not_fetched_again_once_the_other_comes(geography):
    populations = geography.files.pop(POPULATIONS)
    with pytest.raises(
        SsplabError, match=rf"404.*fetch https\S+{COG} and https\S+{POPULATIONS} with"
    ):
        ssplab.load("communes", source="official")
    geography.files[POPULATIONS] = populations
    ssplab.load("communes", source="official")
    assert [name for name, *_ in geography.requests] == [COG, POPULATIONS, POPULATIONS]


def test_a_table_larger_than_the_memory_is_not_loaded_but_told_how_to_be_read(
    mirror, twin, monkeypatch
):
    load()
    free = SimpleNamespace(available=1000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    with pytest.raises(SsplabError, match=r"ssplab\.official_path\(.*duckdb\.sql"):
        load()
    path = ssplab.official_path("employers", "establishments")
    town = twin["codeCommuneEtablissement"].mode()[0]
    query = f"SELECT siret FROM '{path}' WHERE codeCommuneEtablissement = '{town}' ORDER BY siret"
    there = twin.loc[twin["codeCommuneEtablissement"] == town, "siret"]
    assert duckdb.sql(query).df()["siret"].tolist() == sorted(there)


def test_a_card_that_changes_makes_the_table_anew(mirror, monkeypatch):
    load()
    change(monkeypatch, at_most=10**8)
    load()
    assert len(mirror.requests) == 2


# ---- What is asked


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: ssplab.load("employers", source="offical"), "source is 'offical'"),
        (
            lambda: ssplab.load("employers", source="official"),
            "'forms' of 'employers' has no official source. Published are: establishments, "
            "enterprises",
        ),
        (
            lambda: ssplab.load("employers", "forms", source="official"),
            "'forms' of 'employers' has no official source",
        ),
        (lambda: ssplab.load("employers", "form", source="official"), "Did you mean forms"),
        (lambda: ssplab.load("payroll", source="official"), "is a twin of is not published"),
        (lambda: ssplab.load("wagepan", source="official"), "has no official source on its card"),
        (lambda: ssplab.load("comunes", source="official"), "Did you mean communes"),
        (lambda: ssplab.load("communes", seed=7, source="official"), "no seed and no scale"),
        (lambda: ssplab.load("tests/data", source="official"), "is a folder of your own"),
        (
            lambda: ssplab.truth("employers", source="official"),
            r"has no truth: nothing is planted in it.*ssplab\.truth\(\"employers\"\)",
        ),
        (lambda: ssplab.truth("communes", source="official"), "its data are real"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(call, told, cache, monkeypatch):
    monkeypatch.chdir(ssplab.course_root())
    with pytest.raises(SsplabError, match=f"(?s){told}"):
        call()
    assert not cache.exists()


def test_what_a_notebook_was_set_up_with_does_not_stand_for_the_official_source(mirror, tmp_path):
    ssplab.set_up("employers", seed=7, scale=0.05)
    try:
        assert len(load()) == 400
    finally:
        ssplab.set_up()


@pytest.mark.parametrize("name", [name for name in card_names() if load_card(name).official])
def test_a_card_maps_its_official_columns_as_a_mapping_file_would(name):
    card = load_card(name)
    tables = {table: mapping_of(one) for table, one in card.official.items()}
    mapping = MappingFile(data=name, tables=tables)
    assert list(_against_card(mapping, card)) == []


# ---- The command


def command(*words, monkeypatch):
    monkeypatch.setattr("sys.argv", ["ssplab", "data", "fetch", *words])
    with pytest.raises(SystemExit) as end:
        main()
    return end.value.code


def test_the_command_fetches_and_says_what_it_has(mirror, monkeypatch, capsys):
    assert command("employers", "establishments", monkeypatch=monkeypatch) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "establishments: 400 rows" in said
    assert hashlib.sha256(mirror.files[STOCK].content).hexdigest() in said.replace(" ", "")
    mirror.files[STOCK] = Served(spoilt(mirror.files[STOCK].content), tag='"second"')
    assert command("employers", "establishments", monkeypatch=monkeypatch) == 1
    assert "still serves" in " ".join(capsys.readouterr().err.split())


def test_the_command_takes_a_folder(cache, stock, tmp_path, monkeypatch, capsys):
    (tmp_path / STOCK).write_bytes(stock)
    words = ["employers", "establishments", "--from", str(tmp_path)]
    assert command(*words, monkeypatch=monkeypatch) == 0
    assert command(*words, "--sha256", "0" * 64, monkeypatch=monkeypatch) == 1
    capsys.readouterr()


def test_a_finished_table_says_where_it_comes_from(mirror):
    path = official_path("employers", "establishments")
    told = json.loads(pq.read_schema(path).metadata[b"ssplab"])
    assert set(told) == {"files", "fetched", "notes"}
