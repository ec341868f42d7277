"""`python -m knowhow` is the same as `knowhow`."""

from knowhow.cli import main

main()
