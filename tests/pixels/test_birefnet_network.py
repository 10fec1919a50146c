"""BiRefNet: its parts against plain loops and another implementation, its layout to the byte."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from daemon.catalogue.models.load import model_book
from daemon.engines.offers import Setup
from daemon.errors import EngineUnavailable
from tests.fakes.figure import BLUE, RED, edges_off, figure
from tests.fakes.torch_here import need_torch

need_torch()

pytestmark = [pytest.mark.engines, pytest.mark.usefixtures("one_torch_thread")]

SIZES = 16, (2, 2, 2, 2), (1, 2, 4, 8), 3  # a small trunk


def torch_module():
    import torch

    return torch


def filled(part, seed: int = 0, scale: float = 0.3):
    """A part with random weights, ready to compute."""
    torch = torch_module()
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value in part.parameters():
            value.copy_(torch.randn(value.shape, generator=draw) * scale)
    return part.eval().requires_grad_(requires_grad=False)


def random(*shape: int, seed: int = 1):
    torch = torch_module()
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def small():
    from daemon.engines.birefnet.network import BiRefNet
    from daemon.engines.birefnet.swin import Trunk

    return filled(BiRefNet(Trunk(*SIZES)), scale=0.1)


# ── the layout ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("key", "kind", "width"), [("birefnet", "F16", 2), ("rmbg-2.0", "F32", 4)])
def test_names_shapes_and_kinds_make_a_file_of_just_the_published_length(
    key: str, kind: str, width: int
) -> None:
    """To the byte, index included: another name, shape or kind would make it another length."""
    from daemon.engines.birefnet.network import BiRefNet

    with torch_module().device("meta"):
        state = BiRefNet().state_dict()
    index, end = {"__metadata__": {"format": "pt"}}, 0
    order = sorted(state, key=lambda name: (state[name].is_floating_point(), name))
    for name in order:  # those of eight bytes first
        is_float = state[name].is_floating_point()
        begin, end = end, end + state[name].numel() * (width if is_float else 8)
        index[name] = {
            "dtype": kind if is_float else "I64",
            "shape": list(state[name].shape),
            "data_offsets": [begin, end],
        }
    head = len(json.dumps(index, separators=(",", ":")))
    assert 8 + head + -head % 8 + end == model_book().models[key].size_bytes
    assert len(state) == 754


def test_names_are_those_of_the_published_files(small) -> None:
    state = small.state_dict()
    assert {
        "bb.patch_embed.proj.weight", "bb.patch_embed.norm.bias", "bb.norm3.weight",
        "bb.layers.0.blocks.1.attn.relative_position_bias_table",
        "bb.layers.0.blocks.1.attn.relative_position_index", "bb.layers.2.downsample.norm.weight",
        "bb.layers.3.blocks.0.mlp.fc1.weight", "squeeze_module.0.conv_in.weight",
        "squeeze_module.0.dec_att.aspp1.atrous_conv.offset_conv.bias",
        "decoder.decoder_block4.dec_att.aspp_deforms.2.atrous_conv.regular_conv.weight",
        "decoder.decoder_block1.dec_att.global_avg_pool.2.running_var",
        "decoder.decoder_block2.dec_att.aspp_deforms.0.atrous_conv.modulator_conv.weight",
        "decoder.ipt_blk5.conv1.weight", "decoder.ipt_blk1.conv_out.bias",
        "decoder.lateral_block2.conv.weight", "decoder.conv_ms_spvn_4.bias",
        "decoder.gdt_convs_3.1.running_mean", "decoder.gdt_convs_pred_2.0.weight",
        "decoder.gdt_convs_attn_4.0.bias", "decoder.conv_out1.0.weight",
    } <= set(state)  # fmt: skip
    assert not [name for name in state if name.startswith("bb.layers.3.downsample")]


# ── the trunk ─────────────────────────────────────────────────────────────────────────────────


def test_the_trunk_computes_what_torchvisions_swin_does() -> None:
    """Windows, shifts, masks, biases and the order of merging, by another's code."""
    from torchvision.models.swin_transformer import SwinTransformer

    from daemon.engines.birefnet.swin import SwinTrunk, Trunk

    torch = torch_module()
    ours = filled(SwinTrunk(Trunk(8, (2, 2), (2, 4), 3)))
    theirs = SwinTransformer([4, 4], 8, [2, 2], [2, 4], [3, 3], num_classes=2).eval()
    pairs = {"patch_embed.proj": "features.0.0", "patch_embed.norm": "features.0.2"}
    pairs["layers.0.downsample"] = "features.2"
    for level in (0, 1):
        for block in (0, 1):
            own, other = f"layers.{level}.blocks.{block}", f"features.{2 * level + 1}.{block}"
            for part in ("norm1", "norm2", "attn.qkv", "attn.proj"):
                pairs[f"{own}.{part}"] = f"{other}.{part}"
            pairs |= {f"{own}.mlp.fc1": f"{other}.mlp.0", f"{own}.mlp.fc2": f"{other}.mlp.3"}
            table = "relative_position_bias_table"
            theirs.get_submodule(f"{other}.attn").get_parameter(table).data = ours.get_parameter(
                f"{own}.attn.{table}"
            )
    for own, other in pairs.items():
        theirs.get_submodule(other).load_state_dict(ours.get_submodule(own).state_dict())
    pictures = random(2, 3, 44, 60)  # 11 × 15 patches, 6 × 8 at the second level: all filled up
    with torch.inference_mode():
        first, second = ours(pictures)
        level = theirs.features[1](theirs.features[0](pictures))
        wanted = theirs.features[3](theirs.features[2](level))
        norms = ours.norm0(level), ours.norm1(wanted)
    for found, norm in zip((first, second), norms, strict=True):
        torch.testing.assert_close(found, norm.permute(0, 3, 1, 2), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shift", [0, 1])
def test_a_place_attends_to_its_window_in_the_picture_and_to_no_other(shift: int) -> None:
    """Against all pairs of places: which may see each other, and with which bias."""
    from daemon.engines.birefnet.swin import _Block

    torch = torch_module()
    rows, columns, side, heads = 6, 9, 3, 2
    block = filled(_Block(8, heads, side, shift=shift))
    values = random(1, rows, columns, 8)
    found = block._attended(values)[0].reshape(-1, 8)

    attn, flat = block.attn, values.reshape(-1, 8)
    parts = attn.qkv(flat).view(-1, 3, heads, 4).permute(1, 2, 0, 3)
    at = np.array([(row, column) for row in range(rows) for column in range(columns)])
    windows = (at - shift) // side
    apart = at[:, None] - at[None, :] + side - 1
    together = (windows[:, None] == windows[None, :]).all(axis=2)
    row_of_table = np.where(together, apart[..., 0] * (2 * side - 1) + apart[..., 1], 0)
    bias = attn.relative_position_bias_table[torch.from_numpy(row_of_table)].permute(2, 0, 1)
    scores = parts[0] @ parts[1].transpose(1, 2) / 2 + bias  # heads of four channels
    scores = scores.masked_fill(~torch.from_numpy(together), -torch.inf)
    seen = (scores.softmax(dim=2) @ parts[2]).permute(1, 0, 2).reshape(-1, 8)
    torch.testing.assert_close(found, attn.proj(seen), rtol=1e-4, atol=1e-5)


def test_windows_are_cut_row_by_row_and_put_back() -> None:
    from daemon.engines.birefnet.swin import joined, windows_of

    torch = torch_module()
    values = torch.arange(2 * 4 * 6).view(2, 4, 6, 1)
    windows = windows_of(values, 2)
    assert windows.shape == (12, 4, 1)
    assert windows[0, :, 0].tolist() == [0, 1, 6, 7]
    assert windows[1, :, 0].tolist() == [2, 3, 8, 9]
    assert windows[3, :, 0].tolist() == [12, 13, 18, 19]
    assert torch.equal(joined(windows, (4, 6), 2), values)


# ── the decoder ───────────────────────────────────────────────────────────────────────────────


def bilinear(plane: np.ndarray, y: float, x: float) -> float:
    """A value between pixels; 0 outside."""
    top, left, total = int(np.floor(y)), int(np.floor(x)), 0.0
    for row in (top, top + 1):
        for column in (left, left + 1):
            if 0 <= row < plane.shape[0] and 0 <= column < plane.shape[1]:
                total += plane[row, column] * (1 - abs(y - row)) * (1 - abs(x - column))
    return total


@pytest.mark.parametrize("side", [1, 3])
def test_a_deformable_convolution_is_its_loop(side: int) -> None:
    from daemon.engines.birefnet.blocks import Deformable

    torch = torch_module()
    part, values = filled(Deformable(2, 3, side), scale=0.5), random(1, 2, 5, 4)
    found = part(values)[0].numpy()
    offsets = part.offset_conv(values)[0].numpy()
    strengths = 2 * torch.sigmoid(part.modulator_conv(values))[0].numpy()
    planes, weights = values[0].numpy(), part.regular_conv.weight.numpy()
    for row, column in np.ndindex(5, 4):
        wanted = np.zeros(3)
        for at, (down, right) in enumerate(np.ndindex(side, side)):
            y = row + down - side // 2 + offsets[2 * at, row, column]
            x = column + right - side // 2 + offsets[2 * at + 1, row, column]
            seen = np.array([bilinear(plane, y, x) for plane in planes])
            wanted += strengths[at, row, column] * weights[:, :, down, right] @ seen
        np.testing.assert_allclose(found[:, row, column], wanted, rtol=1e-4, atol=1e-5)


def test_patches_lie_over_one_another_column_by_column() -> None:
    from daemon.engines.birefnet.blocks import patches_of

    picture = random(2, 3, 6, 8)
    patches = patches_of(picture, (3, 2))
    assert patches.shape == (2, 24, 3, 2)
    at = 0
    for column in range(4):
        for row in range(2):
            cut = picture[:, :, 3 * row : 3 * row + 3, 2 * column : 2 * column + 2]
            assert (patches[:, at : at + 3] == cut).all()
            at += 3


def test_the_last_sum_is_that_of_the_stretched_maps(small) -> None:
    from daemon.engines.birefnet.blocks import stretched

    torch = torch_module()
    decoder = small.decoder
    pictures, maps = random(1, 3, 64, 96), random(1, 16, 16, 24)
    whole = torch.cat((stretched(maps, pictures), decoder.ipt_blk1(pictures)), dim=1)
    found = decoder._finished(maps, pictures)
    torch.testing.assert_close(found, decoder.conv_out1(whole), rtol=1e-4, atol=1e-5)


# ── the whole ─────────────────────────────────────────────────────────────────────────────────


def test_pictures_do_not_see_each_other(small) -> None:
    torch = torch_module()
    pictures = random(2, 3, 64, 96)
    with torch.inference_mode():
        both = small(pictures)
        alone = torch.cat([small(one[None]) for one in pictures])
    assert both.shape == (2, 1, 64, 96)
    assert bool(torch.isfinite(both).all())
    assert float(both.std()) > 0
    torch.testing.assert_close(both, alone, rtol=1e-4, atol=1e-5)


def test_every_parameter_but_those_of_training_has_a_say(small) -> None:
    torch = torch_module()
    for value in small.parameters():
        value.requires_grad_()
    small(random(1, 3, 64, 64)).square().sum().backward()
    silent = {name for name, value in small.named_parameters() if value.grad is None}
    for value in small.parameters():
        value.requires_grad_(requires_grad=False).grad = None
    training = ("decoder.conv_ms_spvn_", "decoder.gdt_convs_pred_")
    assert silent == {name for name, _ in small.named_parameters() if name.startswith(training)}
    assert torch.is_tensor(small.decoder.conv_out1[0].bias)


# ── loading ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def small_file(monkeypatch, small, tmp_path: Path):
    """``small_file(**changed)``: a checkpoint of the small network in halves, entries changed."""
    from safetensors.torch import save_file

    from daemon.engines.birefnet import adapter
    from daemon.engines.birefnet.network import BiRefNet
    from daemon.engines.birefnet.swin import Trunk

    monkeypatch.setattr(adapter, "BiRefNet", lambda: BiRefNet(Trunk(*SIZES)))

    def made(**changed) -> Path:
        state = {
            name: value.half() if value.is_floating_point() else value.clone()
            for name, value in small.state_dict().items()
        }
        state |= changed
        path = tmp_path / "model.safetensors"
        save_file({name: value for name, value in state.items() if value is not None}, path)
        return path

    return made


def test_a_file_in_halves_computes_in_float32(small_file, small) -> None:
    from daemon.engines.birefnet.adapter import load_network

    torch = torch_module()
    network = load_network(small_file(), "BiRefNet")
    assert {value.dtype for value in network.parameters()} == {torch.float32}
    assert not network.training
    with torch.inference_mode():
        found, wanted = (one(random(1, 3, 64, 64)) for one in (network, small))
    torch.testing.assert_close(found, wanted, rtol=0.05, atol=0.05)


def test_a_file_that_is_not_the_networks_is_refused(small_file, small) -> None:
    from daemon.engines.birefnet.adapter import load_network

    torch = torch_module()
    index = "bb.layers.0.blocks.0.attn.relative_position_index"
    bias = "decoder.conv_out1.0.bias"
    wrong = {
        "1 missing": {bias: None},
        "1 unknown": {"decoder.more": torch.zeros(1)},
        "1 of another shape": {bias: torch.zeros(2)},
        "of another window": {index: small.state_dict()[index] * 0 + 25},
        "no numbers": {bias: torch.full((1,), torch.nan)},
    }
    for why, changed in wrong.items():
        with pytest.raises(EngineUnavailable, match=why):
            load_network(small_file(**changed), "BiRefNet")


def test_an_outline_comes_to_lie_where_it_was(monkeypatch) -> None:
    """The network's place is taken by one that sees red."""
    from daemon.engines.birefnet import adapter
    from daemon.engines.birefnet.facts import BIREFNET

    torch = torch_module()

    class Red(torch.nn.Module):
        def forward(self, pictures):
            assert pictures.shape == (1, 3, 1024, 1024)
            red = pictures[:, :1] * 0.229 + 0.485
            return 40 * (red - (RED[0] + BLUE[0]) / 2 / 255)

    monkeypatch.setattr(adapter, "load_network", lambda _path, _engine: Red())
    drawn = figure(479, 641)
    matter = adapter.BiRefNetMatter(BIREFNET, Path("none.safetensors"), Setup("cpu", "fp32", 1))
    matte = matter.cut(drawn.picture, drawn.face)
    assert max(map(abs, edges_off(matte, drawn).values())) < 0.25
    assert matte.engine == "birefnet"
