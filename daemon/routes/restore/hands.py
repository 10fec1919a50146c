"""Which engines work on a photo, by what was asked for and what is here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daemon.domain.sayings import NOTE_SAID, noted, say, unavailable
from daemon.engines.assessing import Assessor
from daemon.engines.base import FaceParser
from daemon.engines.occlusion import Occluder
from daemon.engines.offers import AUTO, EMBEDDED, auto_for
from daemon.engines.rating import FaceRater
from daemon.engines.registry import Engines
from daemon.engines.tasks import (
    ASSESS,
    BACKGROUND,
    FIND,
    IDENTITY,
    OCCLUDE,
    PARSE,
    RATE,
    RESTORE,
)
from daemon.routes.restore.drawing import Drawer, EmbeddedDrawer, NetworkDrawer
from daemon.routes.restore.options import Options

_UNNAMED = (AUTO, EMBEDDED)
_PARSED = (AUTO, "parsing")
_NO_PARSER = say("no_weights", command="boothd models pull parsing-bisenet")
_NO_OCCLUDER = say("no_weights", command="boothd models pull occlusion-xseg3")
_NO_RATER = say(
    "no_rater",
    why=say("no_weights", command="boothd models pull gpen-eqface-backbone gpen-eqface-quality"),
)


@dataclass(frozen=True)
class Hands:
    """The engines that work on a page's faces.

    Attributes:
        drawer: Draws them.
        parser: Says what their pixels belong to.
        occluder: Sees what hides them, where no parser does; without either masks are ovals.
        rater: EQ-Face, where ModelScope's gates were asked for and it is there.
        assessor: Scores them in its place.
        as_modelscope: Put faces back as ModelScope's pipeline does.
    """

    drawer: Drawer
    parser: FaceParser | None = None
    occluder: Occluder | None = None
    rater: FaceRater | None = None
    assessor: Assessor | None = None
    as_modelscope: bool = False


def tasks_of(options: Options) -> frozenset[str]:
    """What engines are asked for, by the names that records use.

    A task that no engine does is among them where the record may have to say why.
    """
    more = {
        PARSE: options.mask in _PARSED,
        OCCLUDE: options.mask in {AUTO, "occlusion"},
        BACKGROUND: options.background == "upscale" and options.strength > 0,
        RATE: options.is_as_modelscope,
        ASSESS: options.is_as_modelscope,
    }
    return frozenset({FIND, RESTORE, IDENTITY, *(task for task, used in more.items() if used)})


def used_by(options: Options, described: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Of what this worker has, what counts for a photo; what stands in for another says so.

    Args:
        options: As asked.
        described: ``Engines.describe``.
    """
    tasks = tasks_of(options)
    used = {task: facts for task, facts in described.items() if task in tasks}
    if PARSE in tasks and _is_had(used.get(PARSE)):
        used.pop(OCCLUDE, None)
    if RATE in tasks and not _is_had(used.get(RATE)):
        used.setdefault(RATE, {"name": "none", **noted([_NO_RATER])})
    elif RATE in tasks:
        used.pop(ASSESS, None)
    return used


def _is_had(facts: Mapping[str, Any] | None) -> bool:
    return facts is not None and facts["name"] != "none"


def wishes_of(options: Options) -> dict[str, str]:
    """Task → how its engine is asked for, where a person may say."""
    return {
        RESTORE: options.engine,
        BACKGROUND: background_wish(options) if BACKGROUND in tasks_of(options) else AUTO,
        PARSE: parser_wish(options),
    }


def parser_wish(options: Options) -> str:
    """How the parser is asked for."""
    return options.parser if options.mask in _PARSED else AUTO


def background_wish(options: Options) -> str:
    """How the engine for what lies around the faces is asked for."""
    if options.background_engine != AUTO or options.upscale == 1:
        return options.background_engine
    return auto_for(options.upscale)


def check_named(options: Options, engines: Engines) -> None:
    """Refuse a photo whose engine was asked for by its name and cannot be had.

    Raises:
        EngineUnavailable: With the command that mends it.
    """
    if options.engine not in _UNNAMED:
        engines.restorer(options.engine)
    if options.mask == "parsing" or parser_wish(options) != AUTO:
        _parser(options, engines)
    if options.mask == "occlusion":
        _occluder(options, engines, None)


def hands_for(srgb: NDArray[np.uint8], options: Options, engines: Engines) -> Hands:
    """The engines for the faces of a photo, loaded.

    Args:
        srgb: ``(H, W, 3)`` uint8 RGB, the photo that faces are cut from.
        options: As asked.
        engines: Those of this worker.

    Raises:
        EngineUnavailable: What was asked for by name or size cannot be had.
    """
    restorer = engines.restorer(options.engine)
    if restorer is None:
        return _seeing(EmbeddedDrawer(engines.enlarger, options), options, engines)
    network = NetworkDrawer(restorer, srgb, options)
    if not options.is_as_modelscope:
        return _seeing(network, options, engines)
    rater = engines.rater
    assessor = _trusted(engines) if rater is None else None
    return Hands(network, rater=rater, assessor=assessor, as_modelscope=True)


def _seeing(drawer: Drawer, options: Options, engines: Engines) -> Hands:
    parser = _parser(options, engines)
    return Hands(drawer, parser, _occluder(options, engines, parser))


def _parser(options: Options, engines: Engines) -> FaceParser | None:
    if options.mask not in _PARSED:
        return None
    parser = engines.parser(parser_wish(options))
    if parser is None and options.mask == "parsing":
        why = engines.describe().get(PARSE, {}).get(NOTE_SAID) or _NO_PARSER
        raise unavailable(say("no_parser", why=why), engine=PARSE)
    return parser


def _occluder(options: Options, engines: Engines, parser: FaceParser | None) -> Occluder | None:
    if parser is not None or options.mask not in {AUTO, "occlusion"}:
        return None
    occluder = engines.occluder
    if occluder is None and options.mask == "occlusion":
        why = engines.describe().get(OCCLUDE, {}).get(NOTE_SAID) or _NO_OCCLUDER
        raise unavailable(say("no_occluder", why=why), engine=OCCLUDE)
    return occluder


def _trusted(engines: Engines) -> Assessor | None:
    assessor = engines.assessor
    return assessor if assessor is not None and assessor.is_vouched_for else None
