import datetime

import pytest
import yaml

from ssplab.system import from_yaml


def test_yaml_gives_plain_data():
    said = from_yaml("a: [1, 0.5, '01', no]\nb: 2023-05-01\n")
    assert said == {"a": [1, 0.5, "01", False], "b": datetime.date(2023, 5, 1)}
    assert from_yaml("") is None


@pytest.mark.parametrize("text", ["a: [", "a: b: c", "!!python/object/apply:os.getpid []"])
def test_what_is_no_plain_data_is_refused(text):
    with pytest.raises(yaml.YAMLError):
        from_yaml(text)
