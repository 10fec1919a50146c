"""The text that tells a clerk why a photo did not come back, and what to do: PHOTO.why.txt."""

from __future__ import annotations

from daemon.domain.artifact import Reason
from daemon.domain.codes import explain
from daemon.domain.job import Job, Verdict
from daemon.files.safe import display_name

_TITLES = {
    "zh": {
        Verdict.REJECTED: "这张照片未通过",
        Verdict.REVIEW: "这张照片需要人工确认",
        Verdict.FAILED: "这张照片未能处理,原图已保留",
        Verdict.DONE: "完成",
    },
    "en": {
        Verdict.REJECTED: "This photo was not accepted",
        Verdict.REVIEW: "A person must look at this photo",
        Verdict.FAILED: "This photo could not be processed; the original is kept",
        Verdict.DONE: "Done",
    },
}
_WORDS = {
    "zh": {"photo": "照片", "advice": "建议", "note": "备注", "job": "任务", "code": "代码"},
    "en": {"photo": "Photo", "advice": "What to do", "note": "Note", "job": "Job", "code": "Code"},
}

# Below the reasons of a photo that waits for a person.
_DECIDE = {
    "zh": "在面板的“待人工”页上决定(管理员也可以运行 boothd review)。",
    "en": "Decide on the panel's page Review; an operator may also run boothd review.",
}


def why_text(job: Job, verdict: Verdict, reasons: tuple[Reason, ...], note: str = "") -> str:
    """The whole text, in the job's language, with Windows line ends for Notepad.

    It says where to decide about a photo that was filed for review by a booth; one that never
    was filed, because it was run without a booth, waits nowhere.

    Args:
        job: The photo's job.
        verdict: How it ended.
        reasons: Why.
        note: What a person who turned it down wrote, or empty.
    """
    words = _WORDS[job.language]
    name = display_name(job.relative.rsplit(b"/", 1)[-1])
    lines = [_TITLES[job.language][verdict], "", f"{words['photo']}: {name}", ""]
    for number, reason in enumerate(with_job(reasons, job.id), 1):
        message, advice = explain(reason, job.language)
        lines += [
            f"{number}. {message}",
            f"   {words['advice']}: {advice}",
            f"   {words['code']}: {reason.code}",
            "",
        ]
    if note:
        lines += [f"{words['note']}: {note}", ""]
    if verdict is Verdict.REVIEW and job.filed is not None:
        lines += [_DECIDE[job.language], ""]
    lines.append(f"{words['job']}: {job.id}")
    return "\r\n".join(lines) + "\r\n"


def with_job(reasons: tuple[Reason, ...], job_id: str) -> tuple[Reason, ...]:
    """The reasons with the job's id among their facts, for messages that name it."""
    return tuple(Reason(r.code, {"job": job_id, **r.facts}) for r in reasons)
