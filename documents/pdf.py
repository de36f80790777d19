"""Papers (文书) as PDF, set from the frozen data of a paper and its signatures, nothing else.

Every kind of paper is a template ``templates/papers/<kind>.html`` whose first comment states the
shape of its data. In that data amounts are strings of two decimals ("21500.00"), dates ISO strings
("2026-10-31") and verdicts the Chinese words that are printed (合格, 不合格, or "" to leave the
cell for writing by hand).
"""

import base64
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from django.template.loader import render_to_string
from PIL import Image, ImageChops

from documents.press import NoGlyph, check_fonts, press
from documents.qr import qr_data_url

__all__ = ["NoGlyph", "WrongSignature", "check_fonts", "render", "render_paper", "render_papers"]

BLACK, RED = (20, 20, 30), (200, 22, 29)
SIGNATURE_WIDTH = 280  # pixels on the 34 mm of a signature line
SEAL_WIDTH = 300  # pixels on 38 mm


class PaperLike(Protocol):
    """What a paper must tell to be printed; `documents.Paper` does."""

    kind: str
    number: str
    title: str
    version: int
    data: Mapping[str, Any]
    data_hash: str
    created_at: datetime


class SignatureLike(Protocol):
    """One signature under a paper; ``role`` is the word beside the line, such as 校长."""

    name: str
    role: str
    party: str
    signed_at: datetime
    address: str | None
    image: bytes | None
    seal: Any  # bytes, or a row of the seal register with its ``image``
    data_hash: str


class WrongSignature(ValueError):
    """A signature was given on other content than that of the paper."""


def render(template: str, context: Mapping[str, Any], *, identifier: str = "") -> bytes:
    """Render a Django template (a whole HTML document) to PDF bytes.

    Raises NoGlyph when no installed font can draw a Chinese character of the text.
    """
    return press().pdf(render_to_string(template, dict(context)), identifier=identifier)


def render_paper(
    paper: PaperLike, *, signatures: Iterable[SignatureLike], verify_url: str
) -> bytes:
    """Render ``paper`` with its ``signatures`` to PDF bytes, the same bytes every time.

    ``verify_url``: absolute address of the verification page, printed as QR code.
    Raises WrongSignature if a signature's hash is not the paper's, NoGlyph as `render` does.
    """
    return render(
        f"papers/{paper.kind}.html",
        paper_context(paper, signatures=signatures, verify_url=verify_url),
        identifier=paper.data_hash,
    )


def render_papers(papers: Iterable[tuple[PaperLike, Iterable[SignatureLike], str]]) -> bytes:
    """Several papers in one PDF to print; each with its signatures and its verification address.

    Raises what `render_paper` raises.
    """
    return press().bundle(
        render_to_string(
            f"papers/{paper.kind}.html",
            paper_context(paper, signatures=signatures, verify_url=address),
        )
        for paper, signatures, address in papers
    )


def paper_context(
    paper: PaperLike, *, signatures: Iterable[SignatureLike], verify_url: str
) -> dict[str, Any]:
    """Return what a paper's template sees: paper, data, signatures, qr, verify_url."""
    signatures = list(signatures)
    if any(signature.data_hash != paper.data_hash for signature in signatures):
        raise WrongSignature("签名所签的内容与本文书现有内容不一致，请核对文书版本。")
    return {
        "paper": paper,
        "data": paper.data,
        "signatures": [printed(signature) for signature in signatures],
        "verify_url": verify_url,
        "qr": qr_data_url(verify_url),
    }


def printed(signature: SignatureLike) -> dict[str, Any]:
    """Return a signature as the templates print it, its images as small data URLs."""
    return {
        "name": signature.name,
        "role": signature.role,
        "party": signature.party,
        "signed_at": signature.signed_at,
        "address": signature.address,
        "image": ink(_bytes(signature.image), SIGNATURE_WIDTH, BLACK),
        "seal": ink(_bytes(getattr(signature.seal, "image", signature.seal)), SEAL_WIDTH, RED),
    }


def _bytes(value: bytes | memoryview | None) -> bytes:
    """Accept what the databases give for a binary column (PostgreSQL: memoryview)."""
    return bytes(value) if value else b""


@lru_cache(maxsize=128)
def ink(content: bytes, width: int, colour: tuple[int, int, int]) -> str:
    """Return what is drawn on an image as PNG data URL in one ``colour``; "" for no image.

    The background, transparent or white as in a scan, becomes clear, so a seal can lie over a
    signature. One colour, eight levels and ``width`` pixels keep a form small whatever was
    uploaded. Raises OSError for bytes that are no image.
    """
    if not content:
        return ""
    image = Image.open(io.BytesIO(content)).convert("RGBA")
    red, green, blue, alpha = image.split()
    darkest = ImageChops.darker(ImageChops.darker(red, green), blue)
    strength = ImageChops.multiply(alpha, ImageChops.invert(darkest))
    strength.thumbnail((width, width), Image.Resampling.LANCZOS, reducing_gap=2.0)
    image = Image.new("RGB", strength.size, colour)
    image.putalpha(strength.point(lambda value: (value >> 5) * 36))
    out = io.BytesIO()
    image.save(out, format="PNG", compress_level=1)  # it is packed again in the PDF
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
