"""``/drop``: photos sent from a browser into an inbox, as if they had been copied there.

One form, three ways: everything at once without a script; one photo after the other with it, so
that each has its bar; and what the instruction means, shown before anything is sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, BinaryIO, cast

from flask import Blueprint, abort, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin.language import language_of_request
from admin.presenters_drop import Group, blamed, chosen_options, option_groups
from admin.services import PanelServices
from admin.wording import WORDS
from daemon.config.model import Config
from daemon.domain.artifact import Reason
from daemon.domain.codes import explain
from daemon.domain.language import Language
from daemon.errors import BoothError, UsageError
from daemon.services.desk import Upload
from daemon.services.following import Following
from daemon.services.instructions import understood
from daemon.telemetry import events, logging

MOST_INSTRUCT = 500
_READS_WORDS = "idphoto"
_NUMBER = re.compile(r"[0-9a-f]{32}")
# Asked for by the page's own script: a part of the page, or what became of one photo.
_FRAGMENT, _JSON = "fragment", "json"


class Refused(Exception):
    """A drop that cannot be done: a sentence, a status, and what is wrong at which field."""

    def __init__(
        self, problem: str, status: int = 400, fields: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(problem)
        self.problem, self.status, self.fields = problem, status, fields or {}


class DropForm:
    """The form, and what takes it.

    Args:
        config: The whole configuration.
        services: The panel's services.
        following: Follows what was dropped; ``None``: the list of jobs shows it.
    """

    def __init__(
        self, config: Config, services: PanelServices, following: Following | None
    ) -> None:
        self._config = config
        self._desk = services.desk
        self._following = following

    @property
    def language(self) -> Language:
        """Of the page."""
        return cast("Language", language_of_request(self._config.language))

    def groups(self) -> list[Group]:
        """The options, with what was filled in."""
        return option_groups(self._config, self.language, request.form.to_dict())

    def shown(self, refused: Refused | None = None, status: int = 200) -> tuple[str, int]:
        """The page as it was filled in; the photos have to be chosen again."""
        groups = self.groups()
        facts: dict[str, Any] = {
            "inboxes": [inbox.name for inbox in self._config.inboxes],
            "chosen": request.values.get("inbox", ""),
            "instruct": request.form.get("instruct", "")[:MOST_INSTRUCT],
            "most_instruct": MOST_INSTRUCT,
            "groups": groups if refused is None else blamed(groups, refused.fields),
            "problem": "" if refused is None else refused.problem,
            "mib": self._config.panel.upload_mib,
            **self.read(),
        }
        return render_template("drop.html", **facts), status if refused is None else refused.status

    def read(self) -> dict[str, Any]:
        """What the instruction means, and whether the inbox's plan reads it at all."""
        text = request.form.get("instruct", "").strip()[:MOST_INSTRUCT]
        name = request.values.get("inbox", "")
        plan = next((one.plan for one in self._config.inboxes if one.name == name), ())
        deaf = ""
        if text and plan and _READS_WORDS not in plan:
            words = WORDS[self.language]["reads_no_words"]
            deaf = words.format(inbox=name, plan=" → ".join(plan))
        return {"read": understood(text, self.language) if text else None, "deaf": deaf}

    def take(self) -> str:
        """Put the photos into the inbox; the address of the page that follows them.

        Raises:
            Refused: Nothing was dropped, or not everything.
        """
        inbox, language = request.form.get("inbox", ""), self.language
        photos = [
            Upload(file.filename, cast("BinaryIO", file.stream))
            for file in request.files.getlist("photos")
            if file.filename
        ]
        if not photos:
            raise Refused(WORDS[language]["drop_none"])
        options, problems = chosen_options(self._config, inbox, self.groups(), language)
        if problems:
            key, told = next(iter(problems.items()))
            problem = f"{key.rpartition('.')[2]}: {told}"
            raise Refused(problem, fields=problems)
        number = self._number(inbox)
        names = self._drop(inbox, photos, _one_line(language), options)
        if self._following is None:
            return url_for("jobs.jobs", inbox=inbox)
        self._following.add(number, names, by=g.user.label)
        return url_for("drop.dropped", number=number)

    def _number(self, inbox: str) -> str:
        """Under which the photos are followed: that of the photos before, or a new one."""
        if self._following is None:
            return ""
        known = request.form.get("follow", "")
        if self._following.inbox_of(known, by=g.user.label) == inbox:
            return known
        return self._following.begin(inbox, by=g.user.label)

    def _drop(
        self, inbox: str, photos: list[Upload], instruct: str, options: dict[str, dict[str, Any]]
    ) -> list[str]:
        words = WORDS[self.language]
        try:
            return self._desk.drop(
                inbox, photos, by=g.user.label, instruct=instruct, options=options
            )
        except UsageError as error:
            raise Refused(str(error)) from error
        except BoothError as error:
            told = explain(Reason(error.code, {**error.facts}), self.language)
            raise Refused(" ".join(told)) from error
        except OSError as error:
            logging.get_logger("panel").warning(
                events.PANEL_DROP_FAILED, inbox=inbox, errno=error.errno
            )
            raise Refused(words["drop_away"], 503) from error


def drop_page(config: Config, services: PanelServices) -> Blueprint:
    """The form, what takes it, and the page that follows what was dropped."""
    page = Blueprint("drop", __name__)
    following = None if services.pages is None else services.pages.following
    drop = DropForm(config, services, following)

    @page.get("/drop")
    def form() -> ResponseReturnValue:
        return drop.shown()

    @page.get("/drop/check")
    def back_to_form() -> ResponseReturnValue:
        # Where the other language, or loading once more, leads after a check.
        return redirect(url_for("drop.form"), 303)

    @page.post("/drop/check")
    def check() -> ResponseReturnValue:
        if request.headers.get("X-Part") == _FRAGMENT:
            return render_template("_understood.html", **drop.read())
        return drop.shown()

    @page.post("/drop")
    def take() -> ResponseReturnValue:
        wants_json = request.headers.get("X-Part") == _JSON
        try:
            follow = drop.take()
        except Refused as refused:
            if wants_json:
                return jsonify(problem=refused.problem, fields=refused.fields), refused.status
            return drop.shown(refused)
        if wants_json:
            return jsonify(follow=follow)
        flash("said_drop")
        return redirect(follow, 303)

    if following is not None:
        _dropped(page, following)
    return page


def _dropped(page: Blueprint, following: Following) -> None:
    @page.get("/dropped/<number>")
    def dropped(number: str) -> ResponseReturnValue:
        if not _NUMBER.fullmatch(number):
            abort(404)
        found = following.seen(number, by=g.user.label)
        status = 404 if found is None else 200
        return render_template("dropped.html", drop=found), status


def _one_line(language: Language) -> str:
    """The instruction.

    Raises:
        Refused: It is more than a line of the length that a note may have.
    """
    instruct = request.form.get("instruct", "").strip()
    if len(instruct) > MOST_INSTRUCT or any(ord(char) < 32 for char in instruct):
        raise Refused(WORDS[language]["drop_one_line"].format(most=MOST_INSTRUCT))
    return instruct
