"""Data sets that consist of files as an office receives them: their bytes are what ships.

`datasets/NAME/files/` holds them, and `build.py` beside the card, which made them, has

- `measure(folder)`, what each file says if it is read rightly: by file, a dictionary of floats
  under the names of the card's `facts`;
- `count_planted(folder)`, rows by `(kind, type)` of the card's `planted`.
"""

import hashlib
from contextlib import ExitStack
from pathlib import Path

from ssplab.course import Card, card_names, load_card
from ssplab.system import SsplabError, load_module, whole_file


def folder(name: str) -> Path:
    """Return the folder in which the files of a data set lie, as they were delivered.

    Parameters
    ----------
    name : str
        The data set's, such as `"office_files"`.

    Returns
    -------
    pathlib.Path
        It holds the files that the card lists and nothing else. They belong to the course: write
        your own elsewhere.

    Raises
    ------
    SsplabError
        If there is no such data set (the nearest names are offered), if it consists of tables
        (`load`), or if a file of it is missing.
    """
    card = load_card(name)
    if not card.files:
        made_of_files = [one for one in card_names() if load_card(one).files]
        raise SsplabError(
            f"{name!r} consists of tables, not of files: read it with ssplab.{card.reading_call}. "
            f"Data sets of files: {', '.join(made_of_files)}."
        )
    missing = [file for file in card.files if not (card.files_folder / file).is_file()]
    if missing:
        raise SsplabError(
            f"{card.files_folder} lacks {', '.join(missing)}. Restore it with git, or write the "
            f"files anew with `python datasets/{name}/{card.builder}`."
        )
    return card.files_folder


def files_hash(contents: dict[str, bytes]) -> str:
    """Return `sha256:…` of the names and bytes of all files of a data set, in whatever order."""
    digest = hashlib.sha256()
    for name in sorted(contents):
        digest.update(f"{name}\x1e{hashlib.sha256(contents[name]).hexdigest()}\x1d".encode())
    return f"sha256:{digest.hexdigest()}"


def file_faults(card: Card) -> list[str]:
    """Return what in a data set of files is not as its card says, one sentence each."""
    files = card.files_folder
    there = {path.name: path.read_bytes() for path in sorted(files.iterdir())}
    faults = [
        f"the folder {files.name}/ holds {name}, which the card does not list"
        for name in there.keys() - card.files.keys()
    ]
    for name, file in card.files.items():
        if name not in there:
            faults.append(f"{name} is missing. Restore it with git")
            continue
        found = hashlib.sha256(there[name]).hexdigest()
        if (len(there[name]), found) != (file.bytes, file.sha256):
            faults.append(
                f"{name} has {len(there[name])} bytes and the sha256 {found}, its card says "
                f"{file.bytes} and {file.sha256}. Restore it with git"
            )
    if faults:  # what is not as it was delivered need not be readable
        return faults
    if (found := files_hash(there)) != card.content_hash:
        faults.append(f"the hash of all files is {found}, the card says {card.content_hash}")
    module = load_module(card.folder / card.builder)
    measured = module.measure(files)
    for name, file in card.files.items():
        of_file = measured.get(name, {})
        faults += [
            f"{name}: {what} is {of_file.get(what)}, its card says {file.facts.get(what)}"
            for what in sorted(of_file.keys() | file.facts.keys())
            if of_file.get(what) != file.facts.get(what)
        ]
    return faults + planted_faults(card, module.count_planted(files))


def planted_faults(card: Card, counts: dict[tuple[str, str], int]) -> list[str]:
    """Hold what is planted, rows by `(kind, type)`, against the card."""
    stated = {(one.kind, one.type): one.rows for one in card.planted}
    return [
        f"planted: {kind} {type_!r} stands on {counts.get((kind, type_), 0)} rows, "
        f"its card says {stated.get((kind, type_), 0)}"
        for kind, type_ in sorted(counts.keys() | stated.keys())
        if counts.get((kind, type_), 0) != stated.get((kind, type_), 0)
    ]


def write_files(card: Card, contents: dict[str, bytes]) -> dict[str, object]:
    """Write the files of a data set that ship, all of them or none.

    Parameters
    ----------
    card : Card
        Its card; bytes and hashes on it may be of former files.
    contents : dict of bytes
        By the names of the files on the card.

    Returns
    -------
    dict
        What the card must say: of `files`, by name, `bytes` and `sha256`; and `content_hash`.

    Raises
    ------
    SsplabError
        If the names are not those of the card, or if the system refuses: a full disk, a read-only
        folder. What stood there still does.
    """
    if differ := sorted(contents.keys() ^ card.files.keys()):
        raise SsplabError(
            f"Either the builder or the card of {card.name} does not name {', '.join(differ)}."
        )
    with ExitStack() as together:
        for name, content in contents.items():
            together.enter_context(whole_file(card.files_folder / name)).write_bytes(content)
    return {
        "files": {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in contents.items()
        },
        "content_hash": files_hash(contents),
    }
