"""What every room stands on, and what knows nothing of the course: errors told in a sentence, files
written whole or not at all, folders of which nothing stays, signals that end a process and the
processes that it started, ports to listen on, the language of messages, progress bars, the look of
figures and numbers, YAML read, modules loaded from a path, git asked, and the diary in which a
trainee's work is kept.
"""

from ssplab import _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submodules=["diary", "processes", "signals", "sockets", "style"],
    submod_attrs={
        "bars": ["bytes_bar", "progress_bar"],
        "errors": ["CheckFailed", "SsplabError", "model_faults", "nearest"],
        "files": ["beside", "place_together", "whole_file", "write_text"],
        "former": ["without_number"],
        "language": ["_", "ngettext"],
        "modules": ["load_module"],
        "numbers": ["show_plainly"],
        "revisions": ["ask_git"],
        "style": ["COLOURS"],
        "temporary": ["mark_of", "remove_abandoned", "temporary_folder"],
        "yamls": ["from_yaml"],
    },
)
