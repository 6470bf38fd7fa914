"""The command line: verbs that call public functions, and nothing else."""

from blueprint.cli.app import app, main

__all__ = ["app", "main"]
