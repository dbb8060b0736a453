"""Make the kit ready, and open JupyterLab on its baseline: python start.py [--no-lab]

Other options are JupyterLab's, such as --no-browser and --port on a server.
It needs the standard library only. If the running Python has the packages of requirements.txt, it
is used as it is; else they are installed into the folder `.venv`, from the folder `wheels` if there
is one.
"""

import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
NEEDED = (3, 11)
# JupyterLab would ask the internet for its own news and versions.
QUIET = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
)


def main():
    """Return the exit code of the last command, or say what is missing."""
    if sys.version_info < NEEDED:
        print(f"This kit needs Python 3.11 or later, and this is {sys.version.split()[0]}.")
        return 1
    python = sys.executable
    if not has_packages(python):
        python = str(made())
        if not has_packages(python) and install(python):
            print("The packages could not be installed: see above. Without a package index, ask")
            print("the organisers for the folder `wheels`, put it beside this file, start again.")
            return 1
    print("The packages are there.")
    options = sys.argv[1:]
    if "--no-lab" in options:
        return 0
    lab = [python, "-m", "jupyterlab", "baseline.ipynb", *QUIET, *options]
    return subprocess.call(lab, cwd=FOLDER)


def has_packages(python):
    """Return whether all that requirements.txt names is installed, without asking an index."""
    command = [python, "-m", "pip", "install", "--dry-run", "--no-index", "--quiet"]
    command += ["--disable-pip-version-check", "--requirement", "requirements.txt"]
    return subprocess.run(command, cwd=FOLDER, capture_output=True).returncode == 0


def made():
    """Return the Python of the folder .venv, which is made if it is not there."""
    folder = FOLDER / ".venv"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.is_file():
        print("Making an environment in .venv ...")
        venv.create(folder, with_pip=True)
    return python


def install(python):
    """Install the packages; return pip's exit code."""
    print("Installing the packages, a few minutes ...")
    command = [python, "-m", "pip", "install", "--quiet", "--requirement", "requirements.txt"]
    if (FOLDER / "wheels").is_dir():
        command += ["--no-index", "--find-links", "wheels"]
    return subprocess.call(command, cwd=FOLDER)


if __name__ == "__main__":
    sys.exit(main())
