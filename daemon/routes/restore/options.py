"""What a person may choose about restoring."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from daemon.errors import UsageError

# What the embedded engine takes no notice of.
_NEED_WEIGHTS: Final = frozenset({"size_px", "fidelity", "compat"})
_COLOUR: Final = frozenset({"gpen-colorization", "codeformer-colorization"})
_HAVE_FIDELITY: Final = frozenset({"codeformer", "codeformer-onnx"})


class Options(BaseModel):
    """Options of the route ``restore``."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    strength: Annotated[float, Field(ge=0, le=1)] = 0.6
    """How much of the restored face goes in: 0 leaves the photo bit for bit, 1 takes it whole."""
    upscale: Literal[1, 2, 4] = 1
    """How many times as large the result is."""
    min_face_px: Annotated[int, Field(ge=16, le=4096)] = 32
    """Faces narrower than this are left alone."""
    max_faces: Annotated[int, Field(ge=1, le=1000)] = 100
    """At most this many faces are restored, the largest first."""
    background: Literal["keep", "upscale"] = "keep"
    """keep: nothing outside the faces changes; upscale: the rest goes through the engine, too."""
    background_engine: Literal[
        "auto",
        "embedded",
        "realesrgan-x2",
        "realesrgan-x4",
        "realesr-general-x4",
        "realesrnet-x4",
        "gpen-realesrnet-x2",
        "realesr-animevideo-x4",
    ] = "auto"
    """Which engine enlarges the rest; auto: the first of the factor of upscale that has its
    weights, else one of another factor, else the embedded one."""
    on_no_face: Literal["reject", "pass"] = "reject"
    """A photo without a face that can be restored: reject it, or pass it on as it is."""
    engine: Literal[
        "auto",
        "embedded",
        "gpen",
        "gfpgan",
        "restoreformer",
        "codeformer",
        "gpen-onnx",
        "gfpgan-onnx",
        "restoreformer-onnx",
        "codeformer-onnx",
        "gfpgan-1.0",
        "gpen-colorization",
        "codeformer-colorization",
    ] = "auto"
    """Which engine draws faces; auto: the first that has its weights, else the embedded one; the
    last two colour the faces of grey photos and leave them as sharp as they are."""
    size_px: Literal["auto", 256, 512, 1024, 2048] = "auto"
    """Side of the crop an engine with weights draws; auto: 256 for faces under 128 px, 1024 for
    faces over 700 px, else 512, as far as the engine has them."""
    fidelity: Annotated[float, Field(ge=0, le=1)] = 0.7
    """For CodeFormer: 0 is prettier, 1 is truer to the photo."""
    mask: Literal["auto", "oval", "parsing", "occlusion"] = "auto"
    """Where a face may change: an oval, what a face parser takes for face, or the oval less what
    hides the face; auto: the parser where there is one, else what hides the face, else the
    oval."""
    parser: Literal["auto", "bisenet", "parsenet", "bisenet34"] = "auto"
    """Which face parser; auto: the first that has its weights."""
    compat: Literal["none", "modelscope"] = "none"
    """modelscope: faces go back as ModelScope's pipeline puts them, with its limits; for engines
    with weights."""

    @property
    def is_colouring(self) -> bool:
        """Whether grey faces get colours, and nothing else is asked for."""
        return self.engine in _COLOUR

    @property
    def is_as_modelscope(self) -> bool:
        """Whether faces that a network draws go back as ModelScope's pipeline puts them."""
        return self.compat == "modelscope" and not self.is_colouring

    def idle(self, engine: str | None) -> tuple[str, ...]:
        """Options that were given and do nothing with an engine, for the record.

        Args:
            engine: The engine that drew, by its name; ``None`` for the embedded one.
        """
        if engine is None:
            without = _NEED_WEIGHTS
        else:
            without = frozenset() if has_fidelity(engine) else frozenset({"fidelity"})
            without |= {"compat"} if engine in _COLOUR else set()
        if self.mask not in {"auto", "parsing"}:
            without |= {"parser"}
        return tuple(sorted(self.model_fields_set & without))


def has_fidelity(engine: str) -> bool:
    """Whether an engine has the dial that ``fidelity`` sets."""
    return engine in _HAVE_FIDELITY


def parse(raw: Mapping[str, object]) -> Options:
    """Options from JSON values.

    Raises:
        UsageError: An option is unknown or out of range; every mistake is named, with the
            nearest valid name or the values allowed.
    """
    try:
        return Options.model_validate(dict(raw))
    except ValidationError as error:
        lines = [
            _sentence(problem["loc"], problem["msg"], problem["type"])
            for problem in error.errors(include_url=False)
        ]
        raise UsageError("; ".join(lines)) from error


def _sentence(where: tuple[int | str, ...], message: str, kind: str) -> str:
    name = str(where[0]) if where else "options"
    if kind != "extra_forbidden":
        return f"restore.{name}: {message}"
    known = sorted(Options.model_fields)
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    return f"restore.{name} is not an option; {hint}"
