"""How do I read the LeRobot dataset without lerobot?  python examples/read_dataset.py SCENE_DIR"""

import json
import sys
from pathlib import Path

import av
import numpy as np
import pyarrow.parquet as pq

dataset = Path(sys.argv[1]) / "episodes" / "lerobot"
info = json.loads((dataset / "meta" / "info.json").read_text())
table = pq.read_table(sorted((dataset / "data").rglob("*.parquet")))
actions = np.stack(table["action"].to_numpy())
print(f"{info['total_episodes']} episodes, {table.num_rows} frames at {info['fps']} Hz, actions {actions.shape}")
for video in sorted((dataset / "videos").rglob("*.mp4")):
    with av.open(str(video)) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    print(f"{video.parent.parent.name}: {len(pictures)} pictures of {pictures[0].shape}")
