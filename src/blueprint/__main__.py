"""`python -m blueprint` is the `blueprint` command."""

from blueprint.cli import main

if __name__ == "__main__":
    main()
