"""Genie Sim 3 packages: asset-root overlay, task templates, benchmark scenes, and the triple of the contracts."""
