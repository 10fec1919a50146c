"""Weight files: where each comes from, what it must be, and who allows what.

Nothing here says which weights an engine loads; engines name a model by its key.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


class CommercialUse(enum.StrEnum):
    """What the named party says about using a model for a business."""

    YES = "yes"
    CONDITIONAL = "conditional"
    UNCLEAR = "unclear"
    NO = "no"


class Standing(enum.StrEnum):
    """How a model's file stands in the store."""

    PRESENT = "present"  # its sum is the published one
    UNVERIFIED = "unverified"  # no sum is published, or nobody has compared it yet
    WRONG = "wrong"  # another sum, too long, or no file
    HALF = "half"  # shorter than it must be
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class ModelLicence:
    """The terms of weights, as somebody stated them; no legal advice.

    Attributes:
        key: Its name in the catalogue.
        name: What it is called.
        commercial: Whether it allows business use.
        stated_by: Who says so, and where.
        condition: What business use is bound to.
        note: What else to know.
        treat_as_noncommercial: The publisher may allow more, but nobody could read it.
    """

    key: str
    name: str
    commercial: CommercialUse
    stated_by: str
    condition: str = ""
    note: str = ""
    treat_as_noncommercial: bool = False

    @property
    def is_noncommercial(self) -> bool:
        """Whether ``engines.allow_noncommercial`` must be on for it."""
        return self.commercial is CommercialUse.NO or self.treat_as_noncommercial

    @property
    def text(self) -> str:
        """What is accepted, one fact a line; another text must be accepted again."""
        lines = (
            self.name,
            f"commercial use: {self.commercial}",
            self.condition,
            self.stated_by,
            self.note,
        )
        return "\n".join(line for line in lines if line)


@dataclass(frozen=True, slots=True)
class Model:
    """One weight file.

    Attributes:
        key: Its name here; also its folder in the store.
        purpose: What it is for.
        architecture: Which network, and its size.
        file: Path inside its folder, parts joined by ``/``; empty for a folder of many files.
        urls: Where it may be fetched, in the order to try; those of the archive, if it is in one.
        licence: Its terms.
        framework: Format of the file.
        size_bytes: Exact length; ``None``: nobody states it.
        sha256: Published sum, lower-case hex; empty: nobody states it.
        sha256_source: Who states it.
        archive: Key of the zip in which it lies; empty: in none.
        also_at: Where in the store it may lie as well, in the order to look.
        figures: Millions of parameters, GFLOP (2 × multiply-adds, batch 1), by name.
        size_note: Estimate of its size; never compared with.
        loader_note: What its loaders must know.
    """

    key: str
    purpose: str
    architecture: str
    file: str
    urls: tuple[str, ...]
    licence: ModelLicence
    framework: str
    size_bytes: int | None = None
    sha256: str = ""
    sha256_source: str = ""
    archive: str = ""
    also_at: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    size_note: str = ""
    loader_note: str = ""

    @property
    def is_folder(self) -> bool:
        """Many files under one address: not kept in the store."""
        return not self.file

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.file.rpartition("/")[2]

    @property
    def place(self) -> str:
        """Where it belongs, relative to the store: in a folder of its own."""
        return f"{self.key}/{self.file}"

    @property
    def places(self) -> tuple[str, ...]:
        """Everywhere it is looked for, older places first."""
        return (*self.also_at, self.place)


@dataclass(frozen=True, slots=True)
class ModelBook:
    """The catalogue.

    Attributes:
        models: By key, in the catalogue's order.
        licences: By key.
    """

    models: Mapping[str, Model]
    licences: Mapping[str, ModelLicence]
