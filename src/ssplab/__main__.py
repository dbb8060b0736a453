"""The command `ssplab`, also as `python -m ssplab` where the script is not on the PATH."""

from ssplab.system import signals


def main() -> None:
    """Run the command line; an interrupt while it is loaded is told in a sentence too."""
    with signals.leaving_at_once():
        from ssplab.cli import main as command

    command()


if __name__ == "__main__":
    main()
