"""What commands say, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from daemon.domain.language import Language

_TEXTS: Mapping[str, tuple[str, str]] = {
    # ── anything ──────────────────────────────────────────────────────────────────────────
    "no_command": ("没有命令 {name}", "there is no command {name}"),
    "did_you_mean": ("(是否想用 {near}?)", " (did you mean {near}?)"),
    "interrupted": ("已中断。", "Interrupted."),
    "os_error": ("{path}:{detail}", "{path}: {detail}"),
    "config_invalid": ("配置有 {count} 处错误:", "The configuration has {count} mistake(s):"),
    "password_set": (
        "已为 {name}({role})设置密码:{path}",
        "The password of {name} ({role}) is set: {path}",
    ),
    "password_ask": ("新密码", "New password"),
    "password_again": ("再输入一次", "Once more"),
    "held": ("已暂停 {scope}({who}):{why}", "{scope} is on hold ({who}): {why}"),
    # ── columns ───────────────────────────────────────────────────────────────────────────
    "column_job": ("任务", "job"),
    "column_inbox": ("收件夹", "inbox"),
    "column_file": ("文件", "file"),
    "column_state": ("状态", "state"),
    "column_why": ("原因", "why"),
    "column_age": ("时间", "age"),
    "column_waiting": ("等待", "waiting"),
    "column_verdict": ("结果", "verdict"),
    "column_seconds": ("秒", "seconds"),
    "column_where": ("位置", "where"),
    "column_what": ("项目", "what"),
    "column_target": ("目标", "target"),
    "column_measured": ("实测", "measured"),
    "column_met": ("达标", "met"),
    "column_note": ("说明", "note"),
    "column_since": ("开始", "since"),
    "column_received": ("收到", "received"),
    "column_done": ("完成", "done"),
    "column_rejected": ("不合格", "rejected"),
    "column_review": ("待看", "review"),
    "column_failed": ("失败", "failed"),
    "column_quality": ("平均质量", "mean quality"),
    "column_mean": ("平均", "mean"),
    "column_spread": ("p10 p50 p90", "p10 p50 p90"),
    "column_low": ("低于 0.40", "below 0.40"),
    "column_rejected_share": ("不合格率", "rejected"),
    "column_engine": ("引擎", "engine"),
    "column_profile": ("标准", "profile"),
    "column_photos": ("照片", "photos"),
    "column_latency": ("全程秒 p50 p95 p99", "seconds, all, p50 p95 p99"),
    "column_work": ("处理秒 p50 p95 p99", "seconds, worker, p50 p95 p99"),
    "column_code": ("代码", "code"),
    "column_first": ("首要", "first"),
    "column_any": ("出现", "any"),
    "column_share": ("占比", "share"),
    "column_batch": ("批次", "batch"),
    "column_name": ("名称", "name"),
    "column_left": ("剩余", "left"),
    "column_row": ("行", "row"),
    "column_employee_id": ("工号", "id"),
    # ── batches ───────────────────────────────────────────────────────────────────────────
    "batch_pause": ("批次 {batch} 已暂停。", "Batch {batch} waits."),
    "batch_resume": ("批次 {batch} 继续。", "Batch {batch} goes on."),
    "batch_cancel": (
        "批次 {batch} 已取消,报告随后写出。",
        "Batch {batch} is cancelled; its report follows.",
    ),
    # ── stats ─────────────────────────────────────────────────────────────────────────────
    "stats_alert": (
        "注意:{inbox} 在 {hour} 起的一小时内低质量照片 {low},往常 {usual}",
        "Look: in {inbox}, in the hour from {hour}, {low} are of low quality; usual is {usual}",
    ),
    "stats_periods": ("按时间(照片收到的时间)", "By time of admission"),
    "stats_inboxes": ("按收件夹", "By inbox"),
    "stats_quality": ("质量(不同引擎不混合)", "Quality (engines are never mixed)"),
    "stats_reasons": ("原因(未完成的照片)", "Reasons (of photos that were not simply done)"),
    # ── webhooks ──────────────────────────────────────────────────────────────────────────
    "column_webhook": ("webhook", "webhook"),
    "column_message": ("消息", "message"),
    "column_event": ("事件", "event"),
    "column_attempts": ("次数", "attempts"),
    "column_arrived": ("送达", "arrived"),
    "column_stranded": ("未送达", "stranded"),
    "column_last_ok": ("上次成功", "last taken"),
    "column_address": ("地址", "address"),
    "column_status": ("状态码", "status"),
    "column_answer": ("回应", "answer"),
    "endpoint_new": ("未用过", "new"),
    "endpoint_ok": ("正常", "ok"),
    "endpoint_failing": ("失败中", "failing"),
    "endpoint_disabled": ("已停用", "switched off"),
    "delivery_pending": ("待发", "to be sent"),
    "delivery_delivered": ("送达", "arrived"),
    "delivery_exhausted": ("放弃", "given up"),
    "delivery_disabled": ("等待启用", "waits for enable"),
    "delivery_discarded": ("已丢弃", "discarded"),
    "webhook_took": ("{name} 收下了(HTTP {status})。", "{name} took it (HTTP {status})."),
    "webhook_refused": (
        "{name} 没有收下:{error}(HTTP {status})。",
        "{name} did not take it: {error} (HTTP {status}).",
    ),
    "webhook_enabled": (
        "{name} 已启用,积压的 {count} 条随后发出。",
        "{name} is switched on; {count} that waited will be sent.",
    ),
    "redelivering": (
        "{count} 条会重新发送(服务运行时)。",
        "{count} will be sent again (while the daemon runs).",
    ),
    "message_or_endpoint": (
        "请给出一个消息编号,或用 --endpoint 指定一个 webhook",
        "name one message, or a webhook with --endpoint",
    ),
    # ── init ──────────────────────────────────────────────────────────────────────────────
    "founded": (
        "已在 {folder} 建好。设置在 {config}。\n下一步:boothd --config {config} run",
        "A booth is at {folder}; its settings are in {config}.\nNext: boothd --config {config} run",
    ),
    # ── drop ──────────────────────────────────────────────────────────────────────────────
    "dropping": ("放入", "dropping"),
    "waiting": ("等待结果", "waiting"),
    "dropped": ("已放入 {count} 张到 {inbox}。", "Dropped {count} photo(s) into {inbox}."),
    "still_waiting": ("{name}:还没有结果({doing})", "{name}: not finished yet ({doing})"),
    "is_it_running": (
        "时限已到。boothd run 在运行吗?照片已在收件夹里,不会丢。",
        "Out of time. Is `boothd run` running? The photos lie in the inbox; nothing is lost.",
    ),
    # ── once ──────────────────────────────────────────────────────────────────────────────
    "working": ("处理", "working"),
    "once_summary": (
        "{done} 张完成,{not_done} 张不合格或待看,{failed} 张失败。",
        "{done} done, {not_done} rejected or to be looked at, {failed} failed.",
    ),
    "bad_set": (
        "--set 要写成 路线.选项=值,不能是 {value}",
        "--set takes route.option=value, not {value}",
    ),
    "set_outside_plan": (
        "--set {value}:计划里没有路线 {route}",
        "--set {value}: the plan does not run {route}",
    ),
    "unknown_route": ("没有名为 {route} 的处理路线", "there is no route {route}"),
    "no_file": ("{path}:没有这个文件", "{path}: there is no such file"),
    # ── compare, embed ────────────────────────────────────────────────────────────────────
    "trusted_match": ("同一个人。", "One person."),
    "trusted_non_match": ("不是同一个人。", "Two different people."),
    "needs_person": ("需要人工核对。", "A person must look."),
    "too_poor": ("照片质量不足,无法判断。", "The photos are too poor to tell."),
    "compare_similarity": (
        "相似度 {similarity}({same} 以上为同一人,低于 {different} 为不同人)",
        "similarity {similarity} (one person from {same}, two below {different})",
    ),
    "compare_photo": (
        "照片 {name}:质量 {quality},人脸 {faces} 张",
        "photo {name}: quality {quality}, {faces} face(s)",
    ),
    "embed_summary": (
        "{dimension} 维;质量 {quality};人脸 {faces} 张",
        "{dimension} numbers; quality {quality}; {faces} face(s)",
    ),
    # ── privacy ───────────────────────────────────────────────────────────────────────────
    "column_class": ("类别", "class"),
    "column_needs": ("需要", "needs"),
    "column_check_digit": ("校验码", "check digit"),
    "column_profiles": ("遮盖方案", "profiles"),
    "column_type": ("类型", "type"),
    "needs_mask": ("–", "–"),
    "needs_context": ("附近有提示词", "a word near it"),
    "needs_profile": ("–", "–"),
    "needs_off": ("由方案点名", "to be named"),
    "no_privacy_profile": ("没有遮盖方案 {profile}", "there is no privacy profile {profile}"),
    "privacy_entities_footnote": (
        "共 {count} 种。提示词和例子见 --json 与 docs/privacy-entities.md。",
        "{count} type(s). Words and patterns: --json; profiles: docs/privacy-entities.md.",
    ),
    "scanning": ("查看", "scanning"),
    "column_page": ("页", "page"),
    "column_count": ("数量", "count"),
    "column_sureness": ("把握", "sureness"),
    "column_box": ("位置(占页面 %)", "where (% of the page)"),
    "type_face": ("人脸", "face"),
    "type_unread": ("读不出的文字", "unread text"),
    "scan_more": ("…另有 {count} 处", "… and {count} more"),
    "scan_page": (
        "第 {page} 页:{lines} 行文字,其中 {unread} 行读不出",
        "page {page}: {lines} line(s) of text, {unread} of them unread",
    ),
    "scan_unseen": (
        "第 {page} 页有内容,但没有看到文字:无法保证",
        "page {page}: there is something on it and no text was seen; nothing is vouched for",
    ),
    "scan_carried": ("文件还带有:{what}", "the file also carries: {what}"),
    "scan_not_walked": (
        "这种格式或这个文件没有从头到尾检查,可能还带有别的",
        "this file was not walked to its end; it may carry more",
    ),
    "scan_name": (
        "文件名里也有号码;privacy.mask_name 会遮盖它",
        "there are numbers in the file's name, too; privacy.mask_name masks them",
    ),
    "scan_clean": (
        "按 {profile} 没有发现需要遮盖的内容。",
        "Nothing that {profile} covers was found.",
    ),
    "scan_found": (
        "按 {profile} 会遮盖 {count} 处;人脸 {faces},条码 {codes},读不出的文字 {unread}。",
        "{profile} covers {count} place(s); faces {faces}, codes {codes}, unread text {unread}.",
    ),
    "carried_metadata": ("元数据", "metadata"),
    "carried_second_picture": ("缩略图或其他图片", "a thumbnail or another picture"),
    "carried_trailing": ("结尾之后的数据", "data behind its end"),
    "carried_active": ("文字层、附件或脚本", "text, attachments or scripts"),
    "carried_profile": ("颜色配置", "a colour profile"),
    "carried_alpha": ("透明通道", "transparency"),
    "carried_unreferenced": ("无人引用的数据", "data that nothing points to"),
    # ── presets, idphoto ──────────────────────────────────────────────────────────────────
    "column_key": ("代号", "key"),
    "column_size_mm": ("毫米", "mm"),
    "column_size_px": ("像素", "pixels"),
    "column_dpi": ("dpi", "dpi"),
    "column_kb": ("文件KB", "file KB"),
    "column_background": ("背景", "background"),
    "column_head": ("头高占比", "head"),
    "column_retouch": ("修图", "edits"),
    "column_confidence": ("依据", "confidence"),
    "presets_footnote": (
        "共 {count} 种。* 没有机构公布,只提醒不退回;… 别的颜色也可以;– 没有规定。",
        "{count} rule(s). * advice, never rejects; … other colours will do, too; – no rule.",
    ),
    "no_preset": ("没有规格 {preset}", "there is no preset {preset}"),
    "key_alone": ("给出规格时不能再加筛选", "KEY and --country or --search exclude each other"),
    "see_presets": (";boothd presets 列出全部", "; boothd presets lists them"),
    "preset_country": ("国家/地区", "country"),
    "preset_px_rule": ("像素规定", "pixels are"),
    "preset_eye_line": ("眼睛距下边", "eyes above the lower edge"),
    "preset_top_margin": ("头顶留白", "room above the head"),
    "preset_glasses": ("眼镜", "glasses"),
    "preset_format": ("格式", "format"),
    "preset_source": ("来源", "source"),
    "preset_notes": ("说明", "notes"),
    "preset_uncertain": ("不确定的项目", "less sure"),
    "preset_aliases": ("也叫", "also called"),
    "preset_ambiguous": ("容易混淆", "taken for"),
    "parse_unparsed": ("没看懂", "not understood"),
    "check_passed": (
        "符合 {preset}(依据:{source})。",
        "Meets {preset} (source: {source}).",
    ),
    "check_failed": (
        "不符合 {preset}(依据:{source})。",
        "Does not meet {preset} (source: {source}).",
    ),
    # ── parity ────────────────────────────────────────────────────────────────────────────
    "comparing": ("比较", "comparing"),
    "column_limit": ("允许", "limit"),
    "parity_skipped": ("跳过 {name}:{why}", "skipped {name}: {why}"),
    "parity_no_network": ("本版本没有这个模型", "this version does not have its network"),
    "parity_none": ("{folder} 里没有可以比较的数据。", "There is nothing to compare in {folder}."),
    "parity_summary": ("{good} 项一致,{failed} 项不一致。", "{good} agree, {failed} do not."),
    # ── demo ──────────────────────────────────────────────────────────────────────────────
    "demo_starting": (
        "照相亭在 {folder} 启动,面板:http://127.0.0.1:{port}",
        "Starting a booth in {folder}; its panel: http://127.0.0.1:{port}",
    ),
    "demo_not_ours": (
        "{folder} 里有别的东西;请用 --dir 选一个空文件夹",
        "{folder} holds something else; choose an empty folder with --dir",
    ),
    "demo_unfinished": ("{count} 张没有等到结果。", "{count} photo(s) did not finish in time."),
    "demo_done": (
        "前后对照在 {folder}/before-after,原因写在照片旁的 .why.txt。",
        "Before and after: {folder}/before-after; reasons lie beside the photos (.why.txt).",
    ),
    # ── jobs, queue ───────────────────────────────────────────────────────────────────────
    "ordered_retry": (
        "已登记:任务 {job} 将重新处理(boothd run 在运行时马上执行)。",
        "Noted: job {job} will run again (at once while `boothd run` is up).",
    ),
    "ordered_cancel": (
        "已登记:任务 {job} 将取消(boothd run 在运行时马上执行)。",
        "Noted: job {job} will be called off (at once while `boothd run` is up).",
    ),
    "column_looks": ("正在查看", "looked at by"),
    "review_waiting": ("{count} 张等待决定。", "{count} waiting."),
    "reviewed_accept": (
        "已登记:接受 {job}(boothd run 在运行时马上执行)。",
        "Noted: {job} is accepted (carried out at once while `boothd run` is up).",
    ),
    "reviewed_reject": (
        "已登记:退回 {job}(boothd run 在运行时马上执行)。",
        "Noted: {job} is turned down (carried out at once while `boothd run` is up).",
    ),
    "reviewed_redo": (
        "已登记:重做 {job}(boothd run 在运行时马上执行)。",
        "Noted: {job} is done again (at once while `boothd run` is up).",
    ),
    "paused": ("已暂停 {scope};正在处理的会做完。", "{scope} is on hold; photos in hand finish."),
    "resumed": ("已恢复 {scope}。", "{scope} goes on."),
    "not_paused": ("{scope} 没有暂停。", "{scope} was not on hold."),
    # ── check ─────────────────────────────────────────────────────────────────────────────
    "level_ok": ("正常", "ok     "),
    "level_warn": ("注意", "warning"),
    "level_error": ("错误", "error  "),
    "check_good": ("没有发现问题。", "Nothing is wrong."),
    "check_bad": ("有 {count} 个问题需要处理。", "{count} problem(s) to be mended."),
    # ── db, fsck ──────────────────────────────────────────────────────────────────────────
    "db_none": (
        "还没有数据库 {path}(boothd run 会建立)。",
        "There is no database {path} yet (`boothd run` makes it).",
    ),
    "db_old": (
        "数据库版本 {revision},需要 {head};boothd run 或 db upgrade 会升级(先备份)。",
        ("The database has schema {revision}, wanted {head}; `boothd run` or `db upgrade` "
        "upgrades it after a backup."),
    ),
    "db_current": ("数据库 {path} 版本 {revision},正常。", "Database {path}: schema {revision}."),
    "db_upgraded": ("数据库 {path} 已升级到 {revision}。", "{path} now has schema {revision}."),
    "rebuilt": (
        "补写 {added} 条记录,已有 {known} 条,无法读取 {unreadable} 个文件。",
        "{added} row(s) written again, {known} known already, {unreadable} file(s) unreadable.",
    ),
    "disagreement": ("{kind}  {what}  {detail}", "{kind}  {what}  {detail}"),
    "fsck_good": ("文件夹与数据库一致。", "Folders and database agree."),
    "fsck_bad": ("有 {count} 处不一致。", "{count} disagreement(s)."),
}  # fmt: skip


def text(key: str, language: Language, **facts: object) -> str:
    """The words of that key with their facts filled in."""
    return _TEXTS[key][0 if language == "zh" else 1].format(**facts)
