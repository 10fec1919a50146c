"""Where each setting came from."""

from __future__ import annotations

import pytest

from daemon.config.describe import effective
from daemon.config.load import load_config
from daemon.config.origins import From, Origin, Origins, leaves

FILE = """\
root: ./booth
inboxes:
  - name: in
    plan: [copy]
panel:
  port: 9000
"""


@pytest.fixture
def origins(tmp_path):
    path = tmp_path / "boothd.yaml"
    path.write_text(FILE)
    return Origins(path, {"BOOTHD__PANEL__PORT": "9001", "BOOTHD__INBOXES__0__PAUSED": "true"})


@pytest.mark.parametrize(
    ("where", "origin"),
    [
        (("root",), Origin(From.FILE, "1")),
        (("inboxes", 0, "plan"), Origin(From.FILE, "4")),
        (("inboxes", 0, "plan", 0), Origin(From.FILE, "4")),
        (("inboxes", 0, "paused"), Origin(From.ENVIRONMENT, "BOOTHD__INBOXES__0__PAUSED")),
        (("panel", "port"), Origin(From.ENVIRONMENT, "BOOTHD__PANEL__PORT")),
        (("panel", "host"), Origin(From.DEFAULT)),
        (("engines", "device"), Origin(From.DEFAULT)),
        (("inboxes", 7, "name"), Origin(From.DEFAULT)),
    ],
)
def test_each_value_is_told_from_where_it_is(origins, where, origin):
    assert origins.of(where) == origin


def test_a_file_that_is_gone_meanwhile_leaves_defaults(tmp_path):
    assert Origins(tmp_path / "none.yaml", {}).of(("root",)) == Origin(From.DEFAULT)


def test_every_setting_in_force_is_a_leaf(tmp_path):
    path = tmp_path / "boothd.yaml"
    path.write_text(FILE)
    found = dict(leaves(effective(load_config(path, {}))))

    assert found["panel", "port"] == 9000
    assert found["inboxes", 0, "plan"] == ["copy"]
    assert found["rules",] == []
