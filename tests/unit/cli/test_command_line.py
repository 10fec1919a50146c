from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from daemon.cli import main
from daemon.cli.entry import COMMANDS, boothd
from daemon.cli.exits import Exit, exit_of, exit_of_state
from daemon.cli.help import EPILOGS, help_text, keys
from daemon.cli.wording import _TEXTS
from daemon.config.boot import WorkerBoot
from daemon.domain.job import TERMINAL, State, Verdict


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(boothd)
    for name in boothd.list_commands(context):
        command = boothd.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            for inner, sub in command.commands.items():
                yield f"{name} {inner}", sub


def boothd_process(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "import sys; from daemon.cli import main; sys.exit(main())",
         *arguments],
        capture_output=True, text=True, check=False, env={**os.environ, **environ},
    )  # fmt: skip


@pytest.fixture
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")


def test_every_command_and_option_is_explained_in_both_languages() -> None:
    for name, command in commands():
        assert help_text(name, "zh"), name
        assert help_text(name, "en") != help_text(name, "zh"), name
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, (name, parameter.name)


def test_no_help_is_left_of_commands_that_went() -> None:
    named = {name for name, _ in commands()} | set(COMMANDS) | {"boothd"}
    spoken = {key for key in keys() if not key.startswith("-") and " -" not in key}
    assert spoken <= named
    assert set(EPILOGS) <= named


def test_every_command_but_the_plain_ones_shows_an_example() -> None:
    plain = {"jobs", "queue", "db", "panel", "worker", "jobs retry", "jobs cancel", "db upgrade"}
    for name, _ in commands():
        if name not in plain:
            assert "boothd " + name.split()[0] in EPILOGS.get(name, ""), name


def test_texts_have_the_same_facts_in_both_languages() -> None:
    import re

    for key, (zh, en) in _TEXTS.items():
        assert set(re.findall(r"{(\w+)}", zh)) == set(re.findall(r"{(\w+)}", en)), key


def test_data_commands_take_json() -> None:
    talkers = {"run", "panel", "worker", "jobs", "queue", "db", "batches", "webhooks", "idphoto"}
    talkers |= {"review", "privacy", "models"}
    for name, command in commands():
        options = {option for parameter in command.params for option in parameter.opts}
        assert ("--json" in options) != (name in talkers), name


def test_every_verdict_and_end_has_an_exit_status() -> None:
    assert {exit_of(verdict) for verdict in Verdict} == {Exit.OK, Exit.NOT_DONE, Exit.FAILED}
    assert {exit_of_state(state) for state in TERMINAL} == {Exit.OK, Exit.NOT_DONE, Exit.FAILED}
    assert exit_of_state(State.WITHDRAWN) is Exit.NOT_DONE


def test_help_loads_nothing_heavy() -> None:
    """A person who asks for help gets it at once."""
    heavy = ("pydantic", "sqlalchemy", "flask", "watchdog", "apscheduler", "numpy", "rich")
    asked = f"""
        import sys
        from daemon.cli import main
        main(["--help"])
        print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(asked)], capture_output=True, check=True, text=True
    )
    assert done.stderr.strip() == "[]"


def test_help_speaks_the_locales_language() -> None:
    assert "照相亭" in boothd_process("--help", LC_ALL="zh_CN.UTF-8").stdout
    english = boothd_process("drop", "--help", LC_ALL="en_GB.UTF-8").stdout
    assert "Copy photos into an inbox" in english
    assert "Show this page and exit." in english


@pytest.mark.usefixtures("english")
def test_an_unknown_command_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chek"]) == Exit.USAGE
    assert "there is no command chek (did you mean check?)" in capsys.readouterr().err


def test_wrong_usage_is_status_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drop"]) == Exit.USAGE
    assert main(["init"]) == Exit.USAGE
    assert main(["stats", "--days", "x"]) == Exit.USAGE
    capsys.readouterr()


@pytest.mark.usefixtures("english")
def test_a_bad_configuration_is_told_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "b.yaml"
    path.write_text("zzz: 1\nqueue: {in_flight: 99}\n")
    assert main(["--config", str(path), "stats"]) == Exit.CONFIG
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "The configuration has 3 mistake(s):" in captured.err
    assert f"{path}:2: queue.in_flight: must be at most 64, not 99" in captured.err
    assert "Run `boothd check`" in captured.err


def test_the_configuration_is_found_by_variable(tmp_path: Path) -> None:
    path = tmp_path / "named.yaml"
    path.write_text("zzz: 1\n")
    result = boothd_process("stats", BOOTHD_CONFIG=str(path))
    assert result.returncode == Exit.CONFIG
    assert f"{path}:1: zzz" in result.stderr


@pytest.mark.usefixtures("english")
def test_no_database_yet_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(tmp_path / "b")]) == 0
    capsys.readouterr()
    config = str(tmp_path / "b" / "boothd.yaml")
    assert main(["--config", config, "jobs", "list"]) == Exit.IO
    assert "STORE_UNAVAILABLE: " in capsys.readouterr().err


def test_a_reader_that_goes_away_ends_the_command_quietly() -> None:
    code = (
        "import sys, os; from daemon.cli import main\n"
        "from daemon.cli import init\n"
        "def gone(*a, **k): raise BrokenPipeError(32, 'Broken pipe')\n"
        "from daemon.cli.console import Console; Console.data = gone\n"
        "import tempfile; sys.exit(main(['init', tempfile.mkdtemp() + '/b', '--json']))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (Exit.BROKEN_PIPE, "")


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    ("error", "status"),
    [(KeyboardInterrupt(), Exit.INTERRUPTED), (OSError(28, "No space left on device"), Exit.IO)],
)
def test_what_stops_a_command_is_told_without_a_traceback(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: Exit,
) -> None:
    from daemon.services import setup

    def stop(*_: object) -> None:
        raise error

    monkeypatch.setattr(setup, "found", stop)
    assert main(["init", str(tmp_path / "b")]) == status
    told = capsys.readouterr().err
    assert "Traceback" not in told
    assert told.strip()


def test_panel_and_worker_become_their_own_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[tuple[list[str], str]] = []

    def become(_program: str, arguments: list[str], environ: dict[str, str]) -> None:
        called.append((arguments[1:], environ["BOOTHD_CONFIG"]))

    main(["init", str(tmp_path / "b")])
    monkeypatch.setattr(os, "execve", become)
    config = tmp_path / "b" / "boothd.yaml"
    assert main(["--config", str(config), "panel"]) == 0
    assert main(["--config", str(config), "worker"]) == 0
    assert called[0] == (["-m", "admin"], str(config))
    module, arguments = called[1][0][:3], called[1][0][3:]
    assert module == ["-m", "daemon.worker", "--config-json"]
    assert WorkerBoot.model_validate_json(arguments[0]).models == tmp_path / "b/.boothd/models"


def test_json_is_ascii_and_on_standard_output_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(tmp_path / "照片"), "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.isascii()
    assert json.loads(captured.out)["config"] == str(tmp_path / "照片" / "boothd.yaml")
