"""Categories as completion sees them: which exist, what they are a kind of, where they belong, how to request one."""

from functools import cache

from blueprint.assets.registry import PROXY, AssetRequest, Footing, Generator, categories, generator_for

__all__ = ["exists", "footing_of", "generator_of", "is_kind", "request_of", "with_options"]

# What is said of a kind holds for these too.
_HYPERNYMS = {
    "dining_table": "table", "coffee_table": "table", "side_table": "table", "cafe_table": "table",
    "office_chair": "chair", "armchair": "chair", "low_shelf": "shelf", "bookcase": "shelf", "shop_shelf": "shelf",
    "wall_shelf": "shelf", "desk_with_drawers": "desk", "school_desk": "desk", "bunk_bed": "bed", "bar_stool": "stool",
    "desk_lamp": "lamp", "floor_lamp": "lamp", "pendant_lamp": "lamp", "wall_lamp": "lamp", "base_cabinet": "cabinet",
    "wall_cabinet": "cabinet", "sink_cabinet": "cabinet", "wine_bottle": "bottle", "wine_glass": "glass",
}  # fmt: skip


@cache
def generator_of(category: str) -> Generator:
    """Return the generator of a category; raises InputError for an unknown one."""
    return generator_for(category)


@cache
def exists(category: str) -> bool:
    """Whether an asset of this category can be made."""
    return category in categories()


def is_kind(category: str, ancestor: str) -> bool:
    """Whether the category is the other one or a kind of it."""
    at: str | None = category
    while at is not None and at != ancestor:
        at = _HYPERNYMS.get(at)
    return at is not None


def footing_of(category: str) -> Footing:
    """Where a thing of this category belongs: on the floor, on a surface, on a wall or under the ceiling."""
    return generator_of(category).footing


def request_of(
    category: str,
    seed: int,
    color: str | None = None,
    material: str | None = None,
    size: str | None = None,
    options: tuple[tuple[str, float | str], ...] = (),
) -> AssetRequest:
    """Return the request of a category; options that its generator does not know are left out."""
    known = generator_of(category).options
    kept = tuple(sorted((name, value) for name, value in options if name in known))
    return AssetRequest(category, seed, color, material, size, kept)


def with_options(request: AssetRequest, **options: float | str) -> AssetRequest:
    """Return the request with options added, those that the generator knows."""
    known = generator_of(request.category).options
    merged = {**dict(request.options), **{name: value for name, value in options.items() if name in known}}
    return AssetRequest(
        request.category, request.seed, request.color, request.material, request.size, tuple(sorted(merged.items()))
    )


def is_proxy(category: str) -> bool:
    return category == PROXY
