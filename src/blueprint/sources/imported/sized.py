"""An asset of a stated size for a thing that somebody only describes: ours of that kind, else a labelled body."""

import numpy as np

from blueprint.assets.geometry import Asset
from blueprint.assets.lexicon import category as kind_of
from blueprint.assets.lexicon import request_for
from blueprint.assets.registry import PROXY, AssetRequest, generate, generator_for
from blueprint.contracts.errors import InputError
from blueprint.contracts.seeds import derive_seed
from blueprint.sources.imported.nouns import category_of

__all__ = ["sized_asset"]

_MAX_RATIO = 1.6  # of any extent, beyond which another shape is more honest than another size
_PROXY_LIMIT_M = (1.5, 1.5, 1.5)


def sized_asset(name: str, size_m: tuple[float, float, float], seed: int) -> tuple[Asset, str]:
    """Return an asset for `name` of about `size_m` (x, y, z), and how: "generated" or "stand-in".

    The kind's generator gets the size where it takes one; if what comes out differs by more than 1.6 in an extent, a
    labelled box of the size stands in (for a flat or tall thing a flat or tall one). The same input gives the same
    bytes.
    """
    category = category_of(name)
    number = derive_seed(seed, "imported", name) % (1 << 31)
    wanted = dict(zip(("width", "depth", "height"), (round(float(value), 4) for value in size_m), strict=True))
    try:
        kind_of(category)
        request = request_for(category, number)
        takes = set(generator_for(request.category).options)
        options = dict(request.options) | {key: value for key, value in wanted.items() if key in takes}
        request = AssetRequest(
            request.category, number, request.color, request.material, request.size, tuple(sorted(options.items()))
        )
        asset = generate(request)
    except InputError:
        return _stand_in(name, wanted, number), "stand-in"
    ratio = np.array(asset.model.size_m) / np.array(size_m)
    if request.category == PROXY or np.maximum(ratio, 1 / ratio).max() > _MAX_RATIO:
        return _stand_in(name, wanted, number), "stand-in"
    return asset, "generated"


def _stand_in(name: str, wanted: dict[str, float], number: int) -> Asset:
    limited = {key: min(value, limit) for (key, value), limit in zip(wanted.items(), _PROXY_LIMIT_M, strict=True)}
    options: dict[str, float | str] = {**limited, "label": name[:24], "shape": "box"}
    return generate(AssetRequest(PROXY, number, options=tuple(sorted(options.items()))))
