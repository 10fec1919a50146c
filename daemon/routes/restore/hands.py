"""Which engines work on a photo, by what was asked for and what is here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from daemon.engines.assessing import Assessor
from daemon.engines.base import FaceParser
from daemon.engines.offers import AUTO, EMBEDDED, auto_for
from daemon.engines.registry import Engines
from daemon.engines.tasks import ASSESS, BACKGROUND, FIND, IDENTITY, PARSE, RESTORE
from daemon.errors import EngineUnavailable
from daemon.routes.restore.drawing import Drawer, EmbeddedDrawer, NetworkDrawer
from daemon.routes.restore.options import Options

_UNNAMED = (AUTO, EMBEDDED)
_NO_PARSER = "no weights in the model store (boothd models pull parsing-bisenet)"


@dataclass(frozen=True)
class Hands:
    """The engines that work on a page's faces.

    Attributes:
        drawer: Draws them.
        parser: Says what their pixels belong to; ``None``: every mask is an oval.
        assessor: Scores them where ModelScope's gates were asked for and one is there.
        as_modelscope: Put faces back as ModelScope's pipeline does.
    """

    drawer: Drawer
    parser: FaceParser | None = None
    assessor: Assessor | None = None
    as_modelscope: bool = False


def tasks_of(options: Options) -> frozenset[str]:
    """What engines are asked for, by the names that records use.

    A task that no engine does is among them where the record may have to say why.
    """
    more = {
        PARSE: options.mask != "oval",
        BACKGROUND: options.background == "upscale" and options.strength > 0,
        ASSESS: options.compat == "modelscope",
    }
    return frozenset({FIND, RESTORE, IDENTITY, *(task for task, used in more.items() if used)})


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
    if options.mask == "parsing":
        _parser(options, engines)


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
        drawer = EmbeddedDrawer(engines.enlarger, options)
        return Hands(drawer, _parser(options, engines))
    network = NetworkDrawer(restorer, srgb, options)
    if options.compat == "modelscope" and not options.is_colouring:
        return Hands(network, assessor=_trusted(engines), as_modelscope=True)
    return Hands(network, _parser(options, engines))


def _parser(options: Options, engines: Engines) -> FaceParser | None:
    if options.mask == "oval":
        return None
    parser = engines.parser
    if parser is None and options.mask == "parsing":
        why = engines.describe().get(PARSE, {}).get("note") or _NO_PARSER
        message = f"mask: parsing wants a face parser, and there is none: {why}"
        raise EngineUnavailable(message, engine=PARSE)
    return parser


def _trusted(engines: Engines) -> Assessor | None:
    assessor = engines.assessor
    return assessor if assessor is not None and assessor.is_vouched_for else None
