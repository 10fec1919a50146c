"""What settings mean, in Chinese; English is the settings' reference (``docs/settings.md``).

A setting that is not here reads in English. Keys have ``[]`` where a list has its numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from admin.wording_options import option_meaning

MEANINGS: Mapping[str, str] = {
    "root": "照片亭的文件夹;相对于配置文件。",
    "state": "数据库、暂存和模型所在的本地文件夹;默认 <root>/.boothd。绝不能放在网络共享上。",
    "language": "原因和面板的语言:zh 或 en。",
    # ── inboxes ───────────────────────────────────────────────────────────────────────────
    "inboxes[].name": "inbox/、out/、rejected/ 等下面的文件夹名;字母、数字、点、横线、下划线。",
    "inboxes[].plan": "依次执行的步骤。",
    "inboxes[].options": "各步骤的选项。",
    "inboxes[].path": "收件夹的位置,如果不在 <root>/inbox/<name>,例如挂载的共享。",
    "inboxes[].out": "结果放在哪里,如果不在 <root>/out/<name>。",
    "inboxes[].priority": "优先级高的照片先处理。",
    "inboxes[].paused": "不从这个文件夹收取。",
    "inboxes[].mode": "auto(按挂载类型)、events(事件)或 scan(扫描)。",
    "inboxes[].scan_s": "有动静时每隔几秒扫描一次;没有动静时逐渐放慢到 60 秒。",
    "inboxes[].settle_s": "文件要静止多少秒才收取;默认按挂载类型(关闭后 0.3,本地 2,网络 5)。",
    "inboxes[].sidecar_s": "等照片旁边的 PHOTO.jpg.txt 或 PHOTO.jpg.yaml 多少秒;0 为不等。",
    "inboxes[].ready_marker": "等每张照片旁边出现空文件 PHOTO.jpg.ready 才收取。",
    "inboxes[].ledger": "文件留在原处(用于不允许改名的共享):auto、always、never。",
    "inboxes[].max_depth": "比这更深的子文件夹不看。",
    "inboxes[].ignore": "另外跳过的文件名模式(通配符,不分大小写)。",
    "inboxes[].accept_anyway": "虽在内置跳过名单里仍要收取的文件名(通配符)。",
    "inboxes[].duplicates": "内容、方案、选项都相同时:process 再处理,reuse 用旧结果,refuse 拒绝。",
    "inboxes[].language": "这个收件夹的原因用什么语言;默认与照片亭相同。",
    "inboxes[].batches": "把 zip 或带名单表格的文件夹当作一个批次。",
    "inboxes[].batch_quiet_s": "文件夹多少秒没有新文件才算一个完整的批次。",
    "inboxes[].batch_names": "批次结果的文件名;花括号里:employee_id、name、preset、background 等。",
    # ── rules ─────────────────────────────────────────────────────────────────────────────
    "rules": "收件夹方案的例外;先符合的生效。",
    "rules[].inbox": "属于哪个收件夹。",
    "rules[].match": "收件夹内路径的通配符(scans/**)。",
    "rules[].regex": "收件夹内路径的正则表达式。",
    "rules[].min_bytes": "只用于至少这么大的文件。",
    "rules[].max_bytes": "只用于至多这么大的文件。",
    "rules[].sidecar": "只用于有(true)或没有(false)附带说明的照片。",
    "rules[].plan": "代替收件夹方案的步骤。",
    "rules[].options": "各步骤的选项,优先于收件夹的。",
    "rules[].priority": "代替收件夹的优先级。",
    # ── engines, limits, intake ───────────────────────────────────────────────────────────
    "engines.device": "auto、cpu 或 cuda:N。",
    "engines.prefer": "auto:有 GPU 且权重核对无误时用 GPU 引擎。",
    "engines.allow_noncommercial": "允许使用许可禁止商用的模型。",
    "engines.precision": "GPU 引擎的精度;fp16 更快。CPU 总是用 fp32 计算。",
    "engines.threads": "引擎用的 CPU 线程数;0 为全部核心。",
    "engines.lanes": "同时围绕引擎处理的照片数;0:CPU 上一张,有 GPU 时四张。",
    "engines.linger_ms": "一张照片的人脸等待另一张照片的人脸、合为一批送入 GPU 的毫秒数。",
    "engines.gpu_memory_limit_mib": "工作进程可用的显存(MiB),一半用于权重;0 为全部。",
    "limits.max_bytes": "文件最大字节数。",
    "limits.max_pixels": "一张图片最多的像素数(一亿二千万:一亿像素相机的照片可以放下)。",
    "limits.max_side_px": "长边最多像素。",
    "limits.min_side_px": "短边最少像素。",
    "limits.max_pages": "多页文件最多处理几页。",
    "intake.incomplete_s": "图片最后一次变化后这么久仍不完整,就以 TRUNCATED 失败。",
    "intake.empty_s": "文件这么久仍是空的,就以 EMPTY 失败。",
    "intake.max_wait_s": "等待超过这么久的文件会报警(仍继续等)。",
    "intake.batch": "一次收取多少个文件。",
    "intake.max_ahead": "同时收取并等待的照片最多多少张;其余留在收件夹里。",
    "intake.canary_s": "每隔几秒放一张测试图,测量多久发现新文件,随即删除;0 为不测。",
    # ── queue and worker ──────────────────────────────────────────────────────────────────
    "queue.max_attempts": "任务最多尝试几次。",
    "queue.lease_s": "领取后这么久没有续期就收回。",
    "queue.in_flight": "同时交给工作进程的任务数;0:8 个,有 GPU 时 24 个。多出的只是等待。",
    "worker.memory_mib": "工作进程超过这么多内存就被终止,任务算一次尝试。",
    "worker.recycle_jobs": "处理这么多任务后换一个新的工作进程。",
    "worker.recycle_mib": "空闲的工作进程占用这么多内存时换新的。",
    "worker.step_s": "一个步骤超过这么久就当作卡住。",
    "worker.step_adaptive": "超过平时最长用时的十倍也当作卡住(至少 30 秒)。",
    "worker.boot_s": "工作进程必须在这段时间内报到。",
    "worker.heartbeat_s": "心跳间隔秒数;连续四次没有就当作卡住。",
    "worker.restart_max_s": "反复崩溃时两次重启之间最长等多久(从 1 秒起,每次加倍)。",
    "worker.breaker_crashes": "两分钟内崩溃这么多次就暂停队列一段时间。",
    # ── output, retention, schedule ───────────────────────────────────────────────────────
    "output.overwrite": "同名文件直接替换,而不是加编号。",
    "output.keep_gps": "结果里保留原图的 GPS 信息。",
    "output.keep_thumbnail": "保留内嵌的缩略图(它显示的是处理前的样子)。",
    "retention.archive_days": "完成的照片,原图保留几天;0 为永久。",
    "retention.failed_days": "退回和失败的照片保留几天;0 为永久。",
    "retention.jobs_days": "任务记录保留几天;0 为永久。",
    "retention.deliveries_days": "通知记录保留几天。",
    "retention.backups": "保留几份数据库备份。",
    "retention.min_free_mib": "可用空间低于此数时暂停队列,并提前删除最旧的存档。",
    "retention.evict_archive": "空间不足时提前删除最旧的原图存档。",
    "schedule.retention": "删除超过保留期的内容。",
    "schedule.backup": "备份数据库。",
    "schedule.integrity": "检查数据库是否损坏。",
    "schedule.sweep": "清除遗留的临时文件和暂存文件夹。",
    # ── panel and API ─────────────────────────────────────────────────────────────────────
    "panel.host": "监听的地址。",
    "panel.port": "监听的端口。",
    "panel.password_file": (
        "姓名、角色和密码摘要的文件(boothd panel set-password 写入);默认 "
        "<state>/panel.accounts。有了账户后面板就要求密码;监听本机以外的地址时必须有账户。"
    ),
    "panel.trusted_hosts": "除 localhost 外,可以用哪些名字和地址访问面板,不带端口。",
    "panel.is_https": "面板只经 HTTPS 访问(反向代理):会话 cookie 不经其他方式发送。",
    "panel.upload_mib": "浏览器一次投放的照片合计最多多少 MiB。",
    "panel.session_h": "多少小时后必须重新登录。",
    "api.inbox": "调用没有指明时照片进哪个收件夹;默认第一个。",
    "api.sync_timeout_s": "同步调用最多等照片多少秒,然后返回任务。",
    "api.max_side_px": "同步调用的照片长边最多像素;更大的用异步调用。",
    "api.max_bytes": "一次调用的照片最多字节数。",
    "api.queue_limit": "等待的照片超过这个数时,让调用稍后再来(503,Retry-After)。",
    "api.waiters": "同时等待照片的调用数;再多的立即返回。",
    "api.calls_per_minute": "一个令牌(或没有令牌的一个地址)每分钟最多调用几次;0 为不限。",
    "api.max_batch_bytes": "一次调用的批次压缩包最多字节数。",
    "api.tokens": "谁可以调用。没有令牌时只有本机可以,而且只在面板不要求密码期间。",
    "api.tokens[].name": "操作记录里的称呼。",
    "api.tokens[].sha256": "令牌的 SHA-256(十六进制);令牌至少 32 个随机字节。",
    "api.tokens[].scopes": "可以做什么:submit、read、ask、metrics、review。",
    "api.tokens[].callback_secret_file": "给这个程序的回调签名用的 whsec_ 密钥文件;没有就不签名。",
    "api.callbacks": "调用的 callback 可以指向哪里。没有就都不接受。",
    "api.callbacks[].origin": "协议、主机和端口:https://shop.example。",
    "api.callbacks[].tokens": "只用于这些令牌;没有写就用于全部。",
    "api.callbacks[].file_name": "怎样称呼照片:plain 原名,hashed 摘要,none 不写。",
    "api.callbacks[].allow": "非公开的地址,各带端口,与 webhooks 里相同。",
    "api.callbacks[].ca_file": "自己的证书机构(PEM),对这个地址只信任它。",
    "api.callbacks[].timeout_s": "一次尝试总共几秒;其中连接最多 5 秒。",
    "api.callbacks[].concurrency": "每个令牌同时送达几个。",
    # ── webhooks ──────────────────────────────────────────────────────────────────────────
    "webhooks": "事件通知哪些地址。",
    "webhooks[].name": "接收方在列表和命令里的称呼;默认用主机名。",
    "webhooks[].url": "POST 到哪里:https;allow 里的地址也可以用 http。",
    "webhooks[].events": "通知哪些事件:photo.done、photo.rejected、photo.review、photo.failed 等。",
    "webhooks[].inboxes": "只通知这些收件夹的事件;没有写就通知全部。",
    "webhooks[].secret_file": "签名用的 whsec_ 密钥文件(更换时可有两行);没有就不签名,谁都能冒充。",
    "webhooks[].payload": "附带图片:none 不附,thumbnail 缩略图(256 像素),original 原图。",
    "webhooks[].max_picture_kib": "大于此数的图片不附带,并在事件里说明。",
    "webhooks[].file_name": "怎样称呼照片:plain 原名,hashed 摘要,none 不写。",
    "webhooks[].allow": "非公开的地址,各带端口:192.168.1.20:8080、10.0.0.0/8:443。",
    "webhooks[].ca_file": "自己的证书机构(PEM),对这个接收方只信任它。",
    "webhooks[].timeout_s": "一次尝试总共几秒;其中连接最多 5 秒。",
    "webhooks[].concurrency": "同时向这个接收方送达几个。",
    # ── the rest ──────────────────────────────────────────────────────────────────────────
    "logging.level": "debug、info、warning 或 error。",
    "logging.format": "json、console,或 auto:在终端上用 console。",
    "privacy.profiles": "自己的 profile,按名字;内置的照样可用。",
    "development.failpoints": "听从 BOOTHD_FAILPOINT(在指定的地方终止进程)。",
    "development.routes": "一个 Python 模块,其 ROUTES 表加入工作进程。",
}

# Of profiles of the quality gate, which the reference has no rows for: Chinese, English.
_PROFILES: Mapping[str, tuple[str, str]] = {
    "like": (
        "以哪个标准为基础;新标准不填则为 lenient。",
        "Profile it starts from; default: lenient.",
    ),
    "min_score": (
        "低于这个分数但不到退回线的,由人来看。",
        "Photos that score less want a person's look.",
    ),
}
_NUMBER = re.compile(r"\[\d+\]")
_OPTION = re.compile(r"(?:inboxes|rules)\[\d+\]\.options\.(\w+)\.(\w+)")
_PROFILE = re.compile(r"quality\.profiles\.[^.]+\.(like|min_score)")
_GAUGE = re.compile(r"quality\.profiles\.[^.]+\.(?:reject|warn)\.(\w+)")


def setting_meaning(
    key: str, english: str, words: Mapping[str, str], language: str
) -> tuple[str, str]:
    """What a setting means, and in which language that is said.

    Args:
        key: Its path.
        english: What the reference says; may be empty.
        words: Every word of the language.
        language: ``zh`` or ``en``.
    """
    if (found := _GAUGE.fullmatch(key)) is not None:
        return words.get(f"gauge_{found[1]}", english), language
    if (found := _PROFILE.fullmatch(key)) is not None:
        return _PROFILES[found[1]][0 if language == "zh" else 1], language
    if (found := _OPTION.fullmatch(key)) is not None:
        return option_meaning(found[1], found[2], language, english)
    told = MEANINGS.get(_NUMBER.sub("[]", key)) if language == "zh" else None
    return (english, "en") if told is None else (told, "zh")
