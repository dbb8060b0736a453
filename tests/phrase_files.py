"""The files that the phrasebook's phrases read, for the tests that run them in Python and in R."""

import shutil

import openpyxl

from ssplab.data import folder


def write_files(told, target):
    """Write the files of the phrasebook, as its `files` tell them, into a folder."""
    for name, how in told.items():
        _write(target / name, **how)


def _write(path, text=None, encoding="utf-8", sheet=None, rows=None, office_file=None):
    if text is not None:
        path.write_bytes(text.encode(encoding))
    elif office_file is not None:
        shutil.copyfile(folder("office_files") / office_file, path)
    else:
        workbook = openpyxl.Workbook()
        workbook.active.title = sheet
        for row in rows:
            workbook.active.append(row)
        workbook.save(path)
