"""Joints for rigid meshes: services, and our own cabinets fitted to what is seen."""
