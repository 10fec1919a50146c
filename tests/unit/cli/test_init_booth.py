from __future__ import annotations

from pathlib import Path

import pytest

from daemon.cli import main
from daemon.cli.exits import Exit
from daemon.config.load import load_config


def test_init_makes_a_booth_that_can_run_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "booth"
    assert main(["init", str(folder)]) == 0
    config = load_config(folder / "boothd.yaml", {})
    assert config.root == folder
    assert config.language == "zh"
    for inbox in config.inboxes:
        assert config.layout.inbox(inbox.name).is_dir()
        assert all(path.is_dir() for path in config.layout.output_dirs(inbox.name))
    assert config.layout.state == folder / ".boothd"
    assert config.layout.state.is_dir()


def test_the_clerk_gets_a_page_in_both_languages(tmp_path: Path) -> None:
    main(["init", str(tmp_path)])
    page = (tmp_path / "README.txt").read_text(encoding="utf-8")
    assert "使用说明" in page
    assert "how to use it" in page
    assert "inbox/restore" in page


def test_init_takes_a_language(tmp_path: Path) -> None:
    main(["init", str(tmp_path), "--language", "en"])
    assert load_config(tmp_path / "boothd.yaml", {}).language == "en"


@pytest.mark.parametrize("name", ["boothd.yaml", "README.txt"])
def test_init_overwrites_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    assert main(["init", str(tmp_path)]) == Exit.USAGE
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_init_beside_other_things_is_fine(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    assert main(["init", str(tmp_path)]) == 0
    assert (tmp_path / "holiday.jpg").read_bytes() == b"x"


def test_init_where_a_file_stands_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["init", str(tmp_path / "file")]) == Exit.USAGE
    assert main(["init", str(tmp_path / "file" / "below")]) == Exit.IO
    assert "Traceback" not in capsys.readouterr().err
