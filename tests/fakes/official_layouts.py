"""Random checkpoints in the layout of the published files, by their key in the catalogue.

Shapes come from the classes of the libraries that the files were published for (facexlib,
spandrel), for GPEN from the parity fixtures' key lists, for Real-ESRGAN from BasicSR's RRDBNet.
Of ONNX files only the inputs and outputs are as published (``tests.fakes.onnx_files`` and
``onnx_detectors``).
Every network is made without memory first; values are small enough that nothing overflows.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tests.fakes import onnx_detectors, onnx_files

FILES = {**onnx_files.FILES, **onnx_detectors.DETECTORS}
State: TypeAlias = dict[str, Tensor]
_POOL = 999_983
_RRDB_BLOCKS, _RRDB_MAPS, _GROWTH = 23, 64, 32


def random_checkpoint(key: str) -> tuple[State | bytes, str]:
    """Entries of a model's file, and under which name its publisher keeps them; or the file."""
    if key in FILES:
        return FILES[key](), ""
    likes, wrapped, prefix = _LAYOUTS[key]()
    pool = np.random.default_rng(1).standard_normal(_POOL, np.float32)
    made: dict[int, Tensor] = {}
    for name, like in likes.items():
        # One that a network has under two names lies in the file once.
        if id(like) not in made:
            made[id(like)] = _filled(name, like, pool)
    return {f"{prefix}{name}": made[id(like)] for name, like in likes.items()}, wrapped


def size_of(key: str) -> int:
    """Bytes of all values of a model's file."""
    likes = {id(like): like for like in _LAYOUTS[key]()[0].values()}
    return sum(like.numel() * like.element_size() for like in likes.values())


def known_layouts() -> frozenset[str]:
    """Models for which a checkpoint can be made here."""
    return frozenset(_LAYOUTS) | frozenset(FILES)


def has_size(key: str) -> bool:
    """Whether what is made here is as long as the published file; a graph is not."""
    return key in _LAYOUTS


def _filled(name: str, like: Tensor, pool: NDArray[np.float32]) -> Tensor:
    shape = tuple(like.shape)
    if name.endswith("relative_position_index"):
        return _window_index(shape)
    if not like.is_floating_point():
        return torch.zeros(shape, dtype=like.dtype)
    if name.endswith(("running_var", ".noise.weight")):
        return torch.ones(shape, dtype=like.dtype)
    if len(shape) < 2:
        is_scale = name.endswith(".weight") and not name.endswith(".bias")
        return torch.full(shape, 1.0 if is_scale else 0.0, dtype=like.dtype)
    fan_in = math.prod(shape[1:])
    values = np.resize(pool, shape) * np.float32(0.7 / math.sqrt(fan_in))
    return torch.from_numpy(values).to(like.dtype)


def _window_index(shape: tuple[int, ...]) -> Tensor:
    from daemon.engines.birefnet.swin import apart_in

    return apart_in(math.isqrt(shape[0]))


# ── layouts: entries on no device, wrapper, prefix ────────────────────────────────────────────

_Layout: TypeAlias = tuple[Mapping[str, Tensor], str, str]


def _of(make: Callable[[], nn.Module], wrapped: str = "", prefix: str = "") -> _Layout:
    with torch.device("meta"):
        return make().state_dict(keep_vars=True), wrapped, prefix


def _gpen(size_px: int) -> _Layout:
    from daemon.engines.gpen.network import GpenNetwork
    from daemon.engines.gpen.plan import OFFICIAL

    return _of(lambda: GpenNetwork(OFFICIAL[size_px]))


def _gfpgan() -> _Layout:
    from spandrel.architectures.GFPGAN import GFPGAN

    return _of(GFPGAN, "params_ema")


def _gfpgan_original() -> _Layout:
    from daemon.engines.gfpgan.original import OriginalGfpgan, filters_of

    state, wrapped, prefix = _of(OriginalGfpgan, "params_ema")
    with torch.device("meta"):
        filters = filters_of(OriginalGfpgan())
    return {key: value for key, value in state.items() if key not in filters}, wrapped, prefix


def _restoreformer() -> _Layout:
    from spandrel.architectures.RestoreFormer import RestoreFormer

    return _of(RestoreFormer)


def _restoreformer_plus() -> _Layout:
    from daemon.engines.gfpgan.restoreformer import RestoreFormerPlus

    return _of(RestoreFormerPlus, "state_dict", "vqvae.")


def _codeformer(**told: Any) -> _Layout:
    with warnings.catch_warnings():
        # It uses what torch has deprecated, as it is imported.
        warnings.simplefilter("ignore", FutureWarning)
        from spandrel_extra_arches.architectures.CodeFormer import CodeFormer

    return _of(lambda: CodeFormer(**told), "params_ema")


def _rrdb(fold: int, maps: int = _RRDB_MAPS) -> _Layout:
    shapes: dict[str, tuple[int, ...]] = {}

    def add(name: str, outward: int, inward: int) -> None:
        shapes[f"{name}.weight"], shapes[f"{name}.bias"] = (outward, inward, 3, 3), (outward,)

    add("conv_first", maps, 3 * fold * fold)
    for block in range(_RRDB_BLOCKS):
        for dense in (1, 2, 3):
            for at in range(5):
                outward = _GROWTH if at < 4 else maps
                add(f"body.{block}.rdb{dense}.conv{at + 1}", outward, maps + at * _GROWTH)
    for name in ("conv_body", "conv_up1", "conv_up2", "conv_hr"):
        add(name, maps, maps)
    add("conv_last", 3, maps)
    likes = {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}
    return likes, "params_ema", ""


def _compact(convolutions: int) -> _Layout:
    from spandrel.architectures.Compact.__arch.SRVGG import SRVGGNetCompact

    def make() -> nn.Module:
        return SRVGGNetCompact(num_feat=64, num_conv=convolutions, upscale=4, act_type="prelu")

    return _of(make, "params")


def _retinaface(trunk: str) -> _Layout:
    from daemon.engines.facexlib.retina_network import RetinaNetwork

    return _of(lambda: RetinaNetwork(trunk), prefix="module.")


def _facexlib(file: str, make: Callable[[Any], nn.Module], prefix: str = "") -> _Layout:
    from daemon.engines.facexlib.networks import network_file

    module = network_file(file)
    return _of(lambda: make(module), prefix=prefix)


def _bisenet() -> _Layout:
    return _facexlib("parsing.bisenet", lambda module: module.BiSeNet(num_class=19))


def _parsenet() -> _Layout:
    return _facexlib("parsing.parsenet", lambda m: m.ParseNet(512, 512, parsing_ch=19))


def _modnet() -> _Layout:
    return _facexlib("matting.modnet", lambda m: m.MODNet(backbone_pretrained=False), "module.")


def _birefnet(*, in_halves: bool) -> _Layout:
    from daemon.engines.birefnet.network import BiRefNet

    return _of(lambda: BiRefNet().half() if in_halves else BiRefNet())


def _arcface() -> _Layout:
    def make(module: Any) -> nn.Module:
        backbone: nn.Module = module.Backbone(num_layers=50, drop_ratio=0.6, mode="ir_se")
        return backbone

    return _facexlib("recognition.arcface_arch", make)


def _eqface_trunk() -> _Layout:
    from daemon.engines.eqface.network import EqBackbone

    return _of(EqBackbone, prefix="module.")


def _eqface_head() -> _Layout:
    from daemon.engines.eqface.network import EqQuality

    return _of(EqQuality, prefix="module.")


_LAYOUTS: Mapping[str, Callable[[], _Layout]] = {
    "gpen-bfr-256": lambda: _gpen(256),
    "gpen-bfr-512": lambda: _gpen(512),
    "gpen-bfr-1024": lambda: _gpen(1024),
    "gpen-bfr-2048": lambda: _gpen(2048),
    "gpen-modelscope-512": lambda: _gpen(512),
    "gfpgan-1.4": _gfpgan,
    "gfpgan-1.3": _gfpgan,
    "gfpgan-1.2": _gfpgan,
    "restoreformer": _restoreformer,
    "restoreformer-pp": _restoreformer_plus,
    "gfpgan-1.0": _gfpgan_original,
    "codeformer": _codeformer,
    "codeformer-colorization": lambda: _codeformer(connect_list=["32", "64", "128"]),
    "codeformer-inpainting": lambda: _codeformer(
        connect_list=["32", "64", "128"], codebook_size=512
    ),
    "gpen-colorization-1024": lambda: _gpen(1024),
    "gpen-inpainting-1024": lambda: _gpen(1024),
    "gpen-seg2face-512": lambda: _gpen(512),
    "realesrgan-x2plus": lambda: _rrdb(2),
    "realesrgan-x4plus": lambda: _rrdb(1),
    "realesrnet-x4plus": lambda: _rrdb(1),
    "gpen-realesrnet-x2": lambda: _rrdb(2, maps=32),
    "realesr-general-x4v3": lambda: _compact(32),
    "realesr-general-wdn-x4v3": lambda: _compact(32),
    "realesr-animevideov3": lambda: _compact(16),
    "detection-mobilenet025": lambda: _retinaface("mobile"),
    "detection-resnet50": lambda: _retinaface("resnet50"),
    "gpen-retinaface-r50": lambda: _retinaface("resnet50"),
    "parsing-bisenet": _bisenet,
    "parsing-parsenet": _parsenet,
    "gpen-parsenet": _parsenet,
    "modnet-photographic-pth": _modnet,
    "birefnet": lambda: _birefnet(in_halves=True),
    "rmbg-2.0": lambda: _birefnet(in_halves=False),
    "recognition-arcface-ir-se50": _arcface,
    "gpen-model-ir-se50": _arcface,
    "gpen-eqface-backbone": _eqface_trunk,
    "gpen-eqface-quality": _eqface_head,
}
