"""Help for every command and option, in Chinese and English; the first line is the short one.

Looked up by ``command``, ``command sub-command``, ``command --option``, else ``--option``.
"""

from __future__ import annotations

from collections.abc import Mapping

from daemon.domain.language import Language

_HELP: Mapping[str, tuple[str, str]] = {
    "boothd": (
        (
            "照相亭:把照片放进文件夹,取回修好的照片。\n\n"
            "配置文件:--config,否则 $BOOTHD_CONFIG,否则 ./boothd.yaml。\n\n"
            "退出状态:0 正常;1 有问题;2 用法有误;3 有照片不合格或待看;4 有照片失败;"
            "74 磁盘或数据库不可用;75 稍后再试;78 配置有误。"
        ),
        (
            "A photo booth: drop photos into folders, get them back restored.\n\n"
            "Configuration: --config, else $BOOTHD_CONFIG, else ./boothd.yaml.\n\n"
            "Exit status: 0 fine; 1 something is wrong; 2 called wrongly; 3 photos were rejected "
            "or want review; 4 photos failed; 74 disk or database cannot be used; 75 try again "
            "later; 78 the configuration must be mended."
        ),
    ),
    "boothd --config": ("配置文件", "The configuration file."),
    "boothd --version": ("显示版本后退出", "Show the version and exit."),
    "--help": ("显示帮助后退出", "Show this page and exit."),
    "--json": (
        "以 JSON 输出数据(标准输出,每行一个对象)",
        "Data as JSON on standard output, one object a line.",
    ),
    "init": (
        "新建一个照相亭:设置、文件夹、使用说明。\n\n不覆盖任何已有文件。",
        "Make a booth: settings, folders, a page for the clerk.\n\nNothing is overwritten.",
    ),
    "init --language": (
        "原因和面板使用的语言(默认 zh)",
        "Language of reasons and of the panel (default: zh).",
    ),
    "run": (
        "运行服务,直到收到停止信号。",
        "Run the daemon until it is told to stop.",
    ),
    "run --panel": ("是否同时启动管理面板", "Whether to serve the panel beside it."),
    "check": (
        "检查配置、文件夹、磁盘和数据库,一次列出所有问题。",
        "Show the settings in effect and everything that is wrong, in one run.",
    ),
    "drop": (
        "把照片安全地复制进收件夹。\n\n先写临时文件再改名,处理程序不会看到半个文件。",
        (
            "Copy photos into an inbox, safely.\n\nA part file first, then a rename: nobody ever "
            "sees half a photo."
        ),
    ),
    "drop --instruct": ("给每张照片附一行说明", "One line of instruction for every photo."),
    "drop --wait": (
        "等到每张照片都有结果;退出状态 0、3、4",
        "Wait until each photo has its verdict; exit status 0, 3 or 4.",
    ),
    "drop --timeout": (
        "最多等这么多秒,到时退出 75(与 --wait 同用)",
        "Wait so many seconds at most, then exit 75 (with --wait).",
    ),
    "once": (
        (
            "直接处理几张照片:不用服务,不用数据库。权重取自配置所指的模型库;没有配置就只有内置引擎。\n\n"
            "PLAN 是路线,多个用逗号连接。退出状态:0 全部完成,3 有不合格或待看,4 有失败。"
        ),
        (
            "Process a few photos right here: no daemon, no database. Weights come from the model "
            "store of the configuration; without one there are the embedded engines alone.\n\n"
            "PLAN is a route, or several joined by commas. Exit status: 0 all done, 3 some were "
            "rejected or want review, 4 some failed."
        ),
    ),
    "once --out": ("结果放到哪里", "Where results go."),
    "once --set": ("设置选项,可重复:路线.选项=值", "An option, repeatable: route.option=value."),
    "once --instruct": ("一行说明", "One line of instruction."),
    "jobs": ("查看任务,重新处理,取消。", "Look at jobs, run one again, call one off."),
    "jobs list": ("列出任务,最新的在前。", "List jobs, newest first."),
    "jobs list --state": ("只看这些状态,可重复", "Only these states, repeatable."),
    "jobs list --inbox": ("只看这个收件夹", "Only this inbox."),
    "jobs list --limit": ("最多列出几条", "At most so many."),
    "jobs list --before": ("从这个任务往前看(翻页)", "Older than this job (the next page)."),
    "jobs show": ("显示一个任务的全部信息。", "Everything about one job."),
    "jobs retry": (
        "让已结束的任务重新处理。",
        "Run an ended job again: its original goes back into the inbox.",
    ),
    "jobs cancel": ("取消还没做完的任务;原图保留。", "Call a job off; its original is kept."),
    "review": (
        "待人工的照片:查看、接受、重做、退回。",
        "Photos that wait for a person: look, accept, do again, turn down.",
    ),
    "review list": ("列出等待决定的照片,最早的在前。", "List photos that wait, oldest first."),
    "review list --inbox": ("只看这个收件夹", "Only this inbox."),
    "review list --code": ("只看有这个代码的", "Only with this code among the reasons."),
    "review list --limit": ("最多列出几条", "At most so many."),
    "review list --after": ("从这个任务往后看(翻页)", "Behind this job (the next page)."),
    "review accept": (
        "接受候选结果:放入 out/,原图归档。",
        "Accept the candidate: it goes to out/, the original to the archive.",
    ),
    "review reject": (
        "退回照片,写明原因。",
        "Turn the photo down; the reason goes into the text beside it.",
    ),
    "review reject --code": ("原因", "Why."),
    "review reject --note": (
        "备注,写进说明文件;DECLINED_OTHER 必须填写",
        "Your own words; needed with DECLINED_OTHER.",
    ),
    "review redo": (
        "用别的步骤、选项或要求重做;没有写的保持不变。",
        "Do it again with other routes, options or words; what is left out stays.",
    ),
    "review redo --plan": ("步骤,逗号分隔", "Routes, joined by commas."),
    "review redo --set": (
        "设置选项,可重复:路线.选项=值",
        "An option, repeatable: route.option=value.",
    ),
    "review redo --instruct": ("一行说明", "One line of instruction."),
    "webhooks": (
        "查看 webhook 和发出的消息,试发,重发,启用。",
        "Look at webhooks and what they were told; try, send again, switch on.",
    ),
    "webhooks list": (
        "列出每个 webhook 的情况;给出名称时列出发给它的消息。",
        "How every webhook does; with a name, the messages for it, newest first.",
    ),
    "webhooks list --messages": ("列出所有 webhook 的消息", "Messages, of all webhooks."),
    "webhooks list --state": (
        "只列出这些状态的消息(可重复)",
        "Only messages like that (repeatable).",
    ),
    "webhooks list --limit": ("最多列出几条", "At most so many messages."),
    "webhooks show": (
        "显示一条消息:内容和每次尝试。",
        "One message: what it says, and every attempt to deliver it.",
    ),
    "webhooks test": (
        "立即向一个 webhook 试发 webhook.ping;退出状态 1 表示没有收下。",
        "Send webhook.ping to a webhook now; exit status 1 if it is not taken.",
    ),
    "webhooks redeliver": (
        "重新发送一条消息,或一个 webhook 未送达的消息。\n\n编号不变,接收方可以据此去重。",
        (
            "Send a message again, or those of a webhook that never arrived.\n\n"
            "Ids stay the same, so that receivers can tell."
        ),
    ),
    "webhooks redeliver --endpoint": ("这个 webhook 的消息", "Messages of this webhook."),
    "webhooks redeliver --since": (
        "从这个时间起(本地时间)",
        "Announced then or later (local time).",
    ),
    "webhooks redeliver --until": (
        "到这个时间为止(本地时间)",
        "Announced before then (local time).",
    ),
    "webhooks redeliver --all": ("已送达的也重发", "Also those that arrived."),
    "webhooks enable": (
        "启用一个被停用的 webhook,发送积压的消息。",
        "Switch a webhook on again and send what waited for it.",
    ),
    "batches": ("查看批次,暂停,恢复,取消。", "Look at batches; pause, resume or cancel one."),
    "batches list": ("列出批次和进度,最新的在前。", "List batches and how far they are."),
    "batches list --limit": ("最多列出几个", "At most so many."),
    "batches list --before": ("从这个批次往前看(翻页)", "Older than this batch (the next page)."),
    "batches show": ("显示一个批次:每个人的状态。", "One batch: every person and their photos."),
    "batches pause": (
        "暂停一个批次;正在处理的照片会做完。",
        "Let a batch wait; what is being worked on is finished.",
    ),
    "batches resume": ("恢复一个暂停的批次。", "Let a paused batch go on."),
    "batches cancel": (
        "取消一个批次:没开始的不再处理,原图保留,照常出报告。",
        "Stop a batch: what has not begun is called off and kept; the report follows.",
    ),
    "queue": ("暂停和恢复处理。", "Pause and resume."),
    "queue pause": (
        "暂停整个队列,或一个收件夹。",
        "Hand out no more photos: the whole queue, or one inbox.",
    ),
    "queue pause --why": ("原因,会显示在面板上", "Why, shown on the panel."),
    "queue pause --for": ("这么多秒后自动恢复", "Go on by itself after so many seconds."),
    "queue resume": ("恢复整个队列,或一个收件夹。", "Go on: the whole queue, or one inbox."),
    "stats": (
        "各收件夹的情况和近日统计:数量、质量、原因、用时。",
        "What is in each inbox, and lately: how many photos, how good, why not, how long.",
    ),
    "stats --days": ("统计最近几天", "Count over so many days."),
    "stats --hours": ("统计最近几小时(代替 --days)", "Count over so many hours instead of days."),
    "stats --inbox": ("只看这个收件夹,可重复", "Only this inbox, repeatable."),
    "fsck": (
        "核对文件夹与数据库是否一致。\n\n只看不改,可以在服务运行时使用。",
        "Do folders and database agree?\n\nOnly looks; can run beside the daemon.",
    ),
    "fsck --rebuild": (
        "用原图旁的记录补写数据库",
        "Write missing rows again from the records beside the originals.",
    ),
    "db": ("数据库升级和备份。", "The database's schema and backups."),
    "db upgrade": ("升级数据库(先备份)。", "Bring the schema up to date, a backup first."),
    "db backup": ("现在备份,输出备份文件的位置。", "Back up now; prints where the backup is."),
    "panel": ("单独运行管理面板。", "Serve the admin panel in a process of its own."),
    "panel set-password": (
        "设置登录面板的密码(从终端或标准输入读取)。",
        "Set a password for the panel; it is asked for, or read from standard input.",
    ),
    "panel set-password --role": (
        "viewer 只能查看,operator 还能操作",
        "viewer may look, operator may also act.",
    ),
    "worker": (
        "单独运行工作进程(排查问题用)。",
        "Run a worker on its own, speaking its protocol over the pipes (for diagnosis).",
    ),
    "presets": (
        (
            "列出证件照规格:尺寸、文件大小、背景、头部比例、能否修图。\n\n"
            "KEY 是代号或名称:显示这一个规格的全部规定和来源。"
        ),
        (
            "ID photo rules: sizes, file, background, head, whether edits are allowed.\n\n"
            "With KEY, a key or a name: everything that one rule says and who published it."
        ),
    ),
    "presets --country": ("只看这个国家:代码或名称", "Only this country: its code or its name."),
    "presets --search": ("只看名称中有这些字的", "Only rules whose names hold these words."),
    "idphoto": (
        "证件照:试读一句说明,检查一张现成的照片。",
        "ID photos: try out an instruction, check a finished photo.",
    ),
    "idphoto check": (
        (
            "按规格测量一张现成的证件照,不做任何修改。\n\n"
            "符合规格时退出码为 0,否则为 3。最终由受理机关决定。"
        ),
        (
            "Measure a finished ID photo against a rule; nothing is edited.\n\n"
            "Ends with 0 where it meets the rule, else 3. The authority has the last word."
        ),
    ),
    "idphoto check --preset": ("规格的代码或名称", "Key or name of the rule."),
    "idphoto check --background": (
        "应有的背景颜色(默认:规格允许的颜色中最接近的)",
        "The background it must have (default: the nearest that the rule allows).",
    ),
    "idphoto parse": (
        (
            "一句说明会被怎样理解:要求、提醒、没看懂的部分。\n\n"
            "只看不做;与照片旁的说明、文件名方括号里的文字用的是同一套规则。"
        ),
        (
            "How an instruction is understood: wishes, warnings, and what was not.\n\n"
            "Nothing is done. Notes beside a photo and brackets in its name are read the same way."
        ),
    ),
    "idphoto parse --lang": (
        "用中文还是英文回答(默认按系统语言)",
        "Answer in Chinese or English (default: the locale's).",
    ),
    "privacy": (
        "隐私遮盖:认识哪些号码,一个文件里有哪些。",
        "Privacy masking: which numbers it knows, and which of them are in a file.",
    ),
    "privacy entities": (
        "列出隐私遮盖认识的号码类型,以及哪些方案会遮盖它。",
        "List the types of numbers that privacy masking knows, and which profiles cover them.",
    ),
    "privacy scan": (
        (
            "看一个文件里有什么会被遮盖:号码、人脸、条码,以及元数据。\n\n"
            "只报告类型和位置,从不显示内容;不写任何文件。"
            "退出状态:0 没有发现,3 有发现,4 文件读不了。"
        ),
        (
            "Report what privacy masking would cover in a file, numbers to metadata.\n\n"
            "Types and places, never values; nothing is written. "
            "Exit status: 0 nothing found, 3 something found, 4 the file cannot be read."
        ),
    ),
    "privacy scan --profile": (
        "遮盖方案,包括配置中自定义的(默认 all_digits)",
        "The profile, one of your own too (default: all_digits).",
    ),
    "privacy entities --profile": (
        "只列出这个方案会遮盖的类型",
        "Only types which this profile covers.",
    ),
    "compare": (
        "两张照片是不是同一个人,结论可不可靠。\n\n可靠的结论退出码为 0;需要人看或照片太差为 3。",
        "Are two photos of one person? Is that sure?\n\nEnds with 0 for a trusted answer, else 3.",
    ),
    "embed": ("输出照片中最大人脸的特征向量。", "Print the vector of a photo's largest face."),
    "models": (
        "模型文件:查看、下载、导入、核对。\n\n除这里的 pull 以外,boothd 从不下载任何模型。",
        (
            "Weight files: which are here; fetch, import, verify.\n\n"
            "Nothing but `pull` ever fetches a model."
        ),
    ),
    "models list": (
        (
            "列出目录中的模型:状态、大小、能否商用、许可、用途。\n\n"
            "只看名称、长度和时间;要核对内容请用 verify。"
        ),
        (
            "The models of the catalogue: state, size, commercial use, licence, purpose.\n\n"
            "By name, length and time alone; `verify` reads them."
        ),
    ),
    "models path": (
        "输出一个可用模型文件的位置。",
        "Where a usable file lies; ends with 1 and the mending command where none does.",
    ),
    "models verify": (
        (
            "读完每个文件并核对 sha256;不带 KEY 时核对所有现有的文件。\n\n"
            "没有公布校验和的文件:第一次见到时记下,以后照此核对。"
        ),
        (
            "Read files whole and compare their sha256; without KEY, all that are here.\n\n"
            "A sum that nobody publishes is recorded when first seen and compared ever after."
        ),
    ),
    "models pull": (
        (
            "下载模型:从断点继续,一个地址不行就换下一个,核对 sha256。\n\n"
            "需要代理时设置环境变量 HTTPS_PROXY。"
        ),
        (
            "Fetch models: goes on where it stopped, tries every mirror, compares sha256.\n\n"
            "Through a proxy where HTTPS_PROXY names one."
        ),
    ),
    "models import": (
        "从一个文件夹导入模型文件(离线时使用),按校验和、名称和文件夹辨认。",
        "Copy weight files from a folder, known by sum, name and folder; needs no network.",
    ),
    "--accept-licence": (
        "接受所显示的许可(只需一次,会记下时间和登录名)",
        "Accept the licences that are shown; once, recorded with time and login.",
    ),
    "--replace": (
        "替换位置上不对的文件",
        "Replace a file that is not the right one.",
    ),
    "parity": (
        "核对模型的计算结果与参考数值是否一致。\n\n全部一致时退出码为 0。",
        "Do the networks compute what the reference computes? Ends with 0 only if all do.",
    ),
    "bench": ("测量速度,与目标对照。", "Measure speed against the targets."),
    "bench --files": ("一次放入多少文件来测吞吐", "How many files are dropped at once."),
    "bench --drops": ("逐个放入多少文件来测延迟", "How many files are dropped one by one."),
    "bench --engines": ("是否也测处理引擎", "Whether to measure the engines, too."),
    "demo --dir": ("在哪个文件夹里演示(会清空上次的演示)", "Where (an earlier demo is cleared)."),
    "demo --photos": ("用这个文件夹里的照片", "Take the photos of this folder."),
    "demo --timeout": ("最多等这么多秒", "Wait so many seconds at most."),
    "demo": ("用示例照片演示整个过程。", "Show the whole path on sample photos."),
}

# Paragraphs that start with \b keep their lines.
EPILOGS: Mapping[str, str] = {
    "boothd": "\b\nboothd init /srv/booth\nboothd --config /srv/booth/boothd.yaml run",
    "init": "\b\nboothd init /srv/booth --language en",
    "run": "\b\nboothd run\nBOOTHD__PANEL__PORT=9000 boothd run",
    "check": "\b\nboothd check\nboothd check --json | python3 -m json.tool",
    "drop": (
        "\b\nboothd drop restore scans/*.jpg --wait\n"
        'boothd drop restore grandma.jpg --instruct "keep the frame"'
    ),
    "once": (
        "\b\nboothd once restore old.jpg --out restored/\n"
        "boothd once restore *.png --out restored/ --set restore.strength=0.8 --json"
    ),
    "jobs list": "\b\nboothd jobs list --state failed --state review\nboothd jobs list --json",
    "jobs show": "\b\nboothd jobs show 018bcfe568001a2b3c4d5e",
    "review": "\b\nboothd review list",
    "review list": "\b\nboothd review list --inbox gate --json",
    "review accept": "\b\nboothd review accept 018bcfe568001a2b3c4d5e",
    "review reject": (
        '\b\nboothd review reject 018bcfe568001a2b3c4d5e --code DECLINED_POSE --note "eyes closed"'
    ),
    "review redo": ("\b\nboothd review redo 018bcfe568001a2b3c4d5e --set restore.strength=0.4"),
    "webhooks": "\b\nboothd webhooks list",
    "webhooks list": ("\b\nboothd webhooks list\nboothd webhooks list hr --state exhausted --json"),
    "webhooks show": "\b\nboothd webhooks show msg_0123456789abcdef0123456789abcdef",
    "webhooks test": "\b\nboothd webhooks test hr",
    "webhooks redeliver": (
        "\b\nboothd webhooks redeliver msg_0123456789abcdef0123456789abcdef\n"
        "boothd webhooks redeliver --endpoint hr --since 2026-01-31"
    ),
    "webhooks enable": "\b\nboothd webhooks enable hr",
    "batches": "\b\nboothd batches list",
    "batches pause": "\b\nboothd batches pause 018bcfe568001a2b3c4d5e",
    "batches resume": "\b\nboothd batches resume 018bcfe568001a2b3c4d5e",
    "batches cancel": "\b\nboothd batches cancel 018bcfe568001a2b3c4d5e",
    "batches list": "\b\nboothd batches list\nboothd batches list --json",
    "batches show": "\b\nboothd batches show 018bcfe568001a2b3c4d5e --json",
    "queue pause": (
        '\b\nboothd queue pause --why "disk is being replaced"\n'
        "boothd queue pause restore --for 3600"
    ),
    "queue resume": "\b\nboothd queue resume",
    "panel set-password": "\b\nboothd panel set-password alice --role viewer",
    "stats": "\b\nboothd stats --days 30\nboothd stats --hours 24 --inbox gate --json",
    "fsck": "\b\nboothd fsck\nboothd fsck --rebuild",
    "presets": ("\b\nboothd presets\nboothd presets us_visa\nboothd presets --country JP --json"),
    "privacy entities": (
        "\b\nboothd privacy entities\nboothd privacy entities --profile personal --json"
    ),
    "privacy scan": (
        "\b\nboothd privacy scan contract.pdf\n"
        "boothd privacy scan contract.pdf --profile personal --json"
    ),
    "privacy": "\b\nboothd privacy entities\nboothd privacy scan contract.pdf",
    "idphoto": '\b\nboothd idphoto parse "one inch, white background"',
    "idphoto check": (
        "\b\nboothd idphoto check photo.jpg --preset cn_1in\n"
        "boothd idphoto check photo.jpg --preset us_visa --json"
    ),
    "idphoto parse": (
        '\b\nboothd idphoto parse "蓝底一寸,排一张6寸,要裁剪线"\n'
        'boothd idphoto parse "us passport photo, smooth the skin" --json'
    ),
    "compare": "\b\nboothd compare badge.jpg gate.jpg\nboothd compare badge.jpg gate.jpg --json",
    "embed": "\b\nboothd embed badge.jpg --json",
    "models": "\b\nboothd models list",
    "models list": "\b\nboothd models list\nboothd models list gfpgan-1.4 --json",
    "models pull": (
        "\b\nboothd models pull gfpgan-1.4 realesrgan-x4plus --accept-licence\n"
        "HTTPS_PROXY=http://proxy.example:3128 boothd models pull detection-resnet50"
    ),
    "models import": "\b\nboothd models import /media/stick/weights --accept-licence",
    "models verify": "\b\nboothd models verify\nboothd models verify gfpgan-1.4 --json",
    "models path": "\b\nboothd models path gfpgan-1.4",
    "parity": "\b\nboothd parity fixtures/\nboothd parity fixtures/ --json",
    "bench": "\b\nboothd bench\nboothd bench --no-engines --json",
    "demo": "\b\nboothd demo\nboothd demo --dir /tmp/demo --photos ~/Pictures",
    "db backup": "\b\nboothd db backup",
}


def help_text(key: str, language: Language) -> str:
    """The help of that key, or nothing."""
    return _HELP[key][0 if language == "zh" else 1] if key in _HELP else ""


def keys() -> frozenset[str]:
    """Everything there is help for."""
    return frozenset(_HELP)
