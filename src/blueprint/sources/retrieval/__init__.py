"""A library of 3D assets: found by words or by meaning, fitted to what a scene needs, and reported object by object."""
