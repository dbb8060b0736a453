"""YAML, read as plain data."""

import yaml

# libyaml's, ten times as fast; not on each system
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def from_yaml(text: str) -> object:
    """Return what a text in YAML says, as lists, mappings and what they hold; None if it is empty.

    Raises
    ------
    yaml.YAMLError
        If it is not YAML, or asks for more than plain data.
    """
    return yaml.load(text, _LOADER)
