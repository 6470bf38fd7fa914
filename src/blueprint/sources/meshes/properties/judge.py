"""A model's estimate → a record, moved into the table's bounds; every move is written down."""

from blueprint.contracts.physics_estimation import EstimationSource, ObjectPhysics
from blueprint.physics.materials import physics_material
from blueprint.sources.meshes.properties.measure import MeasuredItem
from blueprint.sources.meshes.properties.question import Estimate
from blueprint.sources.meshes.properties.table import Bounds, TableGuess, clamped_mass, density_bounds, solid_fraction

__all__ = ["judged", "tabled"]

_FRICTION = (0.05, 1.5)


def tabled(thing: MeasuredItem, guess: TableGuess, reason: str | None = None, pictures: int = 0) -> ObjectPhysics:
    """Return the table's guess as a record; `reason` says why a model that was asked is not believed."""
    return ObjectPhysics(
        name=thing.item.name,
        category=thing.item.category,
        label=thing.item.label,
        size_m=thing.size_m,
        hull_volume_m3=thing.hull_volume_m3,
        material=guess.material,
        mass_kg=guess.mass_kg,
        mass_range_kg=(guess.bounds.low_kg, guess.bounds.high_kg) if guess.bounds else None,
        solid_fraction=guess.solid_fraction,
        static_friction=guess.static_friction,
        estimated_by="table",
        source=guess.source,
        confidence=guess.confidence,
        pictures=pictures,
        range_source=guess.bounds.source if guess.bounds else None,
        clamped=guess.clamped,
        fallback_reason=reason or (f"mesh not measured: {thing.problem}" if thing.problem else None),
    )


def judged(
    thing: MeasuredItem,
    guess: TableGuess,
    estimate: Estimate,
    service: EstimationSource,
    model: str,
    pictures: int,
) -> ObjectPhysics:
    """Return a model's estimate as a record: its mass within the table's range of the kind (where the kind is known)
    and within what its material can weigh, its range cut to the kind's, its friction within 0.05 to 1.5."""
    bounds = guess.bounds if guess.bounds and guess.bounds.is_of_kind else None
    solid = density_bounds(estimate.material, thing.hull_volume_m3)
    mass, notes = clamped_mass(estimate.mass_kg, bounds, solid)
    friction = estimate.static_friction
    if friction is None:
        friction = physics_material(estimate.material).static_friction
    elif not _FRICTION[0] <= friction <= _FRICTION[1]:
        moved = min(max(friction, _FRICTION[0]), _FRICTION[1])
        notes = [*notes, f"static friction {friction:.4g} set to {moved:g}: 0.05 to 1.5 is plausible"]
        friction = moved
    if estimate.confidence > 1:
        notes = [*notes, f"confidence {estimate.confidence:.4g} set to 1"]
    low, high, cut = _range(estimate, bounds, mass)
    return ObjectPhysics(
        name=thing.item.name,
        category=thing.item.category,
        label=thing.item.label,
        size_m=thing.size_m,
        hull_volume_m3=thing.hull_volume_m3,
        material=estimate.material,
        mass_kg=mass,
        mass_range_kg=(low, high),
        solid_fraction=solid_fraction(mass, estimate.material, thing.hull_volume_m3),
        static_friction=friction,
        estimated_by=service,
        source=f"{service}: {model}, {estimate.material}, {pictures} pictures",
        confidence=min(1.0, estimate.confidence),
        pictures=pictures,
        range_source=f"{service}: {model}" + (f", within {bounds.words}: {bounds.source}" if bounds else ""),
        clamped=[*notes, *cut],
        up_axis=estimate.up_axis,
        front_view=estimate.front_view if pictures else None,
    )


def _range(estimate: Estimate, bounds: Bounds | None, mass: float) -> tuple[float, float, list[str]]:
    """The model's range within the table's and around the mass, else the table's."""
    if estimate.mass_kg_range is None:
        return (min(bounds.low_kg, mass), max(bounds.high_kg, mass), []) if bounds else (mass, mass, [])
    low, high = estimate.mass_kg_range
    if bounds is None or bounds.low_kg <= low <= high <= bounds.high_kg:
        return min(low, mass), max(high, mass), []
    cut_low, cut_high = max(low, bounds.low_kg), min(high, bounds.high_kg)
    note = f"mass range {low:.4g}-{high:.4g} kg cut to {bounds.words}"
    return min(cut_low, mass), max(cut_high, mass), [note]
