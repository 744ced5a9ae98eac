"""An address as a QR code, for paper.

In: an address. Out: the code as SVG, black on white with the quiet zone of ISO/IEC 18004.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

_KEPT = 64
_MOST_BYTES = 250
_QUIET_ZONE = 4  # modules


@lru_cache(_KEPT)
def qr_code(url: str) -> str:
    """The code of `url`; empty for one so long that its squares are too small for a phone.

    It is read even where a seventh of it is soiled or creased.
    """
    if len(url.encode()) > _MOST_BYTES:
        return ""
    import segno  # only what has a link needs it

    code = segno.make_qr(url, error="m")
    svg = BytesIO()
    code.save(
        svg,
        kind="svg",
        border=_QUIET_ZONE,
        dark="#000",
        light="#fff",
        xmldecl=False,
        omitsize=True,
        svgclass=None,
        lineclass=None,
        nl=False,
    )
    return svg.getvalue().decode()
