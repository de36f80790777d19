"""The picture of a round official seal (圆形公章), for papers signed in the system.

Drawn glyph by glyph: the text runs clockwise along the upper arc, the star stands in the middle,
an optional line below it. A demonstration seal says 示例 there; a real office uploads a scan of
its own seal instead.
"""

import io
import math
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from documents.press import FACES, FONTS

SIZE = 360  # pixels of the finished picture; 38 mm on paper
SCALE = 2  # drawn larger, then reduced, for smooth edges
RED = (200, 22, 29)
FONT = FONTS / FACES["Paper Song Bold"]


@lru_cache(maxsize=256)
def seal_png(text: str, sub: str = "") -> bytes:
    """Return a transparent PNG (360 × 360) of a red seal.

    ``text``: name of the office along the arc, 2 to 30 characters; ``sub``: line below the star.
    Raises ValueError for a text that does not fit.
    """
    if not 2 <= len(text) <= 30:
        raise ValueError("印章名称应为2至30个字。")
    side = SIZE * SCALE
    mask = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(mask)
    edge = round(side * 0.012)
    draw.ellipse((edge, edge, side - edge, side - edge), outline=255, width=round(side * 0.03))
    draw.polygon(star(side / 2, side / 2, side * 0.145), fill=255)
    _arc(mask, text)
    if sub:
        _line(mask, sub)
    mask = mask.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    seal = Image.new("RGBA", (SIZE, SIZE), (*RED, 0))
    # Opaque at most by four fifths, as ink is: what stands below stays readable. Sixteen levels
    # are enough for smooth edges and make the file three times smaller.
    seal.putalpha(mask.point(lambda value: (value >> 4) * 210 // 15))
    out = io.BytesIO()
    seal.save(out, format="PNG", optimize=True)
    return out.getvalue()


def star(x: float, y: float, radius: float) -> list[tuple[float, float]]:
    """Return the ten corners of a five-pointed star standing on two points."""
    inner = radius * math.sin(math.pi / 10) / math.sin(3 * math.pi / 10)
    return [
        (
            x + r * math.sin(math.pi * corner / 5),
            y - r * math.cos(math.pi * corner / 5),
        )
        for corner in range(10)
        for r in [radius if corner % 2 == 0 else inner]
    ]


def _arc(mask: Image.Image, text: str) -> None:
    """Draw ``text`` along the upper arc, each glyph turned to face the middle."""
    side = mask.width
    height = side * 0.135
    radius = side * 0.5 - side * 0.055 - height / 2
    step = math.radians(min(32, 250 / (len(text) - 1)))
    span = step * (len(text) - 1)
    # Glyphs stand closer on their inner side: their width is measured there.
    width = min(height * 0.95, step * (radius - height / 2) * 0.98)
    for place, sign in enumerate(text):
        angle = -span / 2 + step * place
        glyph = _glyph(sign, width, height).rotate(
            -math.degrees(angle), resample=Image.Resampling.BICUBIC, expand=True
        )
        x = side / 2 + radius * math.sin(angle) - glyph.width / 2
        y = side / 2 - radius * math.cos(angle) - glyph.height / 2
        mask.paste(255, (round(x), round(y)), glyph)


def _glyph(sign: str, width: float, height: float) -> Image.Image:
    """Draw one character on its em square, stretched to ``width`` × ``height`` pixels."""
    em = round(height * 1.1)
    glyph = Image.new("L", (em, em), 0)
    font = ImageFont.truetype(str(FONT), em)
    ImageDraw.Draw(glyph).text((em / 2, em * 0.88), sign, font=font, fill=255, anchor="ms")
    return glyph.resize((round(width), round(height)), Image.Resampling.LANCZOS)


def _line(mask: Image.Image, sub: str) -> None:
    """Write ``sub`` level below the star, made smaller until it fits between the arc's ends."""
    side = mask.width
    size = min(side * 0.105, side * 0.44 / len(sub))
    font = ImageFont.truetype(str(FONT), round(size))
    ImageDraw.Draw(mask).text((side / 2, side * 0.79), sub, font=font, fill=255, anchor="mm")
