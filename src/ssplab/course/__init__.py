"""What the course consists of: its contents as `_toc.yml` orders them, chapters and what they say
of themselves, the functions that they teach, notebooks and how they are named and stored, data
cards, folders, and which source file uses which. Nothing here runs a notebook or loads a table.
"""

from ssplab import _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submodules=["locks", "normal"],
    submod_attrs={
        "cards": [
            "Band",
            "Card",
            "ContributorRule",
            "DeliveredFile",
            "Image",
            "PPercentRule",
            "ROW_NUMBER",
            "Table",
            "Variable",
            "card_images",
            "card_names",
            "card_tables",
            "load_card",
        ],
        "contents": [
            "LINK",
            "Page",
            "Part",
            "Question",
            "chapters",
            "data_sets_of",
            "pages",
            "parts",
            "read_by",
            "sessions",
        ],
        "functions": ["taught", "taught_calls", "taught_source", "taught_sources"],
        "imports": ["files_meant", "modules_used", "sources_of"],
        "naming": [
            "AFFILIATED",
            "KINDS",
            "LESSONS",
            "course_path",
            "find",
            "kind_of",
            "notebooks",
            "repeated_stems",
            "select",
            "sibling",
        ],
        "official": ["OfficialFile", "OfficialTable", "OfficialView"],
        "prose": ["CAPTION", "GLOSSARY", "glossary_terms", "headings"],
        "paths": ["cache_dir", "course_root", "work_dir"],
        "source": [
            "HIDING",
            "bound_names",
            "cell_label",
            "changed_names",
            "needed_names",
            "parameters",
            "parse",
            "string_constants",
            "images_opened",
            "tables_loaded",
            "tags",
            "taken_names",
        ],
        "unfinished": ["MARK", "checks_of", "drafts", "is_draft", "places_to_fill"],
    },
)
