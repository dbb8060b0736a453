"""The databases on which a board is tried."""

import pytest
from postgres import cluster
from sample_board import AGREED, organiser_archive

from ssplab import board


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL that runs."""
    with cluster() as found:
        yield found


@pytest.fixture
def url(request, tmp_path):
    """The address of an empty database: a file, where a test asks for no other kind."""
    if getattr(request, "param", "sqlite") == "postgresql":
        return request.getfixturevalue("postgres").new_database()
    return f"sqlite:///{tmp_path / 'board.db'}"


@pytest.fixture
def store(url, tmp_path):
    """A board of three files a day, from eleven o'clock to six, frozen at five."""
    board.create(organiser_archive(tmp_path), url, **AGREED)
    store = board.Store(url)
    yield store
    store.close()
