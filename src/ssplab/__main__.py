"""`python -m ssplab`: the command line where the `ssplab` script is not on the PATH."""

from ssplab.cli import main

main()
