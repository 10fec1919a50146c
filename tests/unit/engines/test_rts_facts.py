"""The record names the precision that is computed in, whatever was asked for."""

from __future__ import annotations

import pytest

from daemon.engines.rts.facts import rts_facts


@pytest.mark.parametrize(
    ("device", "asked", "used", "note"),
    [
        ("cpu", "fp32", "fp32", None),
        ("cpu", "fp16", "fp32", "fp16 was asked for; on the CPU it computes in fp32"),
        ("cuda:0", "fp16", "fp16", None),
        ("cuda:0", "bf16", "fp32", "bf16 was asked for; this network computes in fp32"),
    ],
)
def test_rts_says_what_it_computes_in(tmp_path, device, asked, used, note) -> None:
    weights = tmp_path / "pytorch_model.pt"
    weights.write_bytes(b"weights")
    described = rts_facts(weights, device=device, precision=asked).as_json()
    assert (described["precision"], described.get("note")) == (used, note)
