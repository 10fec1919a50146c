"""Photos dropped together, followed until each has come to its end."""

from __future__ import annotations

import os

from daemon.services.following import KEPT_MS, MOST_DROPS, Following


def test_each_photo_is_shown_where_it_stands(make_bench):
    bench = make_bench()
    following = Following(lambda: bench.database, bench.clock)
    number = following.begin("in", by="panel:alice")
    assert following.add(number, ["a.jpg", "b.jpg"], by="panel:alice")
    job = bench.drop(relative=b"a.jpg")

    drop = following.seen(number, by="panel:alice")
    assert drop is not None
    assert [photo.name for photo in drop.photos] == ["a.jpg", "b.jpg"]
    assert drop.photos[0].line is not None
    assert drop.photos[0].line.id == job.id
    assert drop.photos[1].line is None
    assert drop.over == 0

    bench.decide()
    bench.publish_all()
    drop = following.seen(number, by="panel:alice")
    assert drop is not None
    assert (drop.over, [photo.is_over for photo in drop.photos]) == (1, [True, False])


def test_an_earlier_photo_of_the_name_is_not_taken_for_it(make_bench):
    bench = make_bench()
    bench.drop(relative=b"a.jpg")
    bench.clock.advance(60)
    following = Following(lambda: bench.database, bench.clock)
    number = following.begin("in", by="panel:alice")
    following.add(number, ["a.jpg"], by="panel:alice")

    drop = following.seen(number, by="panel:alice")
    assert drop is not None
    assert drop.photos[0].line is None


def test_nobody_else_follows_them(make_bench):
    bench = make_bench()
    following = Following(lambda: bench.database, bench.clock)
    number = following.begin("in", by="panel:alice")

    assert not following.add(number, ["x.jpg"], by="panel:bob")
    assert following.seen(number, by="panel:bob") is None
    assert following.inbox_of(number, by="panel:bob") is None
    assert following.seen("f" * 32, by="panel:alice") is None


def test_they_are_forgotten_after_a_day_and_beyond_so_many(make_bench):
    bench = make_bench()
    following = Following(lambda: bench.database, bench.clock)
    first = following.begin("in", by="panel:alice")
    bench.clock.advance(KEPT_MS / 1000 + 1)
    assert following.seen(first, by="panel:alice") is None

    numbers = [following.begin("in", by="panel:alice") for _ in range(MOST_DROPS + 5)]
    assert following.seen(numbers[4], by="panel:alice") is None
    assert following.seen(numbers[-1], by="panel:alice") is not None


def test_a_name_in_any_writing_is_found(make_bench):
    bench = make_bench()
    following = Following(lambda: bench.database, bench.clock)
    number = following.begin("in", by="panel:alice")
    following.add(number, ["一寸照.jpg"], by="panel:alice")
    job = bench.drop(relative=os.fsencode("一寸照.jpg"))

    drop = following.seen(number, by="panel:alice")
    assert drop is not None
    assert drop.photos[0].line is not None
    assert drop.photos[0].line.id == job.id
