"""Certification of what is delivered: penetration, settling, stability, joint sweeps, by code that can say no."""
