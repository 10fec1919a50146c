"""In which language a page speaks: as chosen on it, else as the browser asks, else the booth's."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, request, session

from admin.wording import WORDS
from admin.wording_codes import breakable, title_of


def speak(app: Flask, default: str) -> None:
    """Give every template ``language``, ``words``, and the way to the other language."""
    app.jinja_env.filters.update(titled=title_of, breakable=breakable)

    @app.context_processor
    def spoken() -> dict[str, Any]:
        language = language_of_request(default)
        arguments = {key: value for key, value in request.args.items() if key != "lang"}
        return {
            "language": language,
            "words": WORDS[language],
            "user": g.get("user"),
            "arguments": arguments,
            "filters": {key: value for key, value in arguments.items() if key != "before"},
        }


def language_of_request(default: str) -> str:
    """``zh`` or ``en``; what ``?lang=`` chooses is kept for the session."""
    asked = request.args.get("lang", "")
    if asked in WORDS:
        session["language"] = asked
        return asked
    if (kept := session.get("language")) in WORDS:
        return str(kept)
    return request.accept_languages.best_match(list(WORDS)) or default
