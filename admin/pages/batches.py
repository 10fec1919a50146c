"""``/batches``: how far each is, whose photo became what, and the files of its report."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    g,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue

from admin.language import language_of_request
from admin.pages.jobs import known_id
from admin.presenters_batches import present_batch, present_line
from admin.services import PanelServices
from daemon.config.model import Config
from daemon.errors import UsageError
from daemon.services.batch_control import CANCEL, PAUSE, RESUME

_MOST_LINE = 10**9


def batches_pages(config: Config, services: PanelServices) -> Blueprint:
    """The list, the page of a batch, its orders and its files."""
    pages, desk = Blueprint("batches", __name__), services.desk.batches

    @pages.get("/batches")
    def batches() -> ResponseReturnValue:
        before = request.args.get("before")
        found, next_id = desk.listed(before_id=None if before is None else known_id(before))
        language = language_of_request(config.language)
        return render_template(
            "batches.html",
            lines=[present_line(line, language) for line in found],
            is_first=before is None,
            next_id=next_id,
        )

    @pages.get("/batches/<batch_id>")
    def batch(batch_id: str) -> ResponseReturnValue:
        after = request.args.get("after", "0")
        if not (after.isascii() and after.isdigit()) or int(after[:12]) > _MOST_LINE:
            abort(400)
        found = desk.page(known_id(batch_id), after_line=int(after))
        if found is None:
            abort(404)
        language = language_of_request(config.language)
        return render_template("batch.html", shown_batch=present_batch(found, language))

    @pages.get("/batches/<batch_id>/files/<name>")
    def file(batch_id: str, name: str) -> ResponseReturnValue:
        found = desk.file(known_id(batch_id), name)
        if found is None:
            abort(404)
        # Always a download: whoever may write to the share could have put a page there.
        answer: Response = send_file(
            found.content, found.mime, as_attachment=True, download_name=name
        )
        answer.content_length = found.size
        return answer

    @pages.post(f"/batches/<batch_id>/<any({PAUSE}, {RESUME}, {CANCEL}):wish>")
    def order(batch_id: str, wish: str) -> ResponseReturnValue:
        back = url_for("batches.batch", batch_id=known_id(batch_id))
        try:
            desk.order(wish, batch_id, by=str(g.user.label))
        except UsageError as error:
            return render_template("refused.html", reason=str(error), back=back), 409
        flash(f"said_batch_{wish}")
        return redirect(back, 303)

    return pages
