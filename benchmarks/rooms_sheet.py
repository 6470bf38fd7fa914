"""A contact sheet of rooms: one picture of every scene folder, with its prompt, in a JPEG.

python benchmarks/rooms_sheet.py OUT.jpg SCENE_DIR... [--columns 4] [--view overview]
"""

import argparse
import sys
import tempfile
import textwrap
import unicodedata
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from blueprint.contracts.scene import load_scene
from blueprint.sim.scene_views import VIEWS, render_scene_views

CELL_PX = (480, 320)
CAPTION_PX = 40


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("scenes", type=Path, nargs="+")
    parser.add_argument("--columns", type=int, default=4)
    parser.add_argument("--view", choices=sorted(VIEWS), default="overview")
    options = parser.parse_args()
    width, height = CELL_PX
    rows = -(-len(options.scenes) // options.columns)
    sheet = Image.new("RGB", (options.columns * width, rows * (height + CAPTION_PX)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for number, scene_dir in enumerate(options.scenes):
        x, y = number % options.columns * width, number // options.columns * (height + CAPTION_PX)
        with tempfile.TemporaryDirectory() as folder:
            [path] = render_scene_views(scene_dir, Path(folder), views=[options.view])
            with Image.open(path) as picture:
                sheet.paste(picture.convert("RGB").resize(CELL_PX, Image.Resampling.LANCZOS), (x, y))
        lines = textwrap.wrap(caption(scene_dir), 72)[:2]
        draw.multiline_text((x + 6, y + height + 4), "\n".join(lines), fill="black", font=font)
    sheet.save(options.out, quality=85, optimize=True)
    return 0


def caption(scene_dir: Path) -> str:
    scene = load_scene(scene_dir)
    prompt = scene.manifest.metadata.get("prompt", scene.scene_id)
    # The built-in font has no accents.
    plain = unicodedata.normalize("NFKD", str(prompt)).encode("ascii", "ignore").decode()
    return f"{plain} ({len(scene.objects) - 1} objects)"


if __name__ == "__main__":
    sys.exit(main())
