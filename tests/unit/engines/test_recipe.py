"""Weights by rule depend on salt and key alone."""

from __future__ import annotations

import numpy as np
import pytest

from daemon.engines import recipe

SHAPES = {
    "a.0.weight": (8, 4, 3, 3),
    "a.1.weight": (8,),
    "a.1.bias": (8,),
    "a.1.running_mean": (8,),
    "a.1.running_var": (8,),
    "a.1.num_batches_tracked": (),
    "a.2.weight": (8,),
    "blur.kernel": (4, 4),
}
RULE = recipe.irse_rule(0.8)


def made(shapes=SHAPES, salt="x:", rule=RULE):
    return dict(recipe.generated(shapes, salt, rule))


def test_counters_and_blur_kernels_are_not_made() -> None:
    assert set(made()) == set(SHAPES) - {"a.1.num_batches_tracked", "blur.kernel"}


def test_shapes_types_and_order() -> None:
    entries = list(recipe.generated(SHAPES, "x:", RULE))
    assert [key for key, _ in entries] == sorted(key for key, _ in entries)
    assert all(
        values.dtype == np.float32 and values.shape == SHAPES[key] for key, values in entries
    )


def test_an_entry_does_not_depend_on_the_others_around_it() -> None:
    alone = made({"a.0.weight": SHAPES["a.0.weight"]})
    assert np.array_equal(alone["a.0.weight"], made()["a.0.weight"])


def test_another_salt_gives_other_values() -> None:
    assert not np.array_equal(made()["a.0.weight"], made(salt="y:")["a.0.weight"])


def test_what_follows_a_batch_norm_is_told_from_a_slope() -> None:
    """The same one-dimensional weight: a scale where a running mean is beside it, else PReLU."""
    assert abs(made()["a.1.weight"].mean() - 1) < 0.3
    assert abs(made()["a.2.weight"].mean() - 0.25) < 0.15
    assert abs(made()["a.1.running_var"].mean() - 1) < 0.6


def test_convolutions_keep_the_size_of_what_passes_through() -> None:
    many = made({"c.weight": (256, 64, 3, 3)})["c.weight"]
    assert many.std() * np.sqrt(64 * 9) == pytest.approx(0.8, rel=0.01)


@pytest.mark.parametrize(
    ("key", "mean", "deviation"),
    [
        ("generator.convs.0.noise.weight", 0.5, 0.25),
        ("generator.convs.0.conv.modulation.bias", 1, 0.1),
        ("generator.style.3.weight", 0, 100),
        ("generator.style.3.bias", 0, 10),
        ("generator.to_rgbs.3.conv.weight", 0, 0.25),
        ("ecd0.0.1.bias", 0, 0.1),
        ("ecd0.0.0.weight", 0, 1),
    ],
)
def test_the_first_line_of_the_gpen_rule_that_fits_is_taken(key, mean, deviation) -> None:
    values = made({key: (200, 200)}, rule=recipe.gpen_rule)[key]
    assert values.mean() == pytest.approx(mean, abs=deviation / 20)
    assert values.std() == pytest.approx(deviation, rel=0.02)


def test_eqface_has_two_gains() -> None:
    rule = recipe.irse_rule(recipe.eqface_gain)
    found = made({"backbone.w.weight": (64, 999), "quality.w.weight": (64, 999)}, rule=rule)
    deviations = {key: values.std() * np.sqrt(999) for key, values in found.items()}
    assert deviations["backbone.w.weight"] == pytest.approx(0.6, rel=0.02)
    assert deviations["quality.w.weight"] == pytest.approx(1.0, rel=0.02)


def test_the_checksum_runs_on_over_entries() -> None:
    one, two = np.float32([1, 2]), np.float32([3])
    whole = recipe.checksum([("a", np.concatenate([one, two]))])
    assert recipe.checksum([("a", one), ("b", two)]) == whole
    assert recipe.checksum([("a", two), ("b", one)]) != whole
