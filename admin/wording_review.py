"""Words of the review and of what the lists of jobs can do to many; see ``admin.wording``."""

from __future__ import annotations

from collections.abc import Mapping

PAIRS: Mapping[str, tuple[str, str]] = {
    # ── review ────────────────────────────────────────────────────────────────────────────
    "review_title": ("待人工查看的照片", "Photos that wait for a person"),
    "review_count": ("{n} 张等待决定", "{n} waiting"),
    "review_more": ("超过 {n} 张等待决定", "more than {n} waiting"),
    "review_begin": ("开始查看", "Begin"),
    "review_none": ("没有照片等待决定。", "No photo waits for a decision."),
    "review_looks": ("{who} 正在查看", "{who} is looking"),
    "review_candidate": ("候选结果", "Candidate"),
    "review_decide": ("决定", "Decide"),
    "review_accept": ("接受", "Accept"),
    "review_redo": ("重做", "Do it again"),
    "review_redo_now": ("按此重做", "Do it again so"),
    "review_reject": ("退回", "Turn down"),
    "review_reject_now": ("退回这张照片", "Turn this photo down"),
    "review_next": ("下一张", "Next"),
    "review_list": ("全部等待的照片", "All that wait"),
    "review_reason": ("原因", "Reason"),
    "review_other": ("其他,见备注", "Something else, as the note says"),
    "review_note": ("备注(会写进说明文件)", "Note (goes into the text beside the photo)"),
    "review_routes": ("步骤(按顺序,逗号分隔)", "Routes, in order, with commas"),
    "review_options": (
        "选项,每行一个:步骤.选项 = 值",
        "Options, one a line: route.option = value",
    ),
    "review_options_help": (
        "例如 restore.strength = 0.4;没有写的保持不变。",
        "Such as restore.strength = 0.4; what is left out stays as it was.",
    ),
    "review_options_now": ("现在的选项", "Options as they are"),
    "review_failing": ("没有通过的项目", "What did not pass"),
    "review_over": ("这张照片不在等待决定。", "This photo does not wait for a decision."),
    "review_being_done": ("{kind}:正在执行", "{kind}: being carried out"),
    "review_outcome_moved_on": ("任务已不在等待中", "it was not waiting any more"),
    "review_outcome_original_gone": ("原图已不在", "the original was gone"),
    "review_outcome_candidate_changed": ("候选结果已被改动", "the candidate had changed"),
    "review_outcome_already_queued": ("同一张照片已在处理", "the same photo was on its way"),
    "review_viewers": ("您的账户不能做决定。", "Your account may not decide."),
    "decisions": ("人工决定", "Decisions"),
    "said_accept": ("已接受,结果马上交付。", "Accepted; the result is on its way."),
    "said_reject": ("已退回。", "Turned down."),
    "said_redo": ("已下令重做。", "It will be done again."),
    # ── a job's page ──────────────────────────────────────────────────────────────────────
    "overlays": ("叠加显示", "Show over the picture"),
    "overlay_faces": ("人脸框", "Faces"),
    "overlay_heat": ("热图", "Heat map"),
    "face_box": ("人脸 {n}", "Face {n}"),
    "redeliver": ("重新通知", "Tell again"),
    "said_redeliver": ("将再次通知。", "It will be told again."),
    # ── lists of jobs ─────────────────────────────────────────────────────────────────────
    "picture": ("图片", "Picture"),
    "bulk": ("对筛选出的全部任务", "All jobs of this filter"),
    "bulk_retry": ("全部重新处理", "Run all again"),
    "bulk_cancel": ("全部取消", "Call all off"),
    "bulk_priority": ("更改全部的优先级", "Set the priority of all"),
    "bulk_title": ("确认", "Are you sure?"),
    "bulk_ask_retry": ("重新处理 {n} 个任务?", "Run {n} jobs again?"),
    "bulk_ask_cancel": ("取消 {n} 个任务?", "Call {n} jobs off?"),
    "bulk_ask_priority": (
        "把 {n} 个任务的优先级设为 {priority}?",
        "Set the priority of {n} jobs to {priority}?",
    ),
    "bulk_filter": ("筛选条件", "Filter"),
    "bulk_all": ("(没有筛选:全部任务)", "(no filter: every job)"),
    "bulk_most": (
        "一次最多 {n} 个;其余的请再下令。",
        "At most {n} at once; give the order again for the rest.",
    ),
    "bulk_fit": (
        "其中 {n} 个的状态允许;其他的不会改动。",
        "{n} of them are in a state that allows it; the others stay as they are.",
    ),
    "bulk_none": ("没有任务的状态允许这样做。", "No job is in a state that allows this."),
    "bulk_confirm": ("确定", "Yes, do it"),
    "bulk_done": ("{done} / {total}", "{done} of {total}"),
    "said_bulk": ("已下令,后台会分批执行。", "Ordered; it is carried out a slice at a time."),
}
