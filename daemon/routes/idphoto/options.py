"""What a person may choose about ID photos."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from daemon.catalogue.idphoto import book
from daemon.errors import UsageError


class Options(BaseModel):
    """Options of the route ``idphoto``."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    preset: str = "cn_1in"
    """Which rule, where the instruction names none: see `boothd presets`."""
    background: str | None = None
    """Colour, gradient, #RRGGBB, transparent or keep; default: the preset's."""
    instruction: Annotated[str, Field(max_length=2000)] = ""
    """Wishes in plain Chinese or English for every photo; a photo's own instruction goes first."""
    generative: Literal["warn", "reject"] = "warn"
    """Wishes that only an image-generating engine could fulfil: do the rest and say so, or
    reject the photo."""
    white_balance: bool = False
    """Take the colour cast of the light away."""
    files: Literal["one", "all"] = "all"
    """Where several results were asked for: all of them, or the first alone."""
    engine: Literal[
        "auto",
        "embedded",
        "modnet",
        "modnet-onnx",
        "hivision-modnet-onnx",
        "birefnet",
        "birefnet-portrait-onnx",
        "birefnet-matting-onnx",
        "birefnet-hr-matting-onnx",
        "birefnet-general-onnx",
        "birefnet-lite-onnx",
        "rmbg-1.4",
        "rmbg-2.0",
    ] = "auto"
    """Which engine cuts people out; auto: the first that has its weights, else the embedded
    one."""


def parse(raw: Mapping[str, object]) -> Options:
    """Options from JSON values.

    Raises:
        UsageError: An option, the preset or the background is unknown, or a value out of range;
            every mistake is named, with the nearest valid name.
    """
    try:
        options = Options.model_validate(dict(raw))
    except ValidationError as error:
        lines = [
            _sentence(problem["loc"], problem["msg"], problem["type"])
            for problem in error.errors(include_url=False)
        ]
        raise UsageError("; ".join(lines)) from error
    known = book()
    if options.preset not in known.presets:
        near = known.nearest_preset(options.preset)
        hint = f"did you mean {near}?" if near else "boothd presets lists them"
        msg = f"idphoto.preset: there is no preset {options.preset!r}; {hint}"
        raise UsageError(msg)
    return options


def _sentence(where: tuple[int | str, ...], message: str, kind: str) -> str:
    name = str(where[0]) if where else "options"
    if kind != "extra_forbidden":
        return f"idphoto.{name}: {message}"
    known = sorted(Options.model_fields)
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    return f"idphoto.{name} is not an option; {hint}"
