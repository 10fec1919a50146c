from __future__ import annotations

import re
from pathlib import Path

import yaml

from daemon.config.describe import MASK, effective, example, main, reference
from daemon.config.load import examine, load_config
from daemon.config.model import Config
from daemon.config.schema import every_key
from daemon.config.wording import _SENTENCES

REGENERATE = "run `python -m daemon.config.describe example > config.example.yaml`"


def test_the_example_in_the_repository_is_what_the_models_say(repo_root: Path) -> None:
    kept = (repo_root / "config.example.yaml").read_text(encoding="utf-8")
    assert kept == example(), REGENERATE


def test_the_example_is_a_sound_configuration(tmp_path: Path) -> None:
    path = tmp_path / "boothd.yaml"
    path.write_text(example(), encoding="utf-8")
    config = load_config(path, {})
    assert [inbox.name for inbox in config.inboxes] == ["restore", "copy", "privacy"]


def test_every_line_of_the_example_can_be_uncommented(tmp_path: Path) -> None:
    text = re.sub(r"^(\s*)#(?=-? ?\w+:)", r"\1", example(), flags=re.MULTILINE)
    path = tmp_path / "boothd.yaml"
    path.write_text(text, encoding="utf-8")
    found = examine(path, {})
    assert found.problems == ()
    plain = load_config(_written(tmp_path, example()), {})
    assert found.config is not None
    lists = {"rules": found.config.rules, "webhooks": found.config.webhooks}
    own = found.config.api
    api = plain.api.model_copy(update={"tokens": own.tokens, "callbacks": own.callbacks})
    assert found.config == plain.model_copy(update={**lists, "api": api})
    assert len(found.config.rules) == len(found.config.webhooks) == 1
    assert len(found.config.api.tokens) == 1


def _written(folder: Path, text: str) -> Path:
    path = folder / "plain.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_setting_stands_in_the_example_with_its_explanation() -> None:
    lines = example().splitlines()
    for where in every_key():
        name = str(where[-1])
        at = [i for i, line in enumerate(lines) if re.match(rf"\s*#?(- )?{name}:", line)]
        assert at, where
        assert any(lines[i - 1].lstrip().startswith("# ") for i in at), where


def test_every_setting_is_explained() -> None:
    text = reference()
    for where in every_key():
        key = ".".join(map(str, where)).replace(".0.", "[].")
        row = next(line for line in text.splitlines() if line.startswith(f"| `{key}` |"))
        assert row.rstrip("| ").rpartition("|")[2].strip(), key


def test_secrets_are_masked_in_what_is_shown() -> None:
    config = Config.model_validate(
        {
            "inboxes": [
                {"name": "a", "plan": ["copy"], "options": {"copy": {"api_token": "abc", "n": 1}}}
            ],
            "webhooks": [{"url": "https://me:pw@hr.example/x?key=1", "secret_file": "/run/secret"}],
        }
    )
    shown = effective(config)
    text = yaml.safe_dump(shown)
    assert not re.search(r"abc|me:pw|key=1", text)
    assert shown["inboxes"][0]["options"]["copy"] == {"api_token": MASK, "n": 1}
    assert shown["webhooks"][0]["url"] == f"https://{MASK}@hr.example/x?{MASK}"
    assert shown["webhooks"][0]["secret_file"] == "/run/secret"


def test_describe_says_how_it_is_called(capsys: object) -> None:
    assert main([]) == 2
    assert main(["example"]) == 0


def test_every_complaint_is_worded_in_both_languages() -> None:
    for key, (zh, en) in _SENTENCES.items():
        assert set(re.findall(r"{(\w+)}", zh)) == set(re.findall(r"{(\w+)}", en)), key
