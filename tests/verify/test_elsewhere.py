"""What would stop the quick stage on Windows or macOS, as far as sources tell.

No such machine is at hand. What POSIX alone has may be named where a function runs, after a test
was skipped or a system asked; named while a module is loaded, it ends the collection of all tests.
A file that is read or written without an encoding has another one there.
"""

import ast

import pytest

from ssplab.course import course_path, course_root

OF_POSIX = {
    *(
        f"os.{name}"
        for name in ("fork", "mkfifo", "geteuid", "getuid", "killpg", "setsid", "uname")
    ),
    *(
        f"signal.{name}"
        for name in ("SIGHUP", "SIGKILL", "SIGALRM", "SIGUSR1", "SIGSTOP", "SIGCONT")
    ),
    *("fcntl", "resource", "pwd", "grp", "termios", "pty"),
}
FILES = {"read_text", "write_text"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def sources(*folders):
    paths = [path for folder in folders for path in (course_root() / folder).rglob("*.py")]
    return [path for path in sorted(paths) if "/skeletons/" not in path.as_posix()]


def loaded(tree):
    """Yield what runs while a module is loaded: no function's body, but what decorates it."""
    waiting = list(ast.iter_child_nodes(tree))
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If) and "hasattr" in ast.unparse(node.test):
            continue  # the system is asked
        if isinstance(node, FUNCTIONS):
            waiting += [*getattr(node, "decorator_list", []), node.args]
        else:
            waiting += ast.iter_child_nodes(node)


def of_posix(source):
    """Return what a module needs of POSIX to be loaded."""
    found = set()
    for node in loaded(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.add(f"{node.value.id}.{node.attr}")
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module)
    return found & OF_POSIX


def without_encoding(source):
    """Return the lines in which a text is read or written as the system pleases."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        texts = getattr(given.get("text"), "value", None) is True
        positional = len(node.args) > (name == "write_text")
        if (name in FILES and not positional and "encoding" not in given) or (
            texts and "encoding" not in given
        ):
            found.append(node.lineno)
    return found


@pytest.mark.parametrize("folders", [["src"], ["tests", "kits", "checks", "datasets"]])
def test_no_module_needs_posix_to_be_loaded(folders):
    found = {course_path(path): of_posix(path.read_text("utf-8")) for path in sources(*folders)}
    assert not {path: names for path, names in found.items() if names}


def test_every_text_of_the_machine_has_an_encoding():
    files = sources("src")
    found = {course_path(path): without_encoding(path.read_text("utf-8")) for path in files}
    assert not {path: lines for path, lines in found.items() if lines}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import fcntl\n", {"fcntl"}),
        ("@mark(os.mkfifo)\ndef test(): pass\n", {"os.mkfifo"}),
        ("SENT = {signal.SIGHUP: 1}\n", {"signal.SIGHUP"}),
        ("def test():\n    import fcntl\n    os.fork()\n", set()),
        ("if hasattr(signal, 'SIGHUP'):\n    SENT[signal.SIGHUP] = 1\n", set()),
        ("MAKE = lambda path: os.mkfifo(path)\n", set()),
    ],
)
def test_what_posix_alone_has_is_found_where_it_is_loaded(source, found):
    assert of_posix(source) == found


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("path.read_text()\n", [1]),
        ("path.write_text(words)\n", [1]),
        ("run(command, text=True)\n", [1]),
        ("path.read_text('utf-8')\npath.write_text(words, encoding='utf-8')\n", []),
        ("run(command, text=True, encoding='utf-8')\n", []),
    ],
)
def test_a_text_without_an_encoding_is_found(source, lines):
    assert without_encoding(source) == lines
