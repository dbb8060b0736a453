"""Fixtures that several test files share."""

import pytest


@pytest.fixture
def course(tmp_path, monkeypatch):
    """An empty course with one data set's name, in place of the real one."""
    root = tmp_path / "course"
    for folder in ("chapters/1-part", "solutions/1-part", "exercises/1-part", "datasets/payroll"):
        (root / folder).mkdir(parents=True)
    (root / "_toc.yml").touch()
    (root / "datasets/payroll/card.yml").touch()
    monkeypatch.setenv("SSPLAB_ROOT", str(root))
    return root
