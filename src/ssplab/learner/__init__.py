"""A trainee's desk: JupyterLab made ready, the start page, work copies, progress, and the doctor
who looks whether this machine is ready.
"""

from ssplab import _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submodules=["doctor"],
    submod_attrs={
        "achievements": ["export_progress", "progress", "read_progress"],
        "class_report": ["ClassReport", "read_class"],
        "copies": ["reset"],
        "jupyterlab": ["start"],
        "server": ["serve", "serve_in_container", "serve_on_hub", "server_configuration"],
    },
)
