"""Projections of a certified scene for other simulators."""
