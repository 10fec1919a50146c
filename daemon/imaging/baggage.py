"""What travels with the pixels: metadata gathered, cleaned by policy, ready to be written."""

from __future__ import annotations

from dataclasses import dataclass, field

from daemon.imaging.metadata import clean_exif, clean_photoshop, clean_xmp
from daemon.imaging.photo import Photo


@dataclass(frozen=True, slots=True)
class Keep:
    """Policy for what tells more than the picture itself.

    Attributes:
        gps: Where it was taken.
        thumbnail: Small copies of the picture as it was before.
    """

    gps: bool = False
    thumbnail: bool = False


@dataclass(slots=True)
class Baggage:
    """Metadata as the encoders write them.

    Attributes:
        exif: EXIF block without its header, or empty.
        xmp: XMP packet, or empty.
        photoshop: Photoshop image resources, or empty.
        comment: Free comment, or empty.
        icc: Profile, or empty.
        dpi: Resolution, or ``None``.
        notes: What was taken out or could not be written.
    """

    exif: bytes = b""
    xmp: bytes = b""
    photoshop: bytes = b""
    comment: bytes = b""
    icc: bytes = b""
    dpi: tuple[float, float] | None = None
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Record something that the written file does not carry."""
        if text not in self.notes:
            self.notes.append(text)


def pack(photo: Photo, keep: Keep) -> Baggage:
    """Everything of a photo that is not pixels, cleaned."""
    container = photo.container
    extra = container.extra
    bag = Baggage(icc=container.icc or b"", dpi=container.dpi, comment=extra.get("comment", b""))
    if container.exif:
        bag.exif, notes = clean_exif(
            container.exif, photo.size, keep_gps=keep.gps, keep_thumbnail=keep.thumbnail
        )
        bag.notes += notes
    if extra.get("xmp"):
        bag.xmp, notes = clean_xmp(extra["xmp"], keep_gps=keep.gps, keep_thumbnail=keep.thumbnail)
        bag.notes += notes
    if extra.get("photoshop"):
        bag.photoshop, notes = clean_photoshop(extra["photoshop"], keep_thumbnail=keep.thumbnail)
        bag.notes += notes
    return bag
