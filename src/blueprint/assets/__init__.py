"""Assets: parametric generators, how they look, and how they are kept on disk."""
