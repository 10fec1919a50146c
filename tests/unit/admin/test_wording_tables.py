"""Words of the panel for what others name: codes, measures, options, settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import admin
from admin.presenters_drop import option_groups
from admin.presenters_settings import present_settings
from admin.wording import WORDS
from admin.wording_codes import MOST_CHARS, breakable, title_of
from admin.wording_measures import MEASURES, measure_name, row_name, unit_name
from admin.wording_options import OPTIONS
from daemon.config.model import Config
from daemon.domain.codes import CODES
from daemon.domain.comparison import Conclusion
from daemon.domain.delivery import DeliveryState
from daemon.domain.job import State
from daemon.routes.quality import table
from daemon.services.accounts import Role

INBOXES = [
    {"name": "gate", "plan": ["quality", "restore"], "options": {"restore": {"strength": 0.5}}},
    {"name": "id", "plan": ["idphoto"]},
    {"name": "paper", "plan": ["privacy"]},
]


@pytest.fixture
def config(tmp_path) -> Config:
    return Config.model_validate(
        {
            "root": tmp_path,
            "inboxes": INBOXES,
            "rules": [{"inbox": "gate", "match": "*.png", "plan": ["copy"]}],
            "webhooks": [{"url": "https://hr.example/booth", "events": ["photo.done"]}],
        }
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_code_has_a_title_of_its_own_that_a_bar_has_room_for(language):
    titles = {code: title_of(code, language) for code in CODES}
    assert all(0 < len(title) <= MOST_CHARS for title in titles.values()), titles
    assert not [title for title in titles.values() if "{" in title or title.endswith(("。", "."))]
    assert len(set(titles.values())) == len(titles)


def test_a_title_is_the_messages_beginning_without_its_numbers():
    assert title_of("FACE_NOT_FOUND", "en") == "No face was found"
    assert title_of("FACE_TOO_SMALL", "en") == "The face is too small"
    assert title_of("FACE_TOO_SMALL", "zh") == "人脸太小"
    assert title_of("OF_A_LATER_VERSION", "zh") == "OF_A_LATER_VERSION"


def test_a_code_breaks_behind_its_marks_and_is_escaped():
    assert breakable("FACE_NOT_FOUND") == "FACE_<wbr>NOT_<wbr>FOUND"
    assert breakable("reject.min_bits") == "reject.<wbr>min_<wbr>bits"
    assert breakable("<b>_") == "&lt;b&gt;_"


def test_the_gates_measures_are_called_as_its_own_table_calls_them():
    own = {row.name: (row.label["zh"], row.label["en"]) for row in table.MEASURES}
    assert dict(MEASURES) == own


def test_names_and_units_are_in_the_language_of_the_page():
    assert measure_name("sharpness", "zh") == "清晰度"
    assert row_name("head_height", "zh") == "头部高度"
    assert measure_name("of_a_later_version", "zh") == "of_a_later_version"
    units = {row.unit for row in table.MEASURES}
    assert not [unit for unit in units if len(unit) > 2 and unit_name(unit, "zh") == unit
                and unit.isalpha()]  # fmt: skip


def test_every_option_of_a_form_has_words(config):
    fields = [field for group in option_groups(config, "zh", {}) for field in group.fields]
    assert {f"{field.route}.{field.name}" for field in fields} == set(OPTIONS)
    assert not [field.key for field in fields if field.label == field.name or field.spoken != "zh"]
    wordless = [
        (field.key, choice) for field in fields for choice, told in field.choices if told == choice
    ]
    assert wordless == []
    english = [field for group in option_groups(config, "en", {}) for field in group.fields]
    assert not [field.key for field in english if field.spoken != "en" or not field.about]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_setting_says_what_it_means_in_the_language_of_the_page(config, language):
    sections = present_settings(config, None, language, only_set=False)
    rows = [row for section in sections for row in section.rows]
    assert len(rows) > 200
    untold = [row.key for row in rows if not row.meaning or row.spoken != language]
    assert untold == []
    assert "inboxes[0].options.restore.strength" in {row.key for row in rows}


def test_every_word_of_the_panel_is_said_somewhere():
    """By its whole name, or by a name that is put together behind a beginning."""
    folder = Path(admin.__file__).parent
    files = [path for kind in ("py", "html", "js") for path in folder.rglob(f"*.{kind}")]
    text = "\n".join(
        path.read_text("utf-8") for path in files if not path.name.startswith("wording")
    )
    said = {word.lower() for word in re.findall(r"\w+", text)}
    said |= {str(name) for names in (State, Role, Conclusion) for name in names}
    said |= {"online", "offline"}  # how an inbox stands
    begun = tuple(re.findall(r"""f["']([a-z_]+_)\{""", text) + re.findall(r'"([a-z_]+_)" ~', text))
    silent = [word for word in WORDS["en"] if word not in said and not word.startswith(begun)]
    assert silent == []


@pytest.mark.parametrize("names", [State, Conclusion, [f"delivery_{one}" for one in DeliveryState]])
def test_what_a_page_may_have_to_say_has_a_word(names):
    assert [name for name in names if str(name) not in WORDS["zh"]] == []
