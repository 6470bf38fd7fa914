"""An asset of a stated size for a thing that somebody only describes: ours of that kind, else a labelled body."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from blueprint.assets.geometry import Asset
from blueprint.assets.lexicon import all_categories, request_for
from blueprint.assets.registry import PROXY, AssetRequest, generate, generator_for
from blueprint.contracts.seeds import derive_seed
from blueprint.sources.imported.nouns import category_of

__all__ = ["sized_asset"]

_GOOD_RATIO = 1.08
_MAX_RATIO = 1.6  # of any extent, beyond which another shape is more honest than another size
_PROXY_LIMIT_M = (1.5, 1.5, 1.5)


def sized_asset(name: str, size_m: tuple[float, float, float], seed: int) -> tuple[Asset, str]:
    """Return an asset for `name` of about `size_m` (x, y, z), and how: "generated" or "stand-in".

    The kind's generator gets the size where it takes one, and is else tried with every size word; the nearest counts.
    If that differs by more than 1.6 in an extent, a labelled box of the size stands in. The same input gives the same
    bytes.
    """
    category = category_of(name)
    number = derive_seed(seed, "imported", name) % (1 << 31)
    wanted = dict(zip(("width", "depth", "height"), (round(float(value), 4) for value in size_m), strict=True))
    if category not in all_categories():
        return _stand_in(name, wanted, number), "stand-in"
    best: tuple[float, Asset] | None = None
    for request in _requests(category, number, wanted):
        asset = generate(request)
        ratio = np.array(asset.model.size_m) / np.array(size_m)
        misfit = float(np.maximum(ratio, 1 / ratio).max())
        if request.category != PROXY and (best is None or misfit < best[0]):
            best = (misfit, asset)
        if misfit < _GOOD_RATIO:
            break
    if best is None or best[0] > _MAX_RATIO:
        return _stand_in(name, wanted, number), "stand-in"
    return best[1], "generated"


def _requests(category: str, number: int, wanted: dict[str, float]) -> Iterator[AssetRequest]:
    """Requests for the kind, the likeliest first: the size as options, a table-top form, then size words."""
    plain = request_for(category, number)
    takes = set(generator_for(plain.category).options)
    options = dict(plain.options) | {key: value for key, value in wanted.items() if key in takes}
    forms = [options, options | {"tabletop": 1.0}] if "tabletop" in takes else [options]
    for word in (plain.size, "small", "large", "tiny", "huge"):
        for form in forms:
            yield replace(plain, size=word, options=tuple(sorted(form.items())))


def _stand_in(name: str, wanted: dict[str, float], number: int) -> Asset:
    limited = {key: min(value, limit) for (key, value), limit in zip(wanted.items(), _PROXY_LIMIT_M, strict=True)}
    options: dict[str, float | str] = {**limited, "label": name[:24], "shape": "box"}
    return generate(AssetRequest(PROXY, number, options=tuple(sorted(options.items()))))
