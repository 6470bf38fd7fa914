"""Infinigen's sim-ready generators behind HTTP: the name of a kind of thing → a new articulated thing of that kind."""

from dataclasses import dataclass

from blueprint.services.articulation.payload import ArticulationPayload, payload_of
from blueprint.services.articulation.service import ArticulationService, ArticulationServiceError, ask

__all__ = ["INFINIGEN_NAMES", "InfinigenClient"]

# Our categories → the names of Infinigen's articulated assets (its release notes); what is not here is not asked for.
INFINIGEN_NAMES = {
    "base_cabinet": "cabinets",
    "box_with_lid": "boxes",
    "casement_window": "windows",
    "dishwasher": "dishwashers",
    "drawer_unit": "drawers",
    "fridge": "refrigerators",
    "interior_door": "doors",
    "microwave": "microwaves",
    "pedal_bin": "trashcans",
    "stove": "ovens",
    "toaster": "toasters",
}


@dataclass(frozen=True)
class InfinigenClient:
    """`POST / {asset_name, seed, collision, export}`."""

    service: ArticulationService
    collision: bool = False

    def articulate(self, category: str, seed: int) -> ArticulationPayload:
        """Return a thing of one of our categories, in metres of its own. Raises ArticulationServiceError."""
        name = INFINIGEN_NAMES.get(category)
        if name is None:
            raise ArticulationServiceError(f"{self.service.name} makes no {category[:60]!r}.", "refused")
        body = {"asset_name": name, "seed": seed % (1 << 31), "collision": self.collision, "export": "urdf"}
        return payload_of(self.service.name, ask(self.service, body))
