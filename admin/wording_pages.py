"""Words of the pages Compare, Doctor, Engines, Drop, Inboxes and Settings."""

from __future__ import annotations

from collections.abc import Mapping

PAIRS: Mapping[str, tuple[str, str]] = {
    # ── several of these pages ────────────────────────────────────────────────────────────
    "look_again": ("重新检查", "Look again"),
    "look_now": ("立即检查", "Look now"),
    "asked_at": ("检查时间", "Looked at"),
    "ago": ("{span}前", "{span} ago"),
    "part": ("部分", "Part"),
    "result": ("结果", "Result"),
    "operators_only": ("需要操作员账户。", "This needs an operator's account."),
    # ── compare ───────────────────────────────────────────────────────────────────────────
    "compare": ("比对", "Compare"),
    "compare_title": ("比对两张照片", "Compare two photos"),
    "compare_intro": (
        "看两张照片是否为同一个人。每边上传一张照片,或填写一个任务编号。",
        "Are two photos of one person? Send a photo for each side, or name a job.",
    ),
    "compare_kept": (
        (
            "上传的照片只在面板内存中保留十分钟,用来和结果一起显示;磁盘上只保留到得出结果为止。"
            "操作记录只写明有人做过比对,不写结果。"
        ),
        (
            "What you send stays in the panel's memory for ten minutes, to be shown beside the "
            "answer; on disk only until the worker has answered. The audit says that somebody "
            "compared, not what came out."
        ),
    ),
    "compare_limit": ("每张不超过 {mib} MiB。", "{mib} MiB each at most."),
    "side_a": ("照片 A", "Photo A"),
    "side_b": ("照片 B", "Photo B"),
    "photo_file": ("照片文件", "Photo"),
    "or_job": ("或任务编号", "Or a job's id"),
    "which_picture": ("用任务的哪张图", "Which picture of the job"),
    "compare_now": ("比对", "Compare them"),
    "compare_again": ("比对另外两张", "Compare two others"),
    "compare_forget": ("立即清除", "Forget it now"),
    "compare_waiting": ("正在比对……", "Comparing …"),
    "compare_busy": (
        "处理进程完成手头的照片后就会比对;本页会自动刷新。",
        "The worker comes to it after the photo it has in hand; this page looks again by itself.",
    ),
    "compare_gone": (
        "这次比对已清除(保留十分钟),或不属于您的账户。",
        "That comparison is forgotten (they are kept for ten minutes), or not yours.",
    ),
    "compare_failed": ("没有结果", "No answer"),
    "said_forgotten": ("照片和结果已清除。", "The photos and the answer are forgotten."),
    "choose_photo": ("请选择照片或填写任务编号。", "Choose a photo, or name a job."),
    "choose_one": (
        "照片和任务编号只能选一种。",
        "A photo or a job, not both.",
    ),
    "no_such_job": ("任务编号是 22 位十六进制数字。", "A job's id is 22 hexadecimal digits."),
    "job_has_none": ("这个任务没有这张图。", "That job has no such picture."),
    "answer": ("结论", "Answer"),
    "trusted_match": ("是同一个人。", "One person."),
    "trusted_non_match": ("不是同一个人。", "Two different people."),
    "needs_person": ("需要人工核对。", "A person must look."),
    "too_poor": ("照片质量不足,无法判断。", "The photos are too poor to tell."),
    "means_trusted_match": (
        "两张照片质量都足够,相似度达到同一人的界线。",
        "Both photos are good enough, and their similarity is past the line for one person.",
    ),
    "means_trusted_non_match": (
        "两张照片质量都足够,相似度低于不同人的界线。",
        "Both photos are good enough, and their similarity is below the line for two people.",
    ),
    "means_needs_person": (
        "照片或相似度不足以自动下结论,请人工判断。",
        "The photos or their similarity do not carry an answer by themselves; look yourself.",
    ),
    "means_too_poor": (
        "至少一张照片说明不了任何问题,请换更清晰的照片。",
        "At least one photo says nothing about who is in it; use a better one.",
    ),
    "similarity": ("相似度", "Similarity"),
    "threshold": ("界线", "Lines"),
    "threshold_told": (
        "{same} 以上为同一人,低于 {different} 为不同人,两者之间由人判断",
        "one person from {same}, two below {different}, a person decides in between",
    ),
    "threshold_source": ("界线的依据", "Where the lines come from"),
    "quality": ("质量", "Quality"),
    "faces": ("人脸数", "Faces"),
    "face_marked": ("已标出人脸和五个特征点", "the face and its five points are marked"),
    "no_face": ("没有找到人脸", "no face was found"),
    "photo_hidden": (
        "浏览器无法显示这种格式,结果不受影响。",
        "A browser cannot show this format; the answer stands all the same.",
    ),
    "weakest": ("最弱的一项", "Weakest part"),
    "weakest_confidence": ("是否为人脸", "whether it is a face"),
    "weakest_size": ("人脸大小", "size of the face"),
    "weakest_sharp": ("清晰度", "sharpness"),
    "weakest_half": ("半边清晰度", "sharpness of one half"),
    "weakest_motion": ("运动模糊", "motion blur"),
    "weakest_noise": ("噪点", "noise"),
    "weakest_pixel": ("马赛克", "pixelation"),
    "weakest_patch": ("遮挡", "something in front of it"),
    "weakest_compression": ("压缩痕迹", "compression"),
    "weakest_dark": ("过暗", "too dark"),
    "weakest_bright": ("过亮", "too bright"),
    "weakest_contrast": ("对比度", "contrast"),
    "weakest_illumination": ("光线不均", "uneven light"),
    "weakest_colour": ("偏色", "colour cast"),
    "weakest_pose": ("角度", "pose"),
    "band_reject": ("不合格", "not usable"),
    "band_good": ("好", "good"),
    "band_usable": ("可用", "usable"),
    "band_poor": ("差", "poor"),
    # ── doctor ────────────────────────────────────────────────────────────────────────────
    "doctor": ("体检", "Doctor"),
    "doctor_intro": (
        "与 boothd check 相同的检查,由独立进程执行:某个网络共享断开时只影响它自己那一项。",
        (
            "The same as boothd check, by a process of its own: a share that hangs holds up its "
            "own part and nothing else."
        ),
    ),
    "doctor_never": ("还没有检查过。", "Nobody has looked yet."),
    "doctor_running": ("正在检查(已 {span})……", "Looking, for {span} so far …"),
    "doctor_took": ("用时 {span}", "took {span}"),
    "doctor_cut": (
        "检查在时限内没有结束,已被终止:读取设置时可能就卡在了断开的共享上。",
        (
            "It did not come to an end in time and was stopped: reading the settings may already "
            "hang on a share that is away."
        ),
    ),
    "doctor_well": ("没有发现问题。", "Nothing is wrong."),
    "doctor_errors": ("{n} 项必须处理", "{n} must be mended"),
    "doctor_warnings": ("{n} 项值得注意", "{n} worth a look"),
    "doctor_good": ("{n} 项正常", "{n} in order"),
    "doctor_file": ("配置文件现在的错误", "Mistakes in the configuration file as it is now"),
    "doctor_none": (
        "面板不知道配置文件在哪里,不能检查。",
        "The panel does not know its configuration file, so it cannot look.",
    ),
    "doctor_start_failed": ("无法启动检查。", "The check cannot be started."),
    "level_error": ("错误", "error"),
    "level_warn": ("注意", "warning"),
    "level_ok": ("正常", "in order"),
    "db_current": (
        "数据库结构是最新的({revision})。",
        "The database's schema is current ({revision}).",
    ),
    "db_old": (
        "数据库结构 {revision} 需要升级到 {head}:运行 boothd db upgrade。",
        "The database's schema {revision} is older than {head}: run boothd db upgrade.",
    ),
    "db_none": ("还没有数据库。", "There is no database yet."),
    "said_doctor": ("已开始检查。", "The doctor is looking."),
    "said_doctor_busy": ("检查正在进行。", "The doctor is looking already."),
    # ── engines ───────────────────────────────────────────────────────────────────────────
    "task": ("任务类型", "Task"),
    "engines_intro": (
        "处理进程现在使用的引擎。权重文件的摘要每个进程核对一次。",
        "The engines the worker uses now. Weight files are held to their digests once a process.",
    ),
    "engines_waiting": ("正在询问处理进程……", "The worker is being asked …"),
    "engines_away": ("没有答案", "No answer"),
    "engines_old": ("以下是较早的答案。", "What follows is an earlier answer."),
    "does": ("作用", "What it does"),
    "licence": ("许可", "Licence"),
    "commercial": ("商业使用", "Business use"),
    "commercial_yes": ("允许", "allowed"),
    "commercial_no": ("不允许", "not allowed"),
    "commercial_conditional": ("附条件", "conditional: read the terms"),
    "commercial_unsettled": ("不明确,请先询问", "not settled: ask first"),
    "commercial_unknown": ("见 docs/licences.md", "see docs/licences.md"),
    "weights": ("权重", "Weights"),
    "no_weights": ("不需要", "needs none"),
    "weights_verified": ("摘要相符", "digest verified"),
    "weights_unproven": ("没有公布的摘要可核对", "no published digest to hold it to"),
    "device": ("设备", "Device"),
    "memory": ("内存", "Memory"),
    "gpu_memory": ("显存", "GPU memory"),
    "engine_loaded": ("已加载", "loaded"),
    "engine_idle": ("需要时加载", "loads when asked for"),
    "engine_missing": ("缺失", "missing"),
    "engine_refused": ("自检未通过", "refused by its self-test"),
    "engine_left": ("未采用", "not taken"),
    "used_by": ("用于", "Used by"),
    "questions_word": ("比对和提问", "comparisons and questions"),
    "nobody": ("没有", "nobody"),
    "calibration": ("校准", "Calibration"),
    "calibration_told": (
        "{id}:清晰 {clean},模糊 {blurred},马赛克 {mosaic}",
        "{id}: clean {clean}, blurred {blurred}, mosaic {mosaic}",
    ),
    "why_refused": ("原因:{refusal}", "because of: {refusal}"),
    "refusal_no_number": ("网络没有给出数值", "the network gave no number"),
    "refusal_order": (
        "清晰、模糊、马赛克的次序不对",
        "clean, blurred and mosaic are not in order",
    ),
    "refusal_gap": ("清晰与马赛克相差太小", "clean is hardly better than mosaic"),
    "refusal_unsteady": ("同一张脸的分数不稳定", "the same face is scored unsteadily"),
    "brought_title": ("需要自备的权重", "Weights that people bring themselves"),
    "brought_note": (
        "这个版本不自动下载任何模型:下列文件放到指定位置、重启后即被采用(docs/engines.md)。",
        (
            "This version fetches no model by itself: a file in its place is taken after the next "
            "start (docs/engines.md)."
        ),
    ),
    "belongs": ("文件位置", "Where the file belongs"),
    "shelf_title": ("模型目录", "The model store"),
    "shelf_note": (
        "需要权重的引擎能用的模型;没有时由内置引擎处理。下载和导入:boothd models(docs/models.md)。",
        (
            "The models that engines with weights can use. Without them the embedded engines do "
            "the work; boothd models fetches or imports them (docs/models.md)."
        ),
    ),
    "shelf_missing": ("{n} 个还没有的模型", "{n} models that are not here"),
    "shelf_empty": ("模型目录中没有文件。", "No file lies in the store."),
    "model": ("模型", "Model"),
    "model_present": ("摘要相符", "verified"),
    "model_unverified": ("未经核实", "unverified"),
    "model_wrong": ("不是正确的文件", "wrong"),
    "model_half": ("不完整", "incomplete"),
    "model_missing": ("没有", "not here"),
    "model_unused": ("这个版本没有引擎使用它", "no engine of this version takes it"),
    "model_barred": (
        "许可不允许商业使用(engines.allow_noncommercial 为 false)",
        "its licence allows no business use (engines.allow_noncommercial is false)",
    ),
    "model_terms": ("还没有人接受它的许可", "nobody accepted its licence"),
    "model_unread": (
        "使用前会读完整个文件核对",
        "read to its end before it is used, or by boothd models verify",
    ),
    "terms_accepted": ("许可已接受", "accepted"),
    "terms_open": ("许可未接受", "not accepted"),
    "is_there": ("已放入", "there"),
    "is_not_there": ("没有", "not there"),
    "does_find_faces": ("找人脸和五个特征点", "finds faces, with five points"),
    "does_restore_face": ("修复人脸", "restores faces"),
    "does_parse_face": ("分辨脸上的各个部分", "tells the parts of a face apart"),
    "does_enlarge_background": ("放大整张照片", "enlarges the whole photo"),
    "does_identity": ("辨认是否同一人", "tells people apart"),
    "does_judge": ("第二个人脸检测,用于复核", "a second detector, to check the first"),
    "does_assess_face": ("辨认人,并给照片可信度打分", "tells people apart and scores each picture"),
    "does_find_occlusion": ("看脸被什么挡住", "sees what hides a face"),
    "does_rate_face": ("给人脸清晰程度打分", "scores how good a face is"),
    "does_matting": ("把人从背景中抠出", "cuts people out of their background"),
    "does_read_text": ("识别文字", "reads text"),
    "does_find_codes": ("找二维码和条码", "finds QR codes and barcodes"),
    "does_sweep_faces": ("不漏任何一张脸的检测", "looks for faces so that none is missed"),
    "does_sweep_faces_again": ("再查一遍遗漏的脸", "looks once more for faces that were missed"),
    # ── drop ──────────────────────────────────────────────────────────────────────────────
    "drop_options": ("选项:{route}", "Options: {route}"),
    "drop_options_for": (
        "用于收件夹 {inboxes}。留空则用收件夹的设置。",
        "For {inboxes}. What is left empty stays as the inbox has it.",
    ),
    "as_inbox": ("按收件夹设置", "as the inbox has it"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "drop_check": ("试读要求", "Check the instruction"),
    "drop_check_note": (
        "试读会重新载入页面,请先试读,再选照片。",
        "Checking loads the page again: check first, then choose photos.",
    ),
    "understood": ("理解为", "Understood as"),
    "nothing_understood": ("没有可执行的内容。", "Nothing in it can be carried out."),
    "not_understood": ("没有看懂", "Not understood"),
    "remarks": ("说明", "Remarks"),
    "reads_no_words": (
        "收件夹 {inbox} 的方案({plan})不读要求;要求会随照片记录,但不执行。",
        (
            "The plan of {inbox} ({plan}) reads no instructions: the words stay with the photo, "
            "and nothing is done about them."
        ),
    ),
    "drop_one_line": ("要求只能是一行,最多 {most} 个字。", "One line, {most} characters at most."),
    "drop_unknown_option": (
        "收件夹 {inbox} 的方案里没有 {route}。",
        "The plan of {inbox} has no {route}.",
    ),
    "drop_not_a_number": ("请填数字。", "Give a number."),
    "drop_progress": ("上传进度", "Sending"),
    "drop_sent": ("已送达", "sent"),
    "drop_refused": ("未送达", "not sent"),
    "drop_follow": ("查看处理进度", "Follow these photos"),
    "dropped_title": ("投放的照片", "Dropped photos"),
    "dropped_told": ("{over} / {n} 已结束", "{over} of {n} have ended"),
    "dropped_all": ("全部结束。", "All have ended."),
    "dropped_none": (
        "面板不再跟踪这些照片(重启或超过一天);任务列表里仍能找到。",
        (
            "The panel no longer follows these photos (it was restarted, or a day has passed); the "
            "list of jobs still has them."
        ),
    ),
    "dropped_wait": ("等待收取", "waits to be taken in"),
    "drop_more": ("再投放一些", "Drop more"),
    # ── why a file waits ──────────────────────────────────────────────────────────────────
    "waits_temp_name": ("还是临时文件名", "it still has a temporary name"),
    "waits_not_regular": ("不是普通文件", "it is no regular file"),
    "waits_empty": ("还是空的", "it is empty so far"),
    "waits_settling": ("等它不再变化", "until it stays the same"),
    "waits_held_by_writer": ("还在被写入", "somebody is writing to it"),
    "waits_incomplete": ("图片还不完整", "the picture is not all there yet"),
    "waits_awaiting_marker": ("等待 .ready 标记", "its .ready marker is missing"),
    "waits_awaiting_sidecar": ("等待附带的说明", "its note may still come"),
    "waits_too_deep": ("文件夹层数太深", "its folder is too deep"),
    "waits_no_permission": ("没有读取权限", "it may not be read"),
    "waits_unreadable": ("读取出错", "it cannot be read"),
    "waits_queue_full": ("队列已满", "the queue is full"),
    "waits_in_line": ("排队等待收取", "others are before it"),
    "waits_disk_low": ("磁盘空间不足", "the disk is nearly full"),
    "waits_already_queued": ("同名同内容的照片正在处理", "the same photo is on its way already"),
    # ── inboxes ───────────────────────────────────────────────────────────────────────────
    "rescan": ("立即扫描", "Scan now"),
    "rescan_of": ("立即扫描 {inbox}", "Scan {inbox} now"),
    "pause_of": ("暂停 {inbox}", "Pause {inbox}"),
    "resume_of": ("恢复 {inbox}", "Resume {inbox}"),
    "held_by": ("{who} 已暂停:{why}", "Held by {who}: {why}"),
    "changes": ("上线和离线记录", "When it came and went"),
    "lasted": ("持续", "Lasted"),
    "until_now": ("至今 {span}", "{span} so far"),
    "canary": ("发现新文件用时", "Time to notice a file"),
    "canary_off": (
        "未测量;设置 intake.canary_s 后定时测量。",
        "Not measured; intake.canary_s has it measured.",
    ),
    "canary_told": (
        "一天内 {n} 次:中位 {median},最慢 {slowest}",
        "{n} in a day: median {median}, slowest {slowest}",
    ),
    "canary_missed": ("{n} 次没有被发现", "{n} were missed"),
    "canary_refused": ("无法写入测试文件", "the test file could not be put down"),
    "canary_out": ("正在测量", "one is out now"),
    "said_rescan": ("已下令扫描。", "It will be scanned."),
    "no_waiting": ("没有等待中的文件。", "No file waits."),
    "most_shown": ("只显示前 {n} 个。", "The first {n} are shown."),
    # ── settings ──────────────────────────────────────────────────────────────────────────
    "set_by": ("来自", "Set by"),
    "from_default": ("默认", "default"),
    "from_file": ("文件第 {place} 行", "line {place} of the file"),
    "from_environment": ("环境变量 {place}", "variable {place}"),
    "settings_file": ("配置文件:{path}", "The file: {path}"),
    "settings_restart": (
        "显示的是面板启动时读到的值;改动配置后重启才会生效。",
        "As read when the panel was started; a change takes effect with the next start.",
    ),
    "only_changed": ("只看改过的", "Only what was changed"),
    "show_all": ("显示全部", "Show everything"),
    "explained": ("说明", "Meaning"),
    "section_other": ("总体", "General"),
}
