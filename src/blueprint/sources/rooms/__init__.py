"""Whole rooms and houses from a spec: furnish, build, place, fill surfaces."""
