"""Writing a file that is kept between runs, whole or not at all.

In: a path in a folder that is there, and bytes. Out: a file that only its owner can read. Raises
`OSError` where it can't be written; what was there before then still is.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def replace_file(file: Path, data: bytes) -> None:
    """Put `data` in place of the file; whoever reads it meanwhile reads the old one or the new."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".kept-")
    try:
        with os.fdopen(handle, "wb") as written:
            written.write(data)
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
