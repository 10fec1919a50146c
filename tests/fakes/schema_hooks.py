"""What schemathesis cannot make up by itself: pictures, archives, and ids that may be."""

from __future__ import annotations

import base64
import io
import os
import zipfile

import schemathesis
from hypothesis import strategies

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (40).to_bytes(4) + (30).to_bytes(4) + b"\x08\x02\0\0\0"


def _archive() -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("1001.png", PNG)
    return kept.getvalue()


# Jobs that there are, and one that there is not.
_IDS = [*os.environ["KNOWN_IDS"].split(","), "01a1fe01e77170eb2faa7d"]
schemathesis.openapi.format("job-id", strategies.sampled_from(_IDS))
schemathesis.openapi.format("byte", strategies.just(base64.b64encode(PNG).decode()))
schemathesis.openapi.format("binary", strategies.just(PNG))
schemathesis.openapi.format("archive", strategies.just(_archive()))
schemathesis.openapi.media_type("image/*", strategies.just(PNG))
schemathesis.openapi.media_type("application/zip", strategies.just(_archive()))
