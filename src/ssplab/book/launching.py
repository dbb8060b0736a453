"""Where a page's notebook can be opened to work in it: on a JupyterHub, on Onyxia, or in the
JupyterLab that runs on the reader's machine.

`launch` in `_config.yml` says which of them there are; what it does not name has no button.
"""

from collections.abc import Mapping
from typing import Annotated, Self
from urllib.parse import quote, urlencode, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from ssplab.course import course_root
from ssplab.system import CheckFailed, from_yaml, model_faults

KINDS = ("chapters", "exercises")
"""Folders whose notebooks are worked in; of a solution, the exercise is."""
LOCAL = ("127.0.0.1", "localhost", "[::1]")
BRANCH = r"^[\w./-]+$"
WORD = r"^[\w.-]+$"


def _address(given: str) -> str:
    """Return an address without the slash at its end; refuse what a browser would not open."""
    parts = urlsplit(given)
    host = parts.netloc.rpartition("@")[2].partition(":")[0]
    if parts.scheme != "https" or not host or any(one.isspace() for one in given):
        raise ValueError(f"{given!r} is no address that begins with https://")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(f"{given!r} must have neither ? nor # nor a user's name in it")
    return given.rstrip("/")


def _local_address(given: str) -> str:
    parts = urlsplit(given)
    if parts.scheme != "http" or parts.hostname not in {host.strip("[]") for host in LOCAL}:
        raise ValueError(f"{given!r} is not on this machine: write http://127.0.0.1:8888")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"{given!r} has more than a host and a port")
    return given.rstrip("/")


Address = Annotated[str, AfterValidator(_address)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class JupyterHub(_Strict):
    """A hub; with a repository, nbgitpuller brings the course into the reader's folder first."""

    hub: Address
    repository: Address | None = None
    """Of git, which the hub reaches; None where the hub's image holds the course."""
    branch: Annotated[str, Field(pattern=BRANCH)] = "main"

    def link(self, place: str) -> str:
        """Return the address that opens a notebook, given by its path in the course.

        Source: nbgitpuller's documentation, "Options in an nbgitpuller URL", and JupyterHub's on
        `/hub/user-redirect/`.
        """
        if self.repository is None:
            return f"{self.hub}/hub/user-redirect/lab/tree/{quote(place)}"
        folder = self.repository.rpartition("/")[2].removesuffix(".git")
        asked = {
            "repo": self.repository,
            "urlpath": f"lab/tree/{quote(f'{folder}/{place}')}",
            "branch": self.branch,
        }
        return f"{self.hub}/hub/user-redirect/git-pull?{_query(asked)}"


class Onyxia(_Strict):
    """A launcher of services: one is started, and opens the notebook.

    It is of the course's own chart, `deploy/onyxia`, in a catalogue that has it; or, with `init`
    and `repository`, of a chart that the platform has already, into which a script brings the
    course, as `deploy/onyxia/init.sh` does.
    """

    address: Address
    init: Address | None = None
    """Of the script. It is given the repository, and the notebook's path in the course."""
    repository: Address | None = None
    """Of git, which the service reaches."""
    catalog: Annotated[str, Field(pattern=WORD)] | None = None
    chart: Annotated[str, Field(pattern=WORD)] | None = None
    version: Annotated[str, Field(pattern=WORD)] | None = None
    """Of the chart; the newest by default."""
    name: Annotated[str, Field(min_length=1)] = "Python for Official Statistics"
    values: dict[Annotated[str, Field(pattern=r"\.")], bool | int | float | str] = {}
    """Further values of the chart, such as `resources.limits.memory: 8Gi`."""

    @model_validator(mode="after")
    def _says_how(self) -> Self:
        if (self.init is None) != (self.repository is None):
            raise ValueError("init and repository go together: the script is told the repository")
        if self.init is None and self.catalog is None:
            raise ValueError("name the catalog that has the chart of deploy/onyxia, or an init")
        return self

    def link(self, place: str) -> str:
        """Return the address that starts a service and opens a notebook, given by its path.

        A text stands in guillemets, by which Onyxia tells it from a number or a truth value.
        Source: Onyxia's own reader of such addresses, `web/src/ui/pages/launcher/route.ts`.
        """
        asked: dict[str, object] = {"name": self.name}
        if self.version:
            asked["version"] = self.version
        if self.init:
            catalog, chart = self.catalog or "ide", self.chart or "jupyter-python"
            values = {
                "init.personalInit": self.init,
                "init.personalInitArgs": f"{self.repository} {place}",
            }
        else:
            catalog, chart = self.catalog, self.chart or "ssplab-course"
            values = {"course.chapter": place}
        asked |= {key: _value(value) for key, value in (values | self.values).items()}
        asked["autoLaunch"] = "true"
        return f"{self.address}/launcher/{catalog}/{chart}?{_query(asked)}"


class Local(_Strict):
    """JupyterLab on the reader's own machine, as `make lab` opens it, while it runs."""

    address: Annotated[str, AfterValidator(_local_address)] = "http://127.0.0.1:8888"

    def link(self, place: str) -> str:
        """Return the address of a notebook's work copy, which is made when it is opened."""
        return f"{self.address}/lab/tree/{quote(place)}"


class Launch(_Strict):
    """What `launch` in `_config.yml` says."""

    jupyterhub: JupyterHub | None = None
    onyxia: Onyxia | None = None
    local: Local | None = None

    def links(self, page: str) -> dict[str, str]:
        """Return where a page's notebook can be opened: addresses by the name of the place.

        Parameters
        ----------
        page : str
            Path of the page from the course's folder, without a suffix.
        """
        if not page.startswith(tuple(f"{kind}/" for kind in KINDS)):
            return {}
        named = {"JupyterHub": self.jupyterhub, "Onyxia": self.onyxia, "My JupyterLab": self.local}
        return {name: one.link(f"{page}.ipynb") for name, one in named.items() if one is not None}


def read_launch(given: object = None) -> Launch:
    """Return what `_config.yml` says of where notebooks can be opened.

    Parameters
    ----------
    given : object, optional
        The content of `launch`; by default what the course's `_config.yml` holds.

    Raises
    ------
    CheckFailed
        If it is not of this form: every fault is named with its place.
    """
    if given is None:
        config = from_yaml((course_root() / "_config.yml").read_text(encoding="utf-8"))
        given = config["sphinx"]["config"].get("launch")
    if isinstance(given, Mapping):  # a name with nothing below it takes all defaults
        given = {name: {} if below is None else below for name, below in given.items()}
    try:
        return Launch.model_validate({} if given is None else given)
    except ValidationError as error:
        faults = "\n".join(f"  {fault}" for fault in model_faults(error, "launch"))
        raise CheckFailed(
            f"`launch` in _config.yml is wrong:\n{faults}\n"
            "The comment above it there says what it may hold."
        ) from error


def _value(value: bool | int | float | str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"«{value}»" if isinstance(value, str) else str(value)


def _query(asked: Mapping[str, object]) -> str:
    return urlencode(asked, quote_via=quote, safe="")
