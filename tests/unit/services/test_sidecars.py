from __future__ import annotations

from pathlib import Path

import pytest

from daemon.errors import InputError
from daemon.services.sidecars import Note, read_notes


def read(tmp_path: Path, routes: tuple[str, ...] = ("restore",), **files: bytes) -> Note:
    names = []
    for suffix, content in files.items():
        name = f"a.jpg.{suffix}"
        (tmp_path / name).write_bytes(content)
        names.append(name.encode())
    return read_notes(tmp_path, names, routes)


@pytest.mark.parametrize(
    "content",
    [
        "背景换成红色".encode(),
        "背景换成红色\r\n".encode("utf-8-sig"),
        "背景换成红色\n".encode("gb18030"),
        "背景换成红色\n".encode("utf-16"),
    ],
)
def test_an_instruction_is_read_in_any_encoding_that_notepads_write(
    tmp_path: Path, content: bytes
) -> None:
    assert read(tmp_path, txt=content).instruct == "背景换成红色"


def test_options_speak_to_the_routes_of_the_plan(tmp_path: Path) -> None:
    note = read(
        tmp_path, ("quality", "restore"), yaml=b"restore: {strength: 0.8}\ninstruct: brighter\n"
    )

    assert note == Note("brighter", {"restore": {"strength": 0.8}})


def test_with_one_route_its_name_goes_without_saying(tmp_path: Path) -> None:
    assert read(tmp_path, yaml=b"strength: 0.8").options == {"restore": {"strength": 0.8}}


def test_an_empty_note_asks_for_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, yaml=b"", txt=b"  \n") == Note()


def test_markers_and_resource_forks_are_no_notes(tmp_path: Path) -> None:
    (tmp_path / "a.jpg.ready").write_bytes(b"\xff")
    (tmp_path / "._a.jpg").write_bytes(b"\0\5\x16\7")

    assert read_notes(tmp_path, [b"a.jpg.ready", b"._a.jpg"], ("restore",)) == Note()


@pytest.mark.parametrize(
    "content",
    [
        b"- a\n- b\n",
        b"just words",
        b"strength: [1, 2",
        b"restore: {day: 2020-01-01}",
        b"restore: {strength: .nan}",
        b"a: &x [1,1,1]\nb: [*x,*x,*x]\n",
        b"1: 2",
        b"strength: " + b"[" * 500 + b"]" * 500,
        b"!!python/object/apply:os.system [id]",
        b"instruct: [a]",
        b"x: " + b"y" * 70_000,
        b"\x81\x82\xff\xff\xff\x00",
    ],
)
def test_a_note_that_cannot_be_used_is_refused_with_its_name(
    tmp_path: Path, content: bytes
) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, yaml=content)

    assert caught.value.code == "SIDECAR_INVALID"
    assert caught.value.facts["file"] == "a.jpg.yaml"
    assert caught.value.facts["detail"]


def test_options_for_a_route_that_is_not_in_the_plan_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read(tmp_path, ("quality", "restore"), yaml=b"idphoto: {preset: x}")


def test_an_instruction_with_control_characters_or_without_end_is_refused(tmp_path: Path) -> None:
    for content in (b"red\x1b[31m", b"x" * 3000):
        with pytest.raises(InputError):
            read(tmp_path, txt=content)


def test_a_note_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("password")
    (tmp_path / "a.jpg.txt").symlink_to("secret")

    with pytest.raises(InputError):
        read_notes(tmp_path, [b"a.jpg.txt"], ("restore",))
