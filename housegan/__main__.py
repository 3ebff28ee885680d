"""`python -m housegan`, the same as the console script."""

from housegan.cli import main

main()
