"""What the doctor says, zh and en; a key with ``!`` is the sentence for anything but ok."""

from __future__ import annotations

from collections.abc import Mapping

_SENTENCES: Mapping[str, tuple[str, str]] = {
    "sqlite.version": ("SQLite {version}。", "SQLite {version}."),
    "sqlite.version!": (
        "SQLite {version} 有已知的数据损坏缺陷,请安装带 3.53 以上版本的 pysqlite3。",
        "SQLite {version} has a known corruption bug; install a pysqlite3 with 3.53 or later.",
    ),
    "webhook.unsigned!": (
        "webhook {name} 没有 secret_file:消息不签名,接收方无法确认来源。",
        "Webhook {name} has no secret_file: nothing is signed, so anybody could say the same.",
    ),
    "webhook.address": (
        "webhook {name}:{place} 可以连接。",
        "Webhook {name}: {place} may be connected to.",
    ),
    "webhook.address!": (
        "webhook {name}:不允许连接 {place}({detail});内网地址要写进它的 allow。",
        "Webhook {name}: {place} is not connected to ({detail}); list an office address in allow.",
    ),
    "webhook.name!": (
        "webhook {name}:{place} 现在没有地址({detail})。",
        "Webhook {name}: {place} has no address now ({detail}).",
    ),
    "inotify.limit": (
        "inotify:最多 {watches} 个监视、{instances} 个实例。",
        "inotify: up to {watches} watches and {instances} instances.",
    ),
    "inotify.limit!": (
        (
            "inotify 上限太低({watches} 个监视、{instances} 个实例),文件夹多时只能定时扫描;"
            "请调高 fs.inotify.max_user_watches。"
        ),
        (
            "The inotify limits are low ({watches} watches, {instances} instances): many folders "
            "will be scanned only. Raise fs.inotify.max_user_watches."
        ),
    ),
    "state.network!": (
        "{path} 在网络文件系统上;数据库必须放在本地磁盘,请设置 state。",
        "{path} is on a network filesystem; the database needs a local disk: set `state`.",
    ),
    "state.write!": (
        "无法写入 {path}({errno})。",
        "{path} cannot be written to ({errno}).",
    ),
    "disk.free": (
        "{place} 剩余空间 {free} MiB({path})。",
        "{place}: {free} MiB free ({path}).",
    ),
    "disk.free!": (
        "{place} 剩余空间只有 {free} MiB(要求 {least} MiB),队列会暂停:{path}。请清理磁盘。",
        "{place}: only {free} MiB free, {least} wanted, so the queue is held: {path}. Free space.",
    ),
    "disk.free_unknown!": (
        "无法查询 {path} 的剩余空间({errno})。",
        "The free space of {path} cannot be found out ({errno}).",
    ),
    "engine.card": (
        "有 {count} 块 NVIDIA 显卡,engines.device 为 {device};能否使用由工作进程启动时说明。",
        (
            "{count} NVIDIA card(s) here, engines.device is {device}; whether torch can use it the "
            "worker says at its start."
        ),
    ),
    "engine.card!": (
        (
            "engines.device 为 {device},但这里有 {count} 块 NVIDIA 显卡(从 0 数起):"
            "工作进程无法启动。请改为 auto 或 cpu。"
        ),
        (
            "engines.device is {device}, but there are {count} NVIDIA cards here, counted from 0: "
            "the worker cannot start. Set it to auto or cpu."
        ),
    ),
    "engine.card_memory!": (
        (
            "使用显卡时 worker.memory_mib 为 {memory} 偏小:显卡的库约占 4 GiB。"
            "建议 {wanted},worker.recycle_mib 为 {recycle}。"
        ),
        (
            "worker.memory_mib is {memory}, little for a worker with a GPU, whose libraries take "
            "some 4 GiB: {wanted} is a start, with worker.recycle_mib {recycle}."
        ),
    ),
    "engine.card_torch!": (
        (
            "engines.device 为 {device},但没有安装 torch(gpu 附加包):工作进程无法启动。"
            "请安装,或改为 auto。"
        ),
        (
            "engines.device is {device}, but torch is not installed (the gpu extra): the worker "
            "cannot start. Install it, or set it to auto."
        ),
    ),
    "engine.rts": (
        "找到 RTS 模型文件 {path};首次使用时自检。",
        "RTS: weights at {path}; its self-test runs at the first use.",
    ),
    "engine.rts_calibration": (
        "RTS:{path},评分校准 {id} 有效。",
        "RTS: weights at {path}, score calibrated ({id}).",
    ),
    "engine.rts_calibration!": (
        "RTS:{path} 自检未通过({id}),既不评分也不比对,改用内置引擎。详见旁边的 .calibration.json。",
        (
            "RTS: the self-test of {path} refused it ({id}): it neither rates nor compares faces, "
            "the embedded engine does. The file .calibration.json beside it says why."
        ),
    ),
    "engine.rts_missing!": (
        "engines.prefer 为 gpu,但没有 RTS 模型文件 {path},改用内置引擎。",
        "engines.prefer is gpu, but there are no RTS weights at {path}: the embedded engine works.",
    ),
    "model.verified": (
        "模型 {model}:摘要与公布的相符,供引擎 {engines} 使用;许可:{licence}。",
        "Model {model}: its sum is the published one; for {engines}; licence: {licence}.",
    ),
    "model.unverified": (
        "模型 {model}:没有公布的摘要,或尚未核对(boothd models verify);供引擎 {engines} 使用。",
        "Model {model}: no published sum, or not compared (boothd models verify); for {engines}.",
    ),
    "model.unused": (
        "模型 {model}:这个版本没有引擎使用它。",
        "Model {model}: no engine of this version takes it.",
    ),
    "model.wrong!": (
        "模型 {model} 的文件 {path} 不能用({code}),引擎 {engines} 不会采用;请运行 {command}。",
        "Model {model}: {path} cannot be used ({code}), so {engines} does without; run {command}.",
    ),
    "model.terms!": (
        "模型 {model} 的许可({licence})还没有人接受,引擎 {engines} 不会采用;请运行 {command}。",
        (
            "Model {model}: nobody accepted its licence ({licence}), so {engines} does without; "
            "run {command}."
        ),
    ),
    "model.barred!": (
        "模型 {model} 不会采用:许可({licence})不允许商业使用(engines.allow_noncommercial)。",
        (
            "Model {model} is left out: its licence ({licence}) does not allow commercial use, "
            "and engines.allow_noncommercial is false."
        ),
    ),
    "models.lock!": (
        "模型目录的记录 {path} 已损坏,所有需要权重的引擎都停用;请从备份恢复。",
        "The store's memory {path} is damaged: no engine takes weights; bring it from a backup.",
    ),
    "models.torch!": (
        "模型目录中有 {count} 个可用的模型,但没有安装 torch(gpu 附加包):改用内置引擎。",
        (
            "{count} models are ready, but torch is not installed (the gpu extra): the embedded "
            "engines work."
        ),
    ),
    "models.asked!": (
        (
            "engines.prefer 为 gpu,但以下任务没有可用的权重,改用内置引擎:{tasks}。"
            "见 boothd models list。"
        ),
        (
            "engines.prefer is gpu, but there are no usable weights for: {tasks}. The embedded "
            "engines do without; see boothd models list."
        ),
    ),
    "inbox.missing!": (
        "收件夹 {inbox} 不可用:{path}({errno})。请创建它或挂载共享。",
        "Inbox {inbox} cannot be used: {path} ({errno}). Create it, or mount the share.",
    ),
    "inbox.probe!": (
        "收件夹 {inbox} 无法试用:{path}。",
        "Inbox {inbox} could not be tried out: {path}.",
    ),
    "inbox.mount": (
        "收件夹 {inbox}:{fstype}({source}),方式 {mode}。",
        "Inbox {inbox}: {fstype} ({source}), noticed by {mode}.",
    ),
    "inbox.mount_below": (
        "收件夹 {inbox} 下另有挂载 {path}({fstype}),按它自己的方式处理。",
        "Below inbox {inbox} {path} is mounted ({fstype}); it is treated by its own kind.",
    ),
    "inbox.events_on_share!": (
        "收件夹 {inbox} 在 {fstype} 上,内核不会通知远端写入;请去掉 mode: events。",
        (
            "Inbox {inbox} is on {fstype}, where the kernel does not tell of remote writes; "
            "leave `mode: events` out."
        ),
    ),
    "inbox.cache!": (
        "收件夹 {inbox} 的属性缓存为 {cache} 秒,文件要等两倍时间;建议挂载时加 actimeo=1。",
        (
            "Inbox {inbox} caches attributes for {cache} s and files wait twice that; "
            "mount it with actimeo=1."
        ),
    ),
    "inbox.list!": (
        "无法列出收件夹 {inbox}({errno}):{path}。",
        "Inbox {inbox} cannot be listed ({errno}): {path}.",
    ),
    "inbox.rename": (
        "收件夹 {inbox} 可以取走文件。",
        "Files can be taken out of inbox {inbox}.",
    ),
    "inbox.rename!": (
        (
            "收件夹 {inbox} 不允许移走文件({errno}),照片会留在原处,只记账处理;"
            "如不希望这样,请给予写权限。"
        ),
        (
            "Inbox {inbox} does not let files be moved ({errno}): photos stay there and are kept "
            "track of. Give write permission if that is not wanted."
        ),
    ),
    "inbox.delete!": (
        "收件夹 {inbox} 不允许删除文件({errno});试用文件可能留下。",
        "Files cannot be deleted in inbox {inbox} ({errno}); the trial file may remain.",
    ),
    "inbox.noreplace": (
        "收件夹 {inbox} 支持不覆盖改名。",
        "Inbox {inbox} can rename without replacing.",
    ),
    "inbox.noreplace!": (
        "收件夹 {inbox} 不支持不覆盖改名,改用硬链接或先查后改。",
        "Inbox {inbox} cannot rename without replacing in one step; links or a check are used.",
    ),
    "inbox.lease": (
        "收件夹 {inbox} 可以准确判断文件是否仍在写入。",
        "In inbox {inbox} it can be told exactly whether a file is still being written.",
    ),
    "inbox.lease!": (
        "收件夹 {inbox} 不支持租约,只能靠等待判断文件是否写完。",
        "Inbox {inbox} knows no leases: files are waited for instead.",
    ),
    "inbox.case": (
        "收件夹 {inbox} 不区分大小写,A.JPG 与 a.jpg 视为同名。",
        "Inbox {inbox} ignores case: A.JPG and a.jpg are one name.",
    ),
    "inbox.accents": (
        "收件夹 {inbox} 不区分组合与分解的重音字符。",
        "Inbox {inbox} takes composed and decomposed accents for one name.",
    ),
    "inbox.clock!": (
        "收件夹 {inbox} 的时钟相差 {skew} 秒;不影响处理,但记录的时间会有偏差。",
        "The clock of inbox {inbox} is {skew} s off; photos are safe, times in records are not.",
    ),
    "inbox.fsync!": (
        "收件夹 {inbox} 拒绝同步文件夹,断电后可能要重做几张照片。",
        "Inbox {inbox} refuses to sync folders: after a power cut a few photos are done again.",
    ),
    "output.missing!": (
        "{inbox} 的输出文件夹不存在:{path}。请创建它或挂载共享。",
        "The output folder of {inbox} is missing: {path}. Create it, or mount the share.",
    ),
    "output.write": (
        "{inbox} 的输出文件夹({role})可写。",
        "The output folder of {inbox} ({role}) can be written to.",
    ),
    "output.write!": (
        "无法写入 {inbox} 的输出文件夹({role},{errno}):{path}。",
        "The output folder of {inbox} ({role}) cannot be written to ({errno}): {path}.",
    ),
    "output.noreplace!": (
        "{inbox} 的输出文件夹不支持不覆盖改名,请勿让其他程序写入:{path}。",
        (
            "The output folder of {inbox} cannot rename without replacing; let nobody else write "
            "there: {path}."
        ),
    ),
    "part.hung!": (
        "{part}:{limit} 秒内没有应答(网络共享断开时会这样);其余检查不受影响。请检查该共享的连接。",
        (
            "{part}: no answer within {limit} s, as a share does that is away; the rest was looked "
            "at. See whether the share is connected."
        ),
    ),
    "part.died!": (
        "{part}:检查中断,原因见 boothd check 的输出。",
        "{part}: the check broke off; the output of boothd check says why.",
    ),
    "folders.overlap!": (
        "{one} 与 {other} 是同一个或相互包含的文件夹:{path};结果会被再次取入。",
        (
            "{one} and {other} are one folder, or one lies in the other: {path}. Results would be "
            "taken in again."
        ),
    ),
}


def sentence(key: str, language: str, level: str, **facts: object) -> str:
    """The sentence for a finding."""
    spoken = key if level == "ok" else f"{key}!"
    zh, en = _SENTENCES.get(spoken) or _SENTENCES[f"{key}!"]
    return (zh if language == "zh" else en).format(**facts)
