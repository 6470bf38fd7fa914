"""Demonstrations collected over the wire: a task template driven through the RPCs of a Genie Sim server."""
