"""What things of a kind weigh: documented ranges, and bulk densities by size for things of no known kind."""

from dataclasses import dataclass

__all__ = ["DOCUMENTED", "SOURCES", "MassRange", "SizeClass", "documented_range", "size_class"]

# Where a range comes from. Measured single items and published tables are widened to whole figures that hold them.
SOURCES = {
    "ycb": "YCB object set, measured masses (Calli et al. 2015, IEEE Robotics and Automation Magazine 22(3), table 1)",
    "usda": "USDA FoodData Central, portion weights of small to extra large pieces",
    "mug": "measuringknowhow.com: porcelain 250-400 g, stoneware to 685 g; YCB's enamelled mug 118 g",
    "book": "measuringly.com: mass-market paperback 200-255 g, hardcover 510-910 g; textbooks above 1 kg",
    "chair": "measuringly.com, sizepedia.org: plastic 2.3 kg, dining 4.5-9 kg, sendyfurniture.com: wood to 18 kg",
    "fridge": "techiestuffs.com, applianceupdate.com: compact 23-50 kg, top freezer 68-113 kg, French door to 181 kg",
    "movers": "movers.com kitchen table, 7 lb per cubic foot of moving volume, as the upper figure",
    "sofa": "citizenside.com, hudsonproducts.net: loveseat 45-68 kg, three seats 100-150 kg",
    "mattress": "measuringcritics.com: twin 11-18 kg, queen 23-36 kg, king 32-45 kg, and the bed's frame",
    "plate": "beyondthesize.com: dinner plates 0.4-1.2 lb; YCB's plate 279 g",
    "sport": "rules of play: ITF tennis ball 56-59.4 g, IFAB football 410-450 g, FIBA basketball to 650 g",
}  # fmt: skip

# category  lowest and highest mass, kg  source
_ROWS = """
mug               0.10   0.70  mug
bowl              0.10   1.20  ycb
plate             0.15   0.80  plate
wine_glass        0.08   0.35  ycb
fork              0.015  0.10  ycb
spoon             0.015  0.10  ycb
knife             0.02   0.30  ycb
spatula           0.03   0.25  ycb
pan               0.50   3.00  ycb
pitcher           0.15   1.80  ycb
food_can          0.15   1.20  ycb
cereal_box        0.15   1.00  ycb
sponge            0.003  0.08  ycb
hammer            0.25   1.50  ycb
drill             0.70   2.50  ycb
screwdriver       0.03   0.35  ycb
wrench            0.08   1.20  ycb
scissors          0.03   0.25  ycb
rubiks_cube       0.05   0.15  ycb
apple             0.06   0.30  usda
banana            0.06   0.20  usda
orange            0.04   0.35  usda
lemon             0.02   0.16  usda
pear              0.04   0.30  usda
tomato            0.05   0.25  usda
potato            0.09   0.45  usda
onion             0.05   0.30  usda
carrot            0.03   0.15  usda
egg               0.03   0.08  usda
book              0.10   2.00  book
ball              0.04   0.70  sport
chair             2.00  18.00  chair
fridge           20.00 190.00  fridge
microwave         8.00  25.00  movers
dishwasher       25.00  65.00  movers
sofa             30.00 180.00  sofa
bed              25.00 160.00  mattress
"""  # fmt: skip


@dataclass(frozen=True)
class MassRange:
    """The lowest and the highest mass of a kind of thing, kg, and where they stand."""

    category: str
    low_kg: float
    high_kg: float
    source: str


@dataclass(frozen=True)
class SizeClass:
    """Things whose longest side is at most `up_to_m`: mass over the volume of the convex hull, kg/m³.

    The 5 %, 50 % and 95 % points over one asset of every generator of this project (their masses come from wall
    thicknesses and fillings); a slow test measures them again. Movers reckon with 7 lb per cubic foot of a household's
    goods, 112 kg/m³, which lies inside the two upper classes.
    """

    up_to_m: float
    low: float
    typical: float
    high: float


_SIZE_CLASSES = (
    SizeClass(0.15, 170.0, 710.0, 1300.0),
    SizeClass(0.40, 68.0, 380.0, 2000.0),
    SizeClass(1.00, 38.0, 125.0, 490.0),
    SizeClass(float("inf"), 20.0, 72.0, 245.0),
)


def documented_range(category: str) -> MassRange | None:
    """Return the published range of a category, None where there is none (of it itself: no kinds above it)."""
    return DOCUMENTED.get(category)


def size_class(longest_side_m: float) -> SizeClass:
    """Return the class of a thing by its longest side, m."""
    return next(item for item in _SIZE_CLASSES if longest_side_m <= item.up_to_m)


def _table(rows: str) -> dict[str, MassRange]:
    table = {}
    for row in rows.strip().splitlines():
        category, low, high, source = row.split()
        table[category] = MassRange(category, float(low), float(high), SOURCES[source])
    return table


DOCUMENTED = _table(_ROWS)
