"""OFIQ's mappings, by values computed from its formulas and by its own conformance table."""

from __future__ import annotations

import pytest

from daemon.routes.quality import mapping

COMPUTED = {
    mapping.background: "0→100 10→95 50→76 100→55 150→38 200→25 300→10",
    mapping.illumination: "0.01→25 0.1→50 0.3→70 0.8→94",
    mapping.luminance_mean: "0.1→12 0.2→50 0.3→88 0.5→100 0.9→12",
    mapping.luminance_variance: "0.003→46 0.005→66 0.01→92 0.06→63",
    mapping.dark_share: "0.7→98 0.85→76 0.92→40 0.95→22 1→0",
    mapping.bright_share: "0.005→67 0.01→50 0.04→20 0.1→9",
    mapping.natural_colour: "2→90 5→76 10→54 20→24",
    mapping.eye_distance: "30→12 60→38 70→50 90→73 120→92",
    mapping.head_size: "0.35→24 0.40→54 0.45→100",
    mapping.side_margin: "0.8→27 0.9→50 1.0→73",
    mapping.angle: "8→98 15→93 20→88 30→75 45→50",
    mapping.head_covering: "0.02→91 0.1→56 0.3→10",
    mapping.unified: "15→4 20→24 23→50 25→68 26.6→80",
}
CONFORMANCE = {
    mapping.unified: "24.330→63 14.262→3 27.733→86",
    mapping.background: "71.777→67 242.79→17 35.98→83",
    mapping.illumination: "0.1410→56",
    mapping.luminance_mean: "0.2963→87",
    mapping.luminance_variance: "0.01495→100",
    mapping.entropy: "6.9105→86",
    mapping.sharpness: "44→99",
    mapping.natural_colour: "3.350→83 4.806→76",
    mapping.single_face: "0.334→67",
    mapping.eyes_open: "0.0232→58 0.0702→99",
    mapping.mouth_closed: "0.0827→88 0.0025→96",
    mapping.head_size: "0.2249→2",
    mapping.margin_above: "1.549→82",
    mapping.margin_below: "1.725→32 2.023→90",
    mapping.angle: "16.29→92 27.37→79",
    mapping.head_covering: "0.4014→4",
    mapping.compression: "0.886→100",
}
ROWS = [
    (function, *map(float, pair.split("→")))
    for table in (COMPUTED, CONFORMANCE)
    for function, pairs in table.items()
    for pair in pairs.split()
]


@pytest.mark.parametrize(("function", "raw", "component"), ROWS)
def test_a_native_value_maps_to_its_component(function, raw, component) -> None:
    assert function(raw) == component


def test_a_component_stays_between_0_and_100_whatever_comes() -> None:
    for function in COMPUTED:
        for raw in (0.0, 1e-9, 1.0, 1e9):
            assert 0 <= function(raw) <= 100
