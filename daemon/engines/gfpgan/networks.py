"""Makes the networks with the weights of a file, by way of spandrel's classes or of our own.

spandrel's own way in is not taken: it would unpickle the file itself, fill every tensor at random
first, and hand GFPGAN and CodeFormer pictures of 0..1 where they were trained on -1..1.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import spandrel
import torch
from spandrel.architectures.GFPGAN import GFPGAN
from spandrel.architectures.RestoreFormer import RestoreFormer
from torch import Tensor, nn

from daemon.domain.sayings import say, unavailable
from daemon.engines import checkpoint
from daemon.engines.exact import keep_exact
from daemon.engines.gfpgan import facts
from daemon.engines.gfpgan.original import OriginalGfpgan, filters_of
from daemon.engines.gfpgan.restoreformer import RestoreFormerPlus
from daemon.engines.weights import StoredWeights, unfit
from daemon.errors import EngineUnavailable

# What the training program of RestoreFormer++ calls the network in the file it writes.
_TRAINED_AS = "vqvae."
_EXTRA = "spandrel_extra_arches.architectures.CodeFormer"


@dataclass(frozen=True, slots=True)
class FaceNetwork:
    """A network, on the CPU and in float32.

    Attributes:
        network: The module, to be moved.
        draw: Faces ``(N, 3, 512, 512)`` of -1..1 and a fidelity → faces of the same shape and
            about that range.
    """

    network: nn.Module
    draw: Callable[[Tensor, float], Tensor]


def load_network(kind: facts.Kind, weights: StoredWeights) -> FaceNetwork:
    """The network with the weights of a file.

    Args:
        kind: Whose file it is.
        weights: The file.

    Raises:
        EngineUnavailable: The file cannot be read, or is not this network's key for key; or the
            package that has the network is not installed.
    """
    make = _CLASSES.get(weights.model) or _codeformer(weights.model)
    path = weights.path
    with torch.device("meta"):  # shapes only: the values come from the file
        network = make()
    filters = filters_of(network) if isinstance(network, OriginalGfpgan) else {}
    wanted = {key: value for key, value in network.state_dict().items() if key not in filters}
    found = _within(checkpoint.entries(path, kind.title))
    try:
        checkpoint.compare(found, wanted, path, kind.title)
    except EngineUnavailable as error:
        other = _recognised(found)
        # One of the same family: entry by entry says more.
        if not other or kind.title.startswith(other):
            raise
        raise unfit(path, kind.title, say("network_of", network=other)) from error
    network.load_state_dict({**found, **filters}, strict=True, assign=True)
    network.eval().requires_grad_(requires_grad=False)
    for names in _EXACT.get(kind.name, ()):
        keep_exact(network, names)
    return FaceNetwork(network, _DRAWN[kind.name](network))


def _within(found: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """The network's own entries of a file that has those of its training beside them."""
    own = {key: value for key, value in found.items() if key.startswith(_TRAINED_AS)}
    return {key.removeprefix(_TRAINED_AS): value for key, value in own.items()} if own else found


def _recognised(found: Mapping[str, Tensor]) -> str:
    """Whose network spandrel takes it for; empty where it knows none."""
    registry = spandrel.MAIN_REGISTRY
    matching = (one for one in registry.architectures("detection") if one.detect(dict(found)))
    first = next(matching, None)
    return "" if first is None else str(first.architecture.name)


def _codeformer(model: str) -> Callable[[], nn.Module]:
    try:
        with warnings.catch_warnings():  # it compiles a function as torch no longer likes it
            warnings.simplefilter("ignore", FutureWarning)
            package = importlib.import_module(_EXTRA)
    except (ImportError, OSError) as error:
        raise unavailable(say("codeformer_missing"), engine=facts.CODEFORMER.name) from error
    return partial(package.CodeFormer, **_CODEFORMERS[model])


def _draw_original(network: nn.Module) -> Callable[[Tensor, float], Tensor]:
    return lambda faces, _fidelity: network(faces)


def _draw_gfpgan(network: nn.Module) -> Callable[[Tensor, float], Tensor]:
    # Fresh noise at every call would make each face another one at the second try.
    return lambda faces, _fidelity: network(faces, return_rgb=False, randomize_noise=False)[0]


def _draw_restoreformer(network: nn.Module) -> Callable[[Tensor, float], Tensor]:
    return lambda faces, _fidelity: network(faces)[0]


def _draw_codeformer(network: nn.Module) -> Callable[[Tensor, float], Tensor]:
    return lambda faces, fidelity: network(faces, weight=fidelity)[0]


def _draw_colours(network: nn.Module) -> Callable[[Tensor, float], Tensor]:
    return lambda faces, _fidelity: network(faces, weight=0.0)[0]


_CLASSES: Mapping[str, Callable[[], nn.Module]] = {
    **dict.fromkeys(facts.GFPGAN.models, GFPGAN),
    "gfpgan-1.0": OriginalGfpgan,
    "restoreformer-pp": RestoreFormerPlus,
    "restoreformer": RestoreFormer,
}
# Source: the constructor's arguments in their authors' programs. No engine takes the one that fills
# holes: nobody here has a way to say where they are.
_NARROW = {"connect_list": ["32", "64", "128"]}
_CODEFORMERS: Mapping[str, Mapping[str, Any]] = {
    "codeformer": {},
    "codeformer-colorization": _NARROW,
    "codeformer-inpainting": {**_NARROW, "codebook_size": 512},
}
# What stays in float32 beside bf16: styles that scale whole maps, the choice of a code, and the
# last step to the picture, which in bf16 would have steps of a grey level.
_EXACT_CODEFORMER = ("idx_pred_layer", r"generator\.blocks\.24")
_EXACT: Mapping[str, tuple[str, ...]] = {
    facts.GFPGAN.name: (
        r"stylegan_decoder\.style_conv(1|s\.\d+)\.modulated_conv\.modulation",
        r"stylegan_decoder\.to_rgb(1|s\.\d+)",
    ),
    facts.RESTOREFORMER.name: (r"quantize|quant_conv", r"decoder\.conv_out"),
    facts.CODEFORMER.name: _EXACT_CODEFORMER,
    facts.COLORIZATION.name: _EXACT_CODEFORMER,
}
_DRAWN: Mapping[str, Callable[[nn.Module], Callable[[Tensor, float], Tensor]]] = {
    facts.GFPGAN.name: _draw_gfpgan,
    facts.RESTOREFORMER.name: _draw_restoreformer,
    facts.CODEFORMER.name: _draw_codeformer,
    facts.COLORIZATION.name: _draw_colours,
    facts.GFPGAN_1_0.name: _draw_original,
}
