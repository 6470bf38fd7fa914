"""The table: category, words and size → material, mass and friction, with its range and where each comes from."""

from dataclasses import dataclass, field

from blueprint.assets.finish import physics_material_of
from blueprint.assets.lexicon import ancestors
from blueprint.contracts.ids import slug
from blueprint.physics.mass_ranges import MassRange, documented_range, size_class
from blueprint.physics.materials import MATERIALS, physics_material
from blueprint.sources.imported.nouns import category_of
from blueprint.sources.meshes.properties.measure import MeasuredItem
from blueprint.sources.meshes.properties.own_masses import OwnMasses, kind_with_masses, own_masses

__all__ = ["Bounds", "TableGuess", "clamped_mass", "density_bounds", "solid_fraction", "table_guess"]

_OWN_LOW, _OWN_HIGH = 0.4, 2.5  # our generators make ordinary things; others are lighter and heavier than those
_LIGHTEST = 5.0  # kg/m³ of hull: below our lightest (an exercise ball, 9); an empty wire frame is about this
_CONTENTS = 1000.0  # kg/m³: a thing of a light material may be full of water, paper or food
_NO_ATTRIBUTES = ("fruit",)  # a fruit bowl is not made of fruit
_COVERS = ("fabric", "leather")  # what is touched of a sofa, not what weighs
_SMALL_ROLES = ("manipulable_object", "clutter")
# Ranks, not probabilities: a published range of the kind itself, one of a kind above it, only its size, not even that.
_CONFIDENCE = {"documented": 0.7, "own": 0.6, "above": 0.5, "size": 0.3, "nothing": 0.1}
_NAMED_MATERIAL = 0.1  # more where the words name the material


@dataclass(frozen=True)
class Bounds:
    """Masses from `low_kg` to `high_kg` are plausible; `words` say for what, `source` who says so. `is_of_kind`: it is
    about a kind of thing, not only about things of this size."""

    low_kg: float
    high_kg: float
    words: str
    source: str
    is_of_kind: bool = False


@dataclass(frozen=True)
class TableGuess:
    """`mass_kg` and `bounds` are None only for a thing of no known kind whose mesh cannot be read."""

    material: str
    mass_kg: float | None
    solid_fraction: float | None
    bounds: Bounds | None
    static_friction: float
    source: str
    confidence: float
    clamped: list[str] = field(default_factory=list)


def table_guess(thing: MeasuredItem) -> TableGuess:
    """Return what the table says: density × hull volume × fraction of it that is material, within the kind's range and
    then within what the material can weigh. Deterministic, no network."""
    item = thing.item
    # Where the category is no kind of ours, the words of the label may be.
    kind = kind_with_masses(item.category, thing.size_m) or kind_with_masses(category_of(item.label), thing.size_m)
    own = own_masses(kind) if kind else None
    named = _named_material(item.label, item.category)
    material = named or (own.material if own else _by_role(item.sim_role))
    if own and named and named != own.material and named not in _COVERS:
        own = _of_material(own, named)
    bounds, rank = _bounds(kind, own, thing)
    mass, clamped = _mass(thing, own, material, bounds)
    confidence = _CONFIDENCE[rank] + (_NAMED_MATERIAL if named else 0.0)
    return TableGuess(
        material=material,
        mass_kg=mass,
        solid_fraction=solid_fraction(mass, material, thing.hull_volume_m3),
        bounds=bounds,
        static_friction=physics_material(material).static_friction,
        source=f"table: {material}, {bounds.words if bounds else 'size unknown'}",
        confidence=round(confidence, 2),
        clamped=clamped,
    )


def density_bounds(material: str, hull_volume_m3: float | None) -> Bounds | None:
    """Return the masses between an almost empty and a full hull of a material, None without a volume."""
    if not hull_volume_m3:
        return None
    heaviest = max(physics_material(material).density, _CONTENTS)
    return Bounds(
        float(f"{_LIGHTEST * hull_volume_m3:.4g}"),
        float(f"{heaviest * hull_volume_m3:.4g}"),
        f"a hull of {hull_volume_m3:.3g} m3 of {material}",
        "density of the material, and of water for contents",
    )


def _named_material(*texts: str) -> str | None:
    """The first material that the words name ("white ceramic mug"), also by its own name ("foam", "silicone")."""
    for text in texts:
        for word in slug(text).split("_"):
            if word in MATERIALS and word not in _NO_ATTRIBUTES:
                return word
            found = physics_material_of(word, "")
            if found:
                return found
    return None


def _by_role(sim_role: str) -> str:
    return "plastic" if sim_role in _SMALL_ROLES else "wood"


def _of_material(own: OwnMasses, material: str) -> OwnMasses:
    """Our things of the kind in that material, where the generator has it; else the same walls of another density."""
    made = own_masses(own.category, material)
    if made.material == material:
        return made
    factor = physics_material(material).density / physics_material(own.material).density
    bulk = min(own.bulk_density * factor, physics_material(material).density)
    return OwnMasses(own.category, own.low_kg, own.typical_kg, own.high_kg, material, bulk)


def _bounds(kind: str | None, own: OwnMasses | None, thing: MeasuredItem) -> tuple[Bounds | None, str]:
    """The range of the nearest kind that has one, and how good that is."""
    category = thing.item.category
    published = _published(category, kind)
    if published:
        words = f"{published.category} range {published.low_kg:g}-{published.high_kg:g} kg"
        rank = "documented" if published.category == category else "above"
        return Bounds(published.low_kg, published.high_kg, words, published.source, is_of_kind=True), rank
    if own:
        # A wooden block may be larger than our blocks are: what one of ours would weigh at this size belongs to it.
        at_size = own.bulk_density * (thing.hull_volume_m3 or own.typical_kg / own.bulk_density)
        low = float(f"{_OWN_LOW * min(own.low_kg, at_size):.3g}")
        high = float(f"{_OWN_HIGH * max(own.high_kg, at_size):.3g}")
        source = (
            f"{_OWN_LOW:g} to {_OWN_HIGH:g} times what generated ones weigh, {own.low_kg:.3g}-{own.high_kg:.3g} kg, "
            f"and would at this size, {at_size:.3g} kg"
        )
        words = f"{own.category} range {low:g}-{high:g} kg"
        return Bounds(low, high, words, source, is_of_kind=True), "own" if own.category == category else "above"
    if thing.size_m is None or thing.hull_volume_m3 is None:
        return None, "nothing"
    found = size_class(max(thing.size_m))
    low, high = (float(f"{bulk * thing.hull_volume_m3:.3g}") for bulk in (found.low, found.high))
    source = f"{found.low:g}-{found.high:g} kg per m3 of hull, as generated things of this size"
    return Bounds(low, high, f"things of this size range {low:g}-{high:g} kg", source), "size"


def _published(category: str, kind: str | None) -> MassRange | None:
    """The range of the nearest kind above that has one, but none above the kind that we weigh ourselves: an office
    chair is a chair, and heavier than chairs are."""
    for name in (*ancestors(category), *([kind] if kind else [])):
        found = documented_range(name)
        if found or name == kind:
            return found
    return None


def _mass(
    thing: MeasuredItem, own: OwnMasses | None, material: str, bounds: Bounds | None
) -> tuple[float | None, list[str]]:
    if bounds is None:
        return None, []
    volume = thing.hull_volume_m3
    if volume is None or thing.size_m is None:
        mass = own.typical_kg if own else (bounds.low_kg * bounds.high_kg) ** 0.5
    else:
        bulk = (
            own.bulk_density if own else min(size_class(max(thing.size_m)).typical, physics_material(material).density)
        )
        mass = bulk * volume
    return clamped_mass(mass, bounds, density_bounds(material, volume))


def clamped_mass(mass: float, bounds: Bounds | None, solid: Bounds | None) -> tuple[float, list[str]]:
    """Move a mass into the kind's range, then into what its material can weigh, which is the harder fact; say so."""
    notes: list[str] = []
    for limits in (bounds, solid):
        if limits is None or limits.low_kg <= mass <= limits.high_kg:
            continue
        moved = min(max(mass, limits.low_kg), limits.high_kg)
        notes.append(f"mass {mass:.4g} kg set to {moved:.4g} kg: {limits.words}")
        mass = moved
    return float(f"{mass:.4g}"), notes


def solid_fraction(mass_kg: float | None, material: str, hull_volume_m3: float | None) -> float | None:
    """Return how much of the hull is material, so that density × volume × fraction is the mass; at most 1."""
    if mass_kg is None or hull_volume_m3 is None:
        return None
    solid = physics_material(material).density * hull_volume_m3
    return max(1e-6, min(1.0, float(f"{mass_kg / solid:.4g}")))
