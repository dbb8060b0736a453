"""The data sets, of tables and images, or of files as they were delivered: loaded, described,
checked against their cards; own extracts and official sources mapped to the form of a card, read
and checked; and the machine that generates the synthetic twins (`ssplab.data.twins` holds what the
generators in `datasets/` share).
Spark, an engine for data larger than a machine, is started here, and cells that need it are passed
over where it is not.
"""

from ssplab import _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "checking": ["check_data_set", "check_data_sets", "write_sample", "write_tables"],
        "content": ["conform", "content_hash"],
        "describing": ["about_image", "counted", "describe", "limits"],
        "extracts": ["Extract", "card_of", "examine", "has_table", "is_folder", "private_texts"],
        "files": ["files_hash", "folder", "write_files"],
        "generation": ["Block", "build", "check_scale", "generate", "generator"],
        "images": ["image_hash"],
        "loading": [
            "as_set_up",
            "image_path",
            "load",
            "set_up",
            "truth",
            "truth_image_path",
        ],
        "official": [
            "Fetched",
            "fetch_official",
            "fetched_official",
            "load_official",
            "mapping_of",
            "official_form",
            "official_path",
        ],
        "spark": ["spark_session", "why_no_spark"],
        "spark_cells": ["MARK", "NEEDS_SPARK", "needs_spark", "not_run"],
        "packages": ["archive", "archives_folder", "member"],
        "template": ["write_template"],
    },
)
