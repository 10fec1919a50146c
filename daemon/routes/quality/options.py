"""What a person may choose about the gate."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from daemon.config.quality import (
    COMPLETE,
    DEFAULT,
    REJECT_BELOW,
    Limits,
    Quality,
    names,
    with_limits,
)
from daemon.domain.route import Plan, RouteId, Step
from daemon.errors import UsageError


class Options(BaseModel):
    """Options of the route ``quality``."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False
    )

    profile: str = DEFAULT
    """How strictly to judge: lenient, hr, icao, or a profile of the configuration."""
    reject_below: Annotated[float, Field(ge=0, le=1)] = REJECT_BELOW
    """Photos that score less are rejected, whatever the profile."""
    min_score: Annotated[float, Field(ge=0, le=1)] | None = None
    """Photos that score less want a person's look; default: the profile's."""
    reject: Limits = Limits()
    """Limits over the profile's: beyond one of these a photo is rejected; null takes one away."""
    warn: Limits = Limits()
    """Limits over the profile's: beyond one of these a photo gets a remark, and passes."""


def parse(raw: Mapping[str, object]) -> Options:
    """Options from JSON values, the limits of the profile filled in.

    A job of the booth carries its limits in full, marked as such where it was planned; the
    profile, which only the configuration may know, is then no more than their name.

    Raises:
        UsageError: An option, a limit or the profile is unknown, or a value out of range; every
            mistake is named, with the nearest valid name.
    """
    own = {name: value for name, value in raw.items() if name != COMPLETE}
    try:
        given = Options.model_validate(own)
    except ValidationError as error:
        lines = [
            _sentence(problem["loc"], problem["msg"], problem["type"])
            for problem in error.errors(include_url=False)
        ]
        raise UsageError("; ".join(lines)) from error
    if raw.get(COMPLETE) is True:
        return given
    known = names(Quality())
    if given.profile not in known:
        msg = (
            f"quality.profile: there is no profile {given.profile!r}; {_near(given.profile, known)}"
        )
        raise UsageError(msg)
    # Whoever calls the route by itself gets the limits that come with the booth.
    filled = dict(with_limits(Plan((Step(RouteId.QUALITY, own),)), Quality()).steps[0].options)
    return Options.model_validate(
        {name: filled[name] for name in Options.model_fields if name in filled}
    )


def _sentence(where: tuple[int | str, ...], message: str, kind: str) -> str:
    *parents, last = [str(part) for part in where] or ["options"]
    name = ".".join(["quality", *parents, last])
    if kind != "extra_forbidden":
        return f"{name}: {message}"
    model = Limits if parents else Options
    return f"{name} is not an option; {_near(last, sorted(model.model_fields))}"


def _near(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
