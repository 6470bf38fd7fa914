"""Simulators behind one protocol: the MuJoCo world of a task, its stepping, and pictures of it."""
