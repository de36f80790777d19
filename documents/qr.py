"""QR codes as data URLs, for papers, labels and pages."""

from functools import lru_cache

import segno


@lru_cache(maxsize=256)
def qr_data_url(text: str) -> str:
    """Return a PNG data URL of the QR code of ``text`` (error level M, quiet zone of 2 modules).

    The paper around it is white, so the rest of the standard's quiet zone is there anyway.
    """
    return segno.make(text, error="m", micro=False).png_data_uri(scale=4, border=2)
