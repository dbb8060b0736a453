"""The texts of `checks/PART/SLUG.yml` that trainees read, for a translator's tool.

`pybabel extract` calls `extract` as `[tool.babel]` in `pyproject.toml` says.
"""

from collections.abc import Collection, Iterator
from typing import BinaryIO

import yaml

TEXTS = {"expects", "praise", "advice", "unit", "options", "told", "words"}
GROUPS = {"hints", "units"}  # whose items are texts

Message = tuple[int, None, str, list[str]]


def extract(
    fileobj: BinaryIO,
    keywords: Collection[str],
    comment_tags: Collection[str],
    options: dict[str, str],
) -> Iterator[Message]:
    """Yield the texts of a file of checks, as `babel.messages.extract` expects them.

    Parameters
    ----------
    fileobj : binary file
    keywords, comment_tags, options
        Of Babel's interface; not used.

    Yields
    ------
    tuple of int, None, str, list of str
        The line, no function, the text, no comments.
    """
    root = yaml.compose(fileobj.read().decode("utf-8"), yaml.SafeLoader)
    if root is not None:
        yield from _messages(root)


def _messages(node: yaml.Node) -> Iterator[Message]:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _messages(item)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if (key.value in TEXTS and isinstance(value, yaml.ScalarNode)) or key.value in GROUPS:
                yield from _scalars(value)
            else:
                yield from _messages(value)


def _scalars(node: yaml.Node) -> Iterator[Message]:
    if isinstance(node, yaml.ScalarNode):
        yield node.start_mark.line + 1, None, node.value, []
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _scalars(item)
    else:
        for _key, value in node.value:
            yield from _scalars(value)
