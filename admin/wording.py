"""Every word of the panel, in Chinese and English: one glossary for all pages."""

from __future__ import annotations

from collections.abc import Mapping

_PAIRS: Mapping[str, tuple[str, str]] = {
    # ── every page ────────────────────────────────────────────────────────────────────────
    "title": ("照片亭", "Photo booth"),
    "skip": ("跳到内容", "Skip to the content"),
    "pages": ("页面", "Pages"),
    "other": ("English", "中文"),
    "other_code": ("en", "zh"),
    "signed_in_as": ("已登录:", "Signed in as"),
    "viewer": ("只能查看", "viewer"),
    "operator": ("操作员", "operator"),
    "sign_out": ("退出", "Sign out"),
    "ready": ("一切正常。", "All is well."),
    "attention": ("需要处理", "Needs attention"),
    "held": ("已暂停", "On hold"),
    "no_numbers": ("无法读取数据库:", "The database cannot be read:"),
    "back": ("返回", "Back"),
    # ── signing in ────────────────────────────────────────────────────────────────────────
    "sign_in": ("登录", "Sign in"),
    "name": ("姓名", "Name"),
    "password": ("密码", "Password"),
    "wrong_password": ("姓名或密码不对。", "That name and password do not go together."),
    "too_many_tries": (
        "尝试次数过多,请 {wait} 秒后再试。",
        "Too many tries; wait {wait} seconds.",
    ),
    # ── what went wrong ───────────────────────────────────────────────────────────────────
    "error_400": ("无法理解这个请求。", "That question cannot be understood."),
    "error_403": ("不允许这样做。", "That is not allowed."),
    "error_404": ("没有这个页面。", "There is no such page."),
    "error_405": ("这里不能这样做。", "That cannot be done here."),
    "error_409": ("情况已变,没有执行。", "Things have changed; nothing was done."),
    "error_413": ("发送的内容太大。", "That is too much at once."),
    "error_429": ("请稍后再试。", "Wait a moment, then try again."),
    "error_500": ("面板出错,已记入日志。", "The panel has a fault; the log has the details."),
    "error_503": ("现在无法回答。", "No answer can be given now."),
    "order_from_elsewhere": (
        "这个操作来自别的网页,未执行。",
        "That order came from another page; nothing was done.",
    ),
    "order_without_word": (
        "页面已过期:请返回,刷新后再试。",
        "The page is too old: go back, load it again, then try once more.",
    ),
    "sign_in_first": ("请先登录。", "Sign in first."),
    "viewers_look": (
        "您的账户只能查看。",
        "Your account may look, not act.",
    ),
    # ── overview ──────────────────────────────────────────────────────────────────────────
    "overview": ("总览", "Overview"),
    "inboxes": ("收件夹", "Inboxes"),
    "inbox": ("收件夹", "Inbox"),
    "state": ("状态", "State"),
    "waiting": ("等待就绪", "Not ready yet"),
    "taking_in": ("收取中", "Taking in"),
    "queued": ("排队", "Queued"),
    "working": ("处理中", "Working"),
    "publishing": ("交付中", "Publishing"),
    "done": ("完成", "Done"),
    "rejected": ("退回", "Rejected"),
    "review": ("待人工", "Review"),
    "failed": ("失败", "Failed"),
    "total": ("合计", "Total"),
    "online": ("正常", "online"),
    "offline": ("离线", "offline"),
    "paused": ("已暂停", "paused"),
    "unseen": ("尚未扫描", "not seen yet"),
    "queue": ("整个队列", "the whole queue"),
}

WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {key: pair[0] for key, pair in _PAIRS.items()},
    "en": {key: pair[1] for key, pair in _PAIRS.items()},
}
