"""Still pictures of scenes, for whoever needs an image to attach. Moving ones are in render.py."""

from __future__ import annotations

import io

from sandbox.drawing.paint import paint_middle, paint_near, paint_sky
from sandbox.drawing.scene import imagine

SIZE = (1366, 768)


def still(prompt: str) -> bytes:
    """A PNG of the scene that the prompt describes."""
    scene = imagine(prompt)
    picture = paint_sky(scene, *SIZE).convert("RGBA")
    for band in (paint_middle(scene, *SIZE), paint_near(scene, *SIZE)):
        picture.alpha_composite(band, (0, SIZE[1] - band.height))
    stored = io.BytesIO()
    picture.convert("RGB").save(stored, "PNG")
    return stored.getvalue()
