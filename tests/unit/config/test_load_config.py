from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.cli.route_options import options_of
from daemon.config.load import examine, find_file, load_config
from daemon.config.source import MAX_BYTES
from daemon.errors import ConfigError

GOOD = "inboxes:\n  - {name: restore, plan: [restore]}\n"
EN = {"LANG": "en_GB.UTF-8"}

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def put(text: str) -> Path:
        path = tmp_path / "boothd.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return put


def problems(path: Path, **environ: str) -> list[str]:
    found = examine(path, {**EN, **environ}).problems
    return [line.removeprefix(f"{path}:") for line in found]


def test_the_smallest_file_is_enough(write: Write, tmp_path: Path) -> None:
    config = load_config(write(GOOD), {})
    assert config.root == tmp_path / "booth"
    assert config.layout.inbox("restore") == tmp_path / "booth" / "inbox" / "restore"
    assert config.language == "zh"


def test_relative_paths_start_at_the_file(write: Write, tmp_path: Path) -> None:
    text = "root: here\nstate: ../state\ninboxes:\n"
    text += "  - {name: a, plan: [copy], path: share/a, out: /srv/a}\n"
    config = load_config(write(text), {})
    assert config.root == tmp_path / "here"
    assert config.layout.state == tmp_path.parent / "state"
    assert config.layout.inbox("a") == tmp_path / "share" / "a"
    assert config.layout.out("a") == Path("/srv/a")


def test_the_file_is_chosen_by_option_then_variable_then_place() -> None:
    assert find_file(Path("x.yaml"), {"BOOTHD_CONFIG": "y.yaml"}) == Path("x.yaml")
    assert find_file(None, {"BOOTHD_CONFIG": "y.yaml"}) == Path("y.yaml")
    assert find_file(None, {"BOOTHD_CONFIG": ""}) == Path("boothd.yaml")


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    assert problems(tmp_path / "no.yaml") == [
        "1: there is no such file; `boothd init DIR` writes one, --config names another"
    ]


def test_every_mistake_is_told_at_once_with_line_and_nearest_key(write: Write) -> None:
    path = write(
        "lanuage: en\n"
        "language: en\n"
        "inboxes:\n"
        "  - {name: restore, plan: [restor], priority: high}\n"
        "  - {nam: b, plan: [copy]}\n"
        "  - name: Restore\n"
        "    plan: [copy]\n"
        "panel: {prot: 3}\n"
        "port: 3\n"
        "rules:\n"
        '  - {inbox: restor, regex: "(", plan: [copi]}\n'
        "schedule: {backup: 1 2 3}\n"
        "queue: {lease_s: 3, lease_s: 4, in_flight: 99}\n"
        "webhooks:\n"
        "  - {url: ftp://x, secret_file: nope}\n"
        "engines: {device: gpu, prefer: embeded}\n"
    )
    told = problems(path)
    expected = [
        "1: lanuage: there is no such setting (did you mean language?)",
        "4: inboxes[0].priority: must be a whole number, not 'high'",
        "4: inboxes[0].plan[0]: there is no route 'restor' (did you mean restore?)",
        "5: inboxes[1].name: this setting is required",
        "5: inboxes[1].nam: there is no such setting (did you mean name?)",
        (
            "6: inboxes[2].name: inbox 'Restore' is already defined at inboxes[0].name (case does"
            " not matter on many shares)"
        ),
        "8: panel.prot: there is no such setting (did you mean port?)",
        "9: port: there is no such setting (did you mean panel.port?)",
        "11: rules[0].plan[0]: there is no route 'copi' (did you mean copy?)",
        "11: rules[0].inbox: there is no inbox 'restor' (did you mean restore?)",
        (
            "11: rules[0].regex: not a regular expression: missing ), unterminated subpattern at"
            " position 0"
        ),
        "12: schedule.backup: not a five-field cron line: 3 fields instead of 5",
        "13: queue.lease_s: this key is given twice (first in line 13)",
        "13: queue.in_flight: must be at most 64, not 99",
        "15: webhooks[0].url: 'ftp://x' is not an http(s) address",
        f"15: webhooks[0].secret_file: there is no secret file {path.parent}/nope",
        (
            "16: engines.prefer: must be 'auto', 'gpu' or 'embedded', not 'embeded' (did you mean"
            " embedded?)"
        ),
        "16: engines.device: 'gpu' is no device; use auto, cpu or cuda:0",
    ]
    assert sorted(told) == sorted(expected)
    assert [int(line.split(":")[0]) for line in told] == sorted(
        int(line.split(":")[0]) for line in told
    )


def test_mistakes_are_told_in_the_files_language(write: Write) -> None:
    path = write("language: zh\nzzz: 1\n" + GOOD)
    assert problems(path) == ["2: zzz: 没有这个设置项"]


def test_the_locale_decides_while_the_file_says_nothing(write: Write) -> None:
    path = write("prot: 1\n" + GOOD)
    assert "there is no such setting" in problems(path)[0]
    assert "没有这个设置项" in examine(path, {}).problems[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1\nb: 2\n", "2: YAML syntax error"),
        ("root: 'open\n", "2: YAML syntax error"),
        ("root: x\n\troot: y\n", "2: YAML syntax error"),
        ("a: 1\n---\nb: 1\n", "2: YAML syntax error"),
        ("root: \x07\n", "1: YAML syntax error"),
        ("root: !!python/object/apply:os.system [id]\n" + GOOD, "1: root: "),
        ("root: !!binary aGk=\n" + GOOD, "1: root: a value that makes no sense"),
        ("1: x\n" + GOOD, "1: a key must be text, not 1"),
        ("queue: {lease_s: .nan}\n" + GOOD, "1: queue.lease_s: must be a finite number, not .nan"),
        ("- a\n- b\n", "1: must be a group of settings"),
        ("just words\n", "1: must be a group of settings"),
        ("panel: {port: '8480'}\n" + GOOD, "1: panel.port: must be a whole number, not '8480'"),
        ("panel: {port: yes}\n" + GOOD, "1: panel.port: must be a whole number, not true"),
        ("output: {overwrite: 1}\n" + GOOD, "1: output.overwrite: must be true or false, not 1"),
        ("root: 5\n" + GOOD, "1: root: must be text, not 5; put it in quotes"),
        ("inboxes: []\n", "1: inboxes: needs at least one entry"),
        ("inboxes: {name: a}\n", "1: inboxes: must be a list"),
        ("", "1: inboxes: this setting is required"),
        ("inboxes:\n  - {name: a b, plan: [copy]}\n", "2: inboxes[0].name: 'a b' cannot name"),
        ("inboxes:\n  - {name: ../x, plan: [copy]}\n", "2: inboxes[0].name: '../x' cannot name"),
        ("inboxes:\n  - {name: a, plan: []}\n", "2: inboxes[0].plan: needs at least one entry"),
    ],
)
def test_a_broken_file_is_told_by_line(write: Write, text: str, told: str) -> None:
    assert problems(write(text))[0].startswith(told)
    assert len(problems(write(text))) == 1


def test_a_tag_can_not_run_anything(write: Write, tmp_path: Path) -> None:
    flag = tmp_path / "ran"
    write(f"root: !!python/object/apply:os.mkdir ['{flag}']\n" + GOOD)
    examine(tmp_path / "boothd.yaml", EN)
    assert not flag.exists()


def test_bytes_that_are_no_text_are_told_by_line(tmp_path: Path) -> None:
    path = tmp_path / "boothd.yaml"
    path.write_bytes(b"language: zh\nroot: \xff\n")
    assert problems(path) == ["2: this is not UTF-8 text"]


def test_a_byte_order_mark_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "boothd.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert problems(path) == []


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "boothd.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    assert "this is no configuration" in problems(path)[0]


def test_aliases_can_not_blow_up(write: Write) -> None:
    layers = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for i in range(1, 9):
        entries = ", ".join([f"*a{i - 1}"] * 10)
        layers.append(f"a{i}: &a{i} [{entries}]")
    assert "nested too deeply" in problems(write("\n".join(layers)))[0]


def test_deep_nesting_is_told(write: Write) -> None:
    assert "nested too deeply" in problems(write("a: " + "[" * 40 + "]" * 40))[0]
    assert problems(write("a: " + "[" * 20_000))[0].startswith("1: ")


def test_an_alias_of_itself_is_told(write: Write) -> None:
    assert "nested too deeply" in problems(write("a: &a [*a]"))[0]


def test_a_section_left_empty_says_nothing(write: Write) -> None:
    assert problems(write("engines:\nrules:\n" + GOOD)) == []


def test_a_name_that_looks_like_a_date_is_a_name(write: Write) -> None:
    config = load_config(write("inboxes:\n  - {name: 2024-01-31, plan: [copy]}\n"), {})
    assert config.inboxes[0].name == "2024-01-31"


def test_options_for_a_route_that_never_runs_are_told(write: Write) -> None:
    text = "inboxes:\n  - {name: a, plan: [copy], options: {restore: {strength: 1}}}\n"
    assert "no plan of this inbox runs 'restore'" in problems(write(text))[0]
    text += "rules:\n  - {inbox: a, match: x, plan: [restore]}\n"
    assert problems(write(text)) == []


def test_options_are_judged_by_the_routes_own_models(write: Write) -> None:
    path = write(
        "inboxes:\n"
        "  - name: a\n"
        "    plan: [restore, copy]\n"
        "    options:\n"
        "      restore: {strenght: 0.5, upscale: 3,\n"
        "                max_faces: '7'}\n"
        "      copy: {anything: 1}\n"
        "rules:\n"
        "  - {inbox: a, match: x, options: {restore: {strength: 2}}}\n"
    )
    told = [line.removeprefix(f"{path}:") for line in examine(path, EN, options_of).problems]
    assert sorted(told) == [
        "5: inboxes[0].options.restore.strenght: there is no such setting (did you mean strength?)",
        "5: inboxes[0].options.restore.upscale: must be 1, 2 or 4, not 3",
        "6: inboxes[0].options.restore.max_faces: must be a whole number, not '7'",
        "7: inboxes[0].options.copy.anything: there is no such setting",
        "9: rules[0].options.restore.strength: must be at most 1.0, not 2",
    ]


def test_a_rule_that_never_matches_is_told(write: Write) -> None:
    text = GOOD + "rules:\n  - {inbox: restore, min_bytes: 9, max_bytes: 3}\n"
    assert "never matches" in problems(write(text))[0]


def test_routes_of_a_development_module_are_known_without_importing_it(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "odd_routes.py"
    module.write_text("import does_not_exist\nROUTES: dict = {'slow': 1, 'crash': 2}\n")
    monkeypatch.syspath_prepend(tmp_path)
    text = "inboxes:\n  - {name: a, plan: [slow, crsh]}\ndevelopment: {routes: odd_routes}\n"
    assert problems(write(text)) == [
        "2: inboxes[0].plan[1]: there is no route 'crsh' (did you mean crash?)"
    ]


def test_a_development_module_that_is_not_there_is_told(write: Write) -> None:
    for name in ("no.such.module", "nosuchmodule", "..x", ""):
        told = problems(write(GOOD + f"development: {{routes: '{name}'}}\n"))
        assert any("there is no Python module" in line for line in told), name


def test_a_failpoint_is_refused_in_production(write: Write) -> None:
    told = problems(write(GOOD), BOOTHD_FAILPOINT="W3:daemon:1")
    assert told[0].startswith("$BOOTHD_FAILPOINT: development.failpoints: BOOTHD_FAILPOINT")
    allowed = write(GOOD + "development: {failpoints: true}\n")
    assert problems(allowed, BOOTHD_FAILPOINT="W3b:both:2") == []
    assert "must read W3:daemon:2" in problems(allowed, BOOTHD_FAILPOINT="W3:me")[0]


def test_a_secret_may_be_a_systemd_credential(write: Write, tmp_path: Path) -> None:
    (tmp_path / "credentials").mkdir()
    secret = tmp_path / "credentials" / "hook"
    secret.write_text("whsec_" + "QUJD" * 8)
    path = write(GOOD + "webhooks: [{url: 'https://a.example/x', secret_file: hook}]\n")
    config = load_config(path, {"CREDENTIALS_DIRECTORY": str(secret.parent)})
    assert config.webhooks[0].secret_file == secret
    assert "no secret file" in problems(path)[0]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_secret_that_cannot_be_read_is_told(write: Write, tmp_path: Path) -> None:
    (tmp_path / "hook").touch(0o000)
    path = write(GOOD + "webhooks: [{url: 'https://a.example/x', secret_file: hook}]\n")
    assert "cannot be read" in problems(path)[0]


def test_load_raises_every_problem(write: Write) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write("a: 1\nb: 2\n" + GOOD), EN)
    assert len(caught.value.problems) == 2
    assert caught.value.exit_status == 78


def test_what_is_sound_of_a_broken_file_is_kept_for_a_further_look(write: Write) -> None:
    text = "inboxes:\n  - {name: a, plan: [copy], priority: x}\n  - 7\nqueue: {lease_s: no}\n"
    found = examine(write(text), EN)
    assert len(found.problems) == 3
    assert found.config is not None
    assert [inbox.name for inbox in found.config.inboxes] == ["a"]
    assert examine(write("inboxes:\n  - 7\n"), EN).config is None


def test_a_wrong_limit_of_a_quality_profile_is_told_with_the_nearest_key(write: Write) -> None:
    text = GOOD + "quality: {profiles: {hr: {reject: {min_face: 3}, minscore: 1}}}\n"
    told = problems(write(text))
    assert any("hr.reject.min_face: " in line and "min_face_px?" in line for line in told)
    assert any("hr.minscore: " in line and "min_score?" in line for line in told)


def test_a_quality_profile_that_is_not_there_is_told(write: Write) -> None:
    gate = "inboxes: [{name: g, plan: [quality], options: {quality: {profile: icoa}}}]\n"
    (line,) = problems(write(gate))
    assert "options.quality.profile: there is no quality profile 'icoa'" in line
    assert "did you mean icao?" in line
    own = "quality: {profiles: {badge: {like: badgee}}}\n"
    (line,) = problems(write(gate.replace("icoa", "badge") + own))
    assert "quality.profiles.badge.like: there is no quality profile 'badgee'" in line
    ring = "quality: {profiles: {a: {like: b}, b: {like: a}}}\n"
    assert sum("leads back to itself" in line for line in problems(write(GOOD + ring))) == 2


def test_a_profile_of_ones_own_may_be_asked_for(write: Write) -> None:
    text = (
        "quality: {profiles: {badge: {like: hr, reject: {max_background: null}}}}\n"
        "inboxes: [{name: g, plan: [quality], options: {quality: {profile: badge}}}]\n"
    )
    assert problems(write(text)) == []
