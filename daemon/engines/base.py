"""What every engine is, and the faces they speak about.

A route asks for a task (find faces, enlarge, tell people apart) and never names an engine.
Colour order is RGB everywhere, coordinates are pixels of the picture handed in.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from daemon.domain.privacy.page import Page
from daemon.domain.sayings import say, unavailable
from daemon.files.digest import digest_of
from daemon.imaging.align import Alignment
from daemon.imaging.geometry import Box

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Face:
    """A face as a detector found it.

    Attributes:
        box: Around forehead, chin and cheeks.
        landmarks: ``(5, 2)`` float32 x and y: eye on the picture's left, eye on its right,
            nose tip, mouth corner left, mouth corner right.
        score: How sure the detector is, 0..1.
    """

    box: Box
    landmarks: NDArray[np.float32]
    score: float


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What made a result, for its record.

    Attributes:
        name: The engine.
        version: Of the runtime that computes, as ``distribution version``.
        weights: File name → sha256 of its bytes.
        device: ``cpu`` or ``cuda:N``.
        deterministic: Same input, same output, bit by bit, on one machine.
        details: What else the record must say of it (precision, calibration, a note).
    """

    name: str
    version: str
    weights: Mapping[str, str]
    device: str = "cpu"
    deterministic: bool = True
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "version": self.version,
            "weights": dict(self.weights),
            "device": self.device,
            **self.details,
        }


class FaceFinder(Protocol):
    """Finds faces with five landmarks."""

    def find(self, srgb: NDArray[np.uint8], *, view_px: int | None = None) -> list[Face]:
        """Every face of ``(H, W, 3)`` uint8 RGB, surest first.

        Args:
            srgb: The picture.
            view_px: Take one look at a view of this long side instead of all the looks the
                detector knows: quick, and blind for faces of few pixels in that view.
        """
        ...


class Enlarger(Protocol):
    """Makes a picture four times as large and cleans it on the way."""

    def enlarge(
        self, rgb: NDArray[np.float32], progress: Progress | None = None
    ) -> NDArray[np.float32]:
        """``(4H, 4W, 3)`` float32 from ``(H, W, 3)`` float32, RGB, both 0..255."""
        ...


class FaceRestorer(Protocol):
    """Draws aligned faces anew, several in one pass.

    Attributes:
        sizes_px: Sides of the crops it takes and gives, ascending.
    """

    sizes_px: tuple[int, ...]

    def template(self, size_px: int) -> NDArray[np.float64]:
        """``(5, 2)`` x and y: where the landmarks of a face belong in a crop of this side."""
        ...

    def restore(
        self, crops: NDArray[np.float32], *, fidelity: float | None = None
    ) -> NDArray[np.float32]:
        """Faces of one size, each on its own: what a neighbour holds changes nothing.

        Args:
            crops: ``(N, S, S, 3)`` float32 RGB, 0..255, aligned to ``template(S)``; S one of
                ``sizes_px``.
            fidelity: 0 (prettier) .. 1 (truer) for engines that have such a dial; others take
                no notice.

        Returns:
            As ``crops``. A face the network gave no finite number for is NaN throughout.

        Raises:
            GpuExhausted: Not even one face fits into the GPU's memory.
            EngineBroken: The GPU cannot be used any more in this process.
            EngineError: The network failed.
        """
        ...


class FaceParser(Protocol):
    """Says of each pixel of an aligned face what it belongs to."""

    def parse(self, crops: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Classes of CelebAMask-HQ (``daemon.engines.parsing``).

        Args:
            crops: ``(N, 512, 512, 3)`` uint8 RGB, aligned to ``FFHQ_TEMPLATE``.

        Returns:
            ``(N, 512, 512)`` uint8.

        Raises:
            GpuExhausted: Not even one face fits into the GPU's memory.
            EngineError: The network failed.
        """
        ...


class BackgroundEnlarger(Protocol):
    """Enlarges a whole picture, tile by tile and without seams.

    Attributes:
        factor: How many times as large the result is.
    """

    factor: int

    def enlarge(
        self, rgb: NDArray[np.float32], progress: Progress | None = None
    ) -> NDArray[np.float32]:
        """``(factor·H, factor·W, 3)`` float32 from ``(H, W, 3)`` float32, RGB, both 0..255.

        Raises:
            GpuExhausted: Not even the smallest tile fits into the GPU's memory.
            EngineError: The network failed.
        """
        ...


@dataclass(frozen=True, slots=True)
class IdentityLimits:
    """What a recogniser's distances mean for a face before and after it was restored.

    Attributes:
        deliver_within: Up to this distance it is the same face.
        keep_beyond: Above this distance it is another's; between the two it may be.
        source: Where the numbers come from.
    """

    deliver_within: float
    keep_beyond: float
    source: str


class Recogniser(Protocol):
    """Tells people apart.

    Attributes:
        limits: In its own distances, which are those of no other recogniser.
    """

    limits: IdentityLimits

    def embed(self, srgb: NDArray[np.uint8], alignment: Alignment) -> NDArray[np.float32]:
        """A vector of the face; the Euclidean distance of two says how unlike they are.

        Args:
            srgb: ``(H, W, 3)`` uint8 RGB photo.
            alignment: Where the face lies in it.
        """
        ...


class Reader(Protocol):
    """Reads text in any direction, and says where each glyph stands."""

    def read(self, srgb: NDArray[np.uint8], *, second_look: bool = False) -> Page:
        """Every line of ``(H, W, 3)`` uint8 RGB, those that could not be read included.

        Args:
            srgb: The page, its text at any angle.
            second_look: Look at other scales and with another contrast, to prove the first
                look's result.

        Raises:
            EngineUnavailable: The reader's networks are not installed.
        """
        ...


@dataclass(frozen=True, slots=True)
class MatteEvidence:
    """What a matte says of itself, without a truth to compare it with.

    Attributes:
        edge_px: Median width of the edge from a tenth to nine tenths of alpha, outside hair.
        haze: Share of the pixels well away from the outline that are neither there nor not.
        islands: Share of the picture in loose pieces that hang on nothing.
        holes: Share of head and chest that is missing.
        leak: Share of the frame's top and upper sides that was taken for the person.
        agreement: How far two ways of finding the outline agree, 0..1.
        behind_known: Share of the background whose colours were learnt where nobody stands;
            ``None`` for an engine that learns none.
    """

    edge_px: float
    haze: float
    islands: float
    holes: float
    leak: float
    agreement: float
    behind_known: float | None

    def as_json(self) -> dict[str, float]:
        return {
            "edge_px": round(self.edge_px, 2),
            "haze": round(self.haze, 4),
            "islands": round(self.islands, 5),
            "holes": round(self.holes, 5),
            "leak": round(self.leak, 4),
            "agreement": round(self.agreement, 3),
            **({} if self.behind_known is None else {"behind_known": round(self.behind_known, 3)}),
        }


@dataclass(frozen=True)
class Matte:
    """A person cut out of a picture.

    Attributes:
        alpha: ``(H, W)`` float32 0..1, of the size of the picture handed in.
        foreground: ``(H, W, 3)`` uint8 RGB: the person's own colours, free of the old
            background; bit-equal to the picture where alpha is 1. Compose with
            ``alpha * foreground + (1 - alpha) * background``.
        confidence: How far the matte can be relied on, 0..1; under ``REVIEW_BELOW`` a person
            should look.
        doubts: Why it is not 1, gravest first: words of ``MATTE_DOUBTS``.
        evidence: The measures behind the confidence; ``None`` for an engine that has none.
        trimap: ``(h, w)`` uint8 (0, 128, 255) the alpha was found in, for looking at; it may be
            smaller than the picture. ``None`` for engines that need none.
        engine: The engine's name.
    """

    alpha: NDArray[np.float32]
    foreground: NDArray[np.uint8]
    confidence: float
    doubts: tuple[str, ...]
    evidence: MatteEvidence | None
    trimap: NDArray[np.uint8] | None
    engine: str

    def as_json(self) -> dict[str, Any]:
        """For the record."""
        return {
            "engine": self.engine,
            "confidence": round(self.confidence, 3),
            "doubts": list(self.doubts),
            **({} if self.evidence is None else {"evidence": self.evidence.as_json()}),
        }


REVIEW_BELOW = 0.5
"""A matte of less confidence is for a person to look at."""

MATTE_DOUBTS = (
    "no_background",
    "leak",
    "holes",
    "islands",
    "haze",
    "unsure_outline",
    "busy_background",
    "soft_edge",
)


class Matter(Protocol):
    """Cuts a person out of a picture."""

    def cut(
        self,
        srgb: NDArray[np.uint8],
        face: Face,
        others: Sequence[Face] = (),
        progress: Progress | None = None,
    ) -> Matte:
        """The person whose face this is.

        Hand in head, shoulders and some surroundings (``HeadFrame.portrait_window``), scaled
        to what the result needs and no larger.

        Args:
            srgb: ``(H, W, 3)`` uint8 RGB.
            face: In the coordinates of this picture.
            others: Other people's faces in it, to be left out.
            progress: Called with steps done and steps in all.

        Raises:
            EngineUnavailable: The engine's library is not installed.
            EngineError: The face does not lie in the picture, or the picture is too small.
        """
        ...


@dataclass(frozen=True, slots=True)
class WeightFile:
    """A weight file that comes with an installed package, and the bytes we calibrated on.

    Attributes:
        package: Import name of the package; it is located, never imported.
        path: Path inside the package's folder.
        distribution: Name of the distribution that installs it.
        sha256: Digest of the bytes all limits here were measured with.
    """

    package: str
    path: str
    distribution: str
    sha256: str

    def locate(self) -> Path:
        """Where the file is.

        Raises:
            EngineUnavailable: The package or the file is not installed.
        """
        spec = importlib.util.find_spec(self.package)
        for folder in (spec.submodule_search_locations if spec else None) or ():
            path = Path(folder) / self.path
            if path.is_file():
                return path
        missing = say("file_missing", path=self.path, distribution=self.distribution)
        raise unavailable(missing, engine=self.distribution)

    def verified(self) -> Path:
        """Where the file is, once its bytes are known to be the ones tested.

        Raises:
            EngineUnavailable: Not installed, or other bytes than the limits were measured with.
        """
        path = self.locate()
        found = digest_of(path).sha256
        if found != self.sha256:
            untested = say(
                "file_untested",
                path=self.path,
                distribution=self.distribution,
                found=found[:12],
                expected=self.sha256[:12],
            )
            raise unavailable(untested, engine=self.distribution)
        return path


def runtime_version(distribution: str) -> str:
    """``distribution version``, or ``distribution missing``."""
    try:
        return f"{distribution} {importlib.metadata.version(distribution)}"
    except importlib.metadata.PackageNotFoundError:
        return f"{distribution} missing"
