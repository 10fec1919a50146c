"""RestoreFormer++, put together from spandrel's parts of its predecessor."""

from __future__ import annotations

from typing import Any

from spandrel.architectures.RestoreFormer import RestoreFormer
from torch import Tensor

# Source: the network that its authors published with the weights (VQVAEGANMultiHeadTransformer,
# head_size=4, ex_multi_scale_num=1): the decoder looks at what the encoder saw at 32 pixels, too.
_HEADS = 4
_ENCODER_SIDES, _DECODER_SIDES = (16,), (16, 32)
_LEVEL = 4  # where a face of 512 pixels has become one of 32


class RestoreFormerPlus(RestoreFormer):  # type: ignore[misc]  # spandrel ships no types
    """As RestoreFormer, but with four heads and a second level of attention.

    Its state has three more blocks of attention, ``decoder.up.4.attn``; all else has the same
    keys and shapes.

    Args:
        sizes: Other sizes than the published ones (tests), as RestoreFormer has them.
    """

    def __init__(self, **sizes: Any) -> None:
        super().__init__(head_size=_HEADS, attn_resolutions=_ENCODER_SIDES, **sizes)
        wider = RestoreFormer(head_size=_HEADS, attn_resolutions=_DECODER_SIDES, **sizes)
        self.decoder = wider.decoder

    def decode(self, quant: Tensor, hs: dict[str, Tensor]) -> Tensor:
        """A face out of its code and of what the encoder saw at each level."""
        seen = {**hs, f"block_{_LEVEL}_atten": hs[f"block_{_LEVEL}"]}
        face: Tensor = super().decode(quant, seen)
        return face
