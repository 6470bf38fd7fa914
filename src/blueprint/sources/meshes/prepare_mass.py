"""What the links of a prepared thing weigh: as somebody guessed, or by density and hull."""

from dataclasses import dataclass

from blueprint.assets.finish import physics_material_of
from blueprint.physics.materials import MATERIALS, physics_material
from blueprint.sources.imported.asset import ImportedLink, material_word
from blueprint.sources.imported.hulls import hull_volume
from blueprint.sources.meshes.cleaning import CleanMesh
from blueprint.sources.meshes.decomposition_solids import solids_of, union_of
from blueprint.sources.meshes.mesh_input import MeshInput

__all__ = ["StatedMass", "masses_of"]

_SOLID_FRACTION = 0.3  # of a hull's volume, where nobody says more: furniture and vessels are hollow
_SMALLEST_KG = 0.001


@dataclass(frozen=True)
class StatedMass:
    """Mass per link in kg, the physics material, and in words where both come from."""

    link_kg: list[float]
    material: str
    source: str


def masses_of(item: MeshInput, links: list[tuple[ImportedLink, CleanMesh | None]]) -> StatedMass:
    """Return what each link weighs.

    Links that bring their own mass keep it. A guessed mass is shared by hull volume; a guessed fraction, else 0.3, of
    the hulls is taken as solid; a closed surface that encloses less than that is taken at its own volume.
    """
    material, said = _material(item)
    hulls = [0.0 if clean is None else hull_volume(clean.vertices) for _, clean in links]
    total = max(sum(hulls), 1e-9)
    guess = item.mass
    if guess is not None and guess.mass_kg is not None:
        shares = [guess.mass_kg * volume / total for volume in hulls]
        source = f"{guess.source}: {guess.mass_kg:g} kg, {said}"
    elif guess is not None and guess.solid_fraction is not None:
        shares = [physics_material(material).density * guess.solid_fraction * volume for volume in hulls]
        source = f"{guess.source}: {guess.solid_fraction:g} of the hull is {material}"
    else:
        density = physics_material(material).density
        shares = [density * _solid_volume(clean, hull) for (_, clean), hull in zip(links, hulls, strict=True)]
        source = f"density of {said}, at most {_SOLID_FRACTION} of the hull solid"
    own = [link.mass_kg for link, _ in links]
    if any(value is not None for value in own):
        source = "stated by the source" if None not in own else f"stated by the source, else {source}"
    kilograms = [share if value is None else value for share, value in zip(shares, own, strict=True)]
    return StatedMass([max(_SMALLEST_KG, round(value, 6)) for value in kilograms], material, source)


def _material(item: MeshInput) -> tuple[str, str]:
    """The guessed material, else what the label names, else that of the role; and who says so."""
    if item.mass is not None:
        known = item.mass.material if item.mass.material in MATERIALS else physics_material_of(item.mass.material, "")
        if known:
            return known, known
    word = material_word(item.label, item.sim_role)
    return word, f"{word} (by its label)"


def _solid_volume(clean: CleanMesh | None, hull: float) -> float:
    volume = _SOLID_FRACTION * hull
    solids = solids_of(clean.vertices, clean.faces) if clean is not None and clean.is_watertight else None
    if not solids:
        return volume
    whole = union_of(solids)
    return min(volume, whole.volume if whole is not None else sum(item.volume for item in solids))
