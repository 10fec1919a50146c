from __future__ import annotations

from pathlib import Path

import pytest

from daemon.config.load import examine, load_config

EN = {"LANG": "en_GB.UTF-8"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "boothd.yaml"
    path.write_text("panel: {port: 1}\ninboxes:\n  - {name: a, plan: [copy]}\n")
    return path


def problems(path: Path, **environ: str) -> list[str]:
    return list(examine(path, {**EN, **environ}).problems)


def test_the_environment_wins_over_the_file(path: Path) -> None:
    config = load_config(
        path,
        {
            "BOOTHD__PANEL__PORT": "9000",
            "BOOTHD__ROOT": "/srv/booth",
            "BOOTHD__QUEUE__LEASE_S": "30",
            "BOOTHD__OUTPUT__OVERWRITE": "true",
            "BOOTHD__INBOXES__0__PAUSED": "true",
            "BOOTHD__INBOXES__0__OPTIONS__COPY__X": "0.5",
            "BOOTHD__INBOXES__0__IGNORE": "['*.bak']",
        },
    )
    assert (config.panel.port, config.root) == (9000, Path("/srv/booth"))
    assert (config.queue.lease_s, config.output.overwrite) == (30.0, True)
    assert config.inboxes[0].paused
    assert config.inboxes[0].options == {"copy": {"x": 0.5}}
    assert config.inboxes[0].ignore == ("*.bak",)


def test_a_whole_list_may_come_from_the_environment(tmp_path: Path) -> None:
    empty = tmp_path / "boothd.yaml"
    empty.write_text("")
    config = load_config(empty, {"BOOTHD__INBOXES": "[{name: x, plan: [restore]}]"})
    assert config.inboxes[0].name == "x"


def test_a_mistake_names_its_variable(path: Path) -> None:
    assert problems(path, BOOTHD__PANEL__PORT="x") == [
        "$BOOTHD__PANEL__PORT: panel.port: must be a whole number, not 'x'"
    ]
    assert problems(path, BOOTHD__PANEL__PROT="1") == [
        "$BOOTHD__PANEL__PROT: panel.prot: there is no such setting (did you mean port?)"
    ]
    assert problems(path, BOOTHD__QUEU__LEASE_S="1") == [
        "$BOOTHD__QUEU__LEASE_S: queu: there is no such setting (did you mean queue?)"
    ]


def test_an_index_beyond_the_list_is_told(path: Path) -> None:
    for name in ("BOOTHD__INBOXES__7__PAUSED", "BOOTHD__INBOXES__A__PAUSED", "BOOTHD__INBOXES__7"):
        assert "give the number of an existing entry" in problems(path, **{name: "true"})[0]


def test_a_path_below_a_value_is_told(path: Path) -> None:
    told = problems(path, BOOTHD__PANEL__PORT__X="1")
    assert told[0].startswith("$BOOTHD__PANEL__PORT__X: panel.port.x: 1 is a value")


def test_one_underscore_too_few_is_told_where_it_spells_a_setting(path: Path) -> None:
    told = problems(path, BOOTHD_PANEL_PORT="9")
    assert "did you mean BOOTHD__PANEL__PORT?" in told[0]
    assert problems(path, BOOTHD_CONFIG="x", BOOTHD_SOMETHING_ELSE="y") == []


def test_an_override_may_choose_the_language(path: Path) -> None:
    assert "没有这个设置项" in problems(path, BOOTHD__LANGUAGE="zh", BOOTHD__X="1")[0]


def test_text_that_is_no_yaml_is_text(path: Path) -> None:
    assert load_config(path, {"BOOTHD__PANEL__HOST": "[::1"}).panel.host == "[::1"
