"""What loose meshes weigh and are made of: a table, or a model that sees, checked against the table."""

from blueprint.sources.meshes.properties.guess import guess_masses
from blueprint.sources.meshes.properties.mode import physics_mode

__all__ = ["guess_masses", "physics_mode"]
