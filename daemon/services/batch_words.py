"""Words of a batch's report, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from daemon.services.batch_report import Standing

WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "title": "批次报告", "batch": "批次", "received": "收到时间", "ended": "完成时间",
        "totals": "合计",
        "people": "人员", "photos": "照片", "strays": "没有对应人员的照片",
        "sent_several": "交了多张", "line": "行", "employee_id": "工号", "name": "姓名",
        "status": "状态", "thumbnail": "缩略图", "photo": "原文件", "result": "结果文件",
        "reason": "原因与提示", "code": "代码", "job": "任务", "list": "名单",
        "columns": "识别的列", "unknown_columns": "未使用的列", "empty_lines": "没有写明人员的行",
        "doubled": "重复的工号或姓名(行)", "passed_over": "既不是照片也不是名单的文件",
        "cancelled_batch": "这个批次已被取消。", "none": "无", "file": "文件名", "preset": "规格",
        "background": "背景", "instruction": "要求", "manifest": "名单文件", "several": "(多张)",
        Standing.DONE: "完成", Standing.REVIEW: "待人工确认", Standing.REJECTED: "未通过",
        Standing.FAILED: "失败", Standing.CANCELLED: "已取消", Standing.MISSING: "缺照片",
        Standing.WAITING: "处理中",
    },
    "en": {
        "title": "Batch report", "batch": "Batch", "received": "Received", "ended": "Ended",
        "totals": "Totals", "people": "People", "photos": "Photos",
        "strays": "Photos of nobody on the list", "sent_several": "Sent several",
        "line": "Row", "employee_id": "Id", "name": "Name", "status": "Status",
        "thumbnail": "Thumbnail", "photo": "Original", "result": "Result", "reason": "Reason",
        "code": "Code", "job": "Job", "list": "List", "columns": "Columns as understood",
        "unknown_columns": "Columns not used", "empty_lines": "Rows that name nobody",
        "doubled": "Doubled ids or names (rows)",
        "passed_over": "Files that are neither photo nor list",
        "cancelled_batch": "This batch was cancelled.", "none": "none", "file": "File",
        "preset": "Size", "background": "Background", "instruction": "Instruction",
        "manifest": "List file", "several": "(several)",
        Standing.DONE: "done", Standing.REVIEW: "for review", Standing.REJECTED: "rejected",
        Standing.FAILED: "failed", Standing.CANCELLED: "cancelled", Standing.MISSING: "missing",
        Standing.WAITING: "waiting",
    },
}  # fmt: skip


def when(at_ms: int) -> str:
    """A moment in the booth's own time zone, to the minute."""
    return datetime.fromtimestamp(at_ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M")


def shown(text: str) -> str:
    """Text from a list or a file's name as it may be shown.

    Without what is no character of a line, or turns the direction of what follows.
    """
    return "".join(
        char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text
    )


def findings_lines(findings: Mapping[str, object], language: str) -> list[tuple[str, str]]:
    """What was made of the table and of what was no photo: heading and text."""
    words = WORDS[language]
    lines = []
    for name in ("manifest", "columns", "unknown_columns", "empty_lines", "doubled", "passed_over"):
        found = findings.get(name)
        if found:
            lines.append((words[name], _shown(found, words)))
    return lines


def _shown(found: object, words: Mapping[str, str]) -> str:
    if isinstance(found, Mapping):
        pairs = (
            f"{words.get(str(key), key)}: {_shown(value, words)}" for key, value in found.items()
        )
        return "; ".join(pairs)
    if isinstance(found, list | tuple):
        return ", ".join(map(str, found))
    return str(found)
