"""SAGE's layout folders and SAGE-10k zips, as a scene of ours."""

from blueprint.sources.sage.reader import is_sage_dir, read_sage

__all__ = ["is_sage_dir", "read_sage"]
