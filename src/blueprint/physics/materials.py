"""The material table: density, friction and restitution, each with its source."""

from dataclasses import dataclass

from blueprint.contracts.errors import InputError

__all__ = ["MATERIALS", "PhysicsMaterial", "physics_material"]

_DENSITY_SOURCE = "engineering handbook values (room temperature, solid)"
_FRICTION_SOURCE = "dry contact against wood or laminate, handbook range; dynamic = 0.85 x static"


@dataclass(frozen=True)
class PhysicsMaterial:
    """Density in kg/m³; Coulomb friction coefficients; Newtonian restitution, 0 to 1.

    MuJoCo's soft contact has no restitution parameter: the value is delivered in USD for engines that have one.
    """

    name: str
    density: float
    static_friction: float
    restitution: float
    source: str = f"density: {_DENSITY_SOURCE}; friction: {_FRICTION_SOURCE}"

    @property
    def dynamic_friction(self) -> float:
        return round(0.85 * self.static_friction, 4)


def _table(rows: str) -> dict[str, PhysicsMaterial]:
    table = {}
    for row in rows.strip().splitlines():
        name, density, friction, restitution = row.split()
        table[name] = PhysicsMaterial(name, float(density), float(friction), float(restitution))
    return table


# name       kg/m3  static  restitution
MATERIALS = _table("""
cardboard    700    0.50    0.10
wood         600    0.50    0.30
rubber      1100    1.00    0.60
plastic      950    0.45    0.40
ceramic     2400    0.45    0.20
glass       2500    0.45    0.25
leather      860    0.60    0.10
steel       7800    0.45    0.30
aluminium   2700    0.45    0.25
stone       2600    0.60    0.15
foam          30    0.70    0.10
fruit        900    0.60    0.15
silicone    1200    1.00    0.30
concrete    2400    0.65    0.10
cork         200    0.60    0.25
clay        1900    0.55    0.10
fabric       500    0.60    0.05
paper        900    0.45    0.05
""")


def physics_material(name: str) -> PhysicsMaterial:
    """Return a material by name; raises InputError that lists the names."""
    try:
        return MATERIALS[name]
    except KeyError:
        raise InputError(f"no physics material {name!r}; there are {sorted(MATERIALS)}.", remedy="use one.") from None
