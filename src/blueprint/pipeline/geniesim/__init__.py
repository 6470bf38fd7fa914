"""Bringing Genie Sim episodes home: the import as a whole, and what starts it."""
