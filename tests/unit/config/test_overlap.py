from __future__ import annotations

from pathlib import Path

import pytest

from daemon.config.load import examine

EN = {"LANG": "en_GB.UTF-8"}


def problems(folder: Path, text: str) -> list[str]:
    path = folder / "boothd.yaml"
    path.write_text(text)
    return [line.removeprefix(f"{path}:") for line in examine(path, EN).problems]


@pytest.mark.parametrize(
    "inbox",
    [
        "path: booth/out",
        "path: booth/out/a",
        "path: booth/out/a/deeper",
        "path: booth",
        "path: booth/archive",
        "path: .",
        "path: drops, out: drops",
        "path: drops, out: drops/out",
        "path: x/y/drops, out: x",
        "out: booth/inbox/a",
        "out: booth/inbox",
        "path: booth/./out/../out",
    ],
)
def test_an_inbox_and_an_output_never_overlap(tmp_path: Path, inbox: str) -> None:
    told = problems(tmp_path, f"inboxes:\n  - {{name: a, plan: [copy], {inbox}}}\n")
    assert told, inbox
    assert "overlap" in told[0] or "state folder" in told[0]
    assert told[0].startswith("2: inboxes[0]")


def test_an_inbox_may_not_lie_in_another_ones_output(tmp_path: Path) -> None:
    text = (
        "inboxes:\n  - {name: a, plan: [copy]}\n  - {name: b, plan: [copy], path: booth/out/a/b}\n"
    )
    assert problems(tmp_path, text)[0].startswith("3: inboxes[1].path: inbox b and the output")


def test_inboxes_do_not_nest(tmp_path: Path) -> None:
    text = (
        "inboxes:\n  - {name: a, plan: [copy], path: x}\n  - {name: b, plan: [copy], path: x/y}\n"
    )
    assert problems(tmp_path, text) == [
        (
            f"3: inboxes[1].path: inbox b and inbox a are the same folder or one lies in the other"
            f" ({tmp_path}/x/y)"
        )
    ]


def test_neighbours_with_a_common_prefix_do_not_overlap(tmp_path: Path) -> None:
    text = "inboxes:\n  - {name: a, plan: [copy], path: x/in, out: x/in-out}\n"
    assert problems(tmp_path, text) == []


def test_links_are_seen_through(tmp_path: Path) -> None:
    (tmp_path / "booth" / "out" / "a").mkdir(parents=True)
    (tmp_path / "elsewhere").symlink_to(tmp_path / "booth" / "out")
    text = "inboxes:\n  - {name: a, plan: [copy], path: elsewhere/a}\n"
    assert "overlap" in problems(tmp_path, text)[0]


def test_a_link_to_itself_ends(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    text = "inboxes:\n  - {name: a, plan: [copy], path: loop/in}\n"
    assert problems(tmp_path, text) == []


def test_the_state_may_hide_in_an_inbox_only_where_nobody_scans(tmp_path: Path) -> None:
    inboxes = "inboxes:\n  - {name: a, plan: [copy], path: drops}\n"
    assert problems(tmp_path, "state: drops/.boothd\n" + inboxes) == []
    assert "state folder" in problems(tmp_path, "state: drops/state\n" + inboxes)[0]
    assert "state folder" in problems(tmp_path, "state: drops\n" + inboxes)[0]
    assert "state folder" in problems(tmp_path, "state: .\n" + inboxes)[0]


def test_an_output_in_the_state_is_told(tmp_path: Path) -> None:
    text = "state: s\ninboxes:\n  - {name: a, plan: [copy], out: s/staging}\n"
    assert "is swept" in problems(tmp_path, text)[0]
