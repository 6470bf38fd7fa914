"""Reconstructions that are made from scenes whose truth is known: what a photo of them would have given, and how wrong.

The folder looks like a run of 3D-RE-GEN, or like the canonical tree; `noise` has the table of the errors.
"""

from blueprint.sources.regen3d.synthesis.make import synthesise, truth_of

__all__ = ["synthesise", "truth_of"]
