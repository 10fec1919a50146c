"""What can be wrong with an engine: a stable word, and how it is told in Chinese and in English.

Raised and told by ``daemon.domain.sayings``. A word never changes its meaning. Quotes (a library's
error, names of entries in a file) stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping

# Word → Chinese, English. A placeholder may hold another saying, or several.
WORDS: Mapping[str, tuple[str, str]] = {
    # ── an engine that cannot be had ──────────────────────────────────────────────────────────
    "no_such_engine": (
        "这项任务没有引擎 '{asked}',可用的是:{names}",
        "there is no engine '{asked}' for this task; there are {names}",
    ),
    "library_missing": (
        "没有安装 {library}:请安装{source}",
        "{library} is not installed: install {source}",
    ),
    "library_unloadable": (
        "{library} 无法加载:请重新安装{source}",
        "{library} cannot be loaded: install {source} again",
    ),
    "gpu_extra": ("附加包 gpu", "the gpu extra"),
    "packages": ("boothd 的依赖包", "the booth's packages"),
    "packages_again": ("boothd 的依赖包(重新安装)", "the booth's packages again"),
    "no_store": (
        "不知道模型库在哪里:它在状态文件夹里,请指明配置文件(boothd --config FILE …)",
        (
            "no model store is known: it lies in a booth's state folder, so name the booth's "
            "configuration (boothd --config FILE …)"
        ),
    ),
    "no_weights": ("模型库里没有权重({command})", "no weights in the model store ({command})"),
    "no_weights_for": (
        "模型库里没有 {missing} 的权重({command})",
        "no weights in the model store for {missing} ({command})",
    ),
    "no_fitting_weights": ("没有可用的权重", "there are no weights for it"),
    "no_gpu": (
        "已有权重,但没有 GPU;设置 engines.prefer: gpu 后可在 CPU 上使用",
        "its weights are here, but no GPU; engines.prefer: gpu takes it on the CPU",
    ),
    "on_cpu_only": (
        "已有权重,但 {library} 在 CPU 上计算;设置 engines.prefer: gpu 后可在 CPU 上使用",
        (
            "its weights are here, but {library} computes on the CPU; engines.prefer: gpu takes it "
            "on the CPU"
        ),
    ),
    "no_torch": (
        "已有权重,但没有 torch:请安装附加包 gpu",
        "its weights are here, but torch is not: install the gpu extra",
    ),
    "other_factor": (
        "放大 {factor} 倍而不是 {wanted} 倍,其余部分用普通缩放",
        "enlarges {factor} times and not {wanted}, the rest is plain resizing",
    ),
    "no_size": (
        (
            "引擎在这里没有 {size_px} 像素的权重,只有 {has}:请让 size_px 保持 auto,"
            "或运行 boothd models list 查找"
        ),
        (
            "the engine has no weights for crops of {size_px} px here, only for {has}: leave "
            "size_px at auto, or look for them with boothd models list"
        ),
    ),
    "no_parser": (
        "mask: parsing 需要人脸解析引擎,但没有:{why}",
        "mask: parsing wants a face parser, and there is none: {why}",
    ),
    "no_occluder": (
        "mask: occlusion 需要能看出遮挡的引擎:{why}",
        "mask: occlusion wants an engine that sees what hides a face: {why}",
    ),
    "no_rater": (
        "没有使用 EQ-Face,因此用它的界限衡量别的引擎的数值:{why}",
        "EQ-Face is not in use, so other engines' numbers are held to its limits: {why}",
    ),
    "cuts_nobody": ("这组引擎不能抠图", "this set of engines cuts nobody out"),
    "reads_no_text": ("这组引擎不能读文字", "this set of engines reads no text"),
    "reads_no_codes": ("这组引擎不能读条码", "this set of engines reads no codes"),
    "covers_no_faces": ("这组引擎不能遮盖人脸", "this set of engines covers no faces"),
    # ── parts of a note ───────────────────────────────────────────────────────────────────────
    "of_engine": ("{engine}:{why}", "{engine}: {why}"),
    "left_out": ("没有使用:{why}", "left out: {why}"),
    "mended_by": ("{what}({command})", "{what} ({command})"),
    "quoted": ("{text}", "{text}"),
    "none": ("没有", "none"),
    "nothing": ("什么也没有", "nothing"),
    "failed_first": (
        "第一张照片之前就失败了:{why}",
        "it failed before its first photo: {why}",
    ),
    "broke_gpu": (
        "有引擎使本进程不能再用 GPU:{why}",
        "an engine broke the GPU for this process: {why}",
    ),
    "cpu_precision": (
        "要求用 {asked},在 CPU 上用 {used} 计算",
        "{asked} was asked for; on the CPU it computes in {used}",
    ),
    "network_precision": (
        "要求用 {asked},这个网络用 {used} 计算",
        "{asked} was asked for; this network computes in {used}",
    ),
    # ── a model that may not or cannot be used; the words are its codes ───────────────────────
    "MODEL_MISSING": ("{model}:文件不在(MODEL_MISSING)", "{model}: MODEL_MISSING"),
    "MODEL_INCOMPLETE": ("{model}:文件不完整(MODEL_INCOMPLETE)", "{model}: MODEL_INCOMPLETE"),
    "MODEL_WRONG_SUM": ("{model}:文件不对(MODEL_WRONG_SUM)", "{model}: MODEL_WRONG_SUM"),
    "MODEL_FOREIGN_FILE": (
        "{model}:它的位置上有别的东西(MODEL_FOREIGN_FILE)",
        "{model}: MODEL_FOREIGN_FILE",
    ),
    "MODEL_NOT_A_FILE": (
        "{model}:由许多文件组成,不能由 boothd 下载(MODEL_NOT_A_FILE)",
        "{model}: MODEL_NOT_A_FILE",
    ),
    "MODEL_NONCOMMERCIAL": (
        (
            "{model}:许可不允许商业使用;只在非商业用途时,设置 engines.allow_noncommercial: true"
            "(MODEL_NONCOMMERCIAL)"
        ),
        "{model}: MODEL_NONCOMMERCIAL",
    ),
    "MODEL_LOCK_DAMAGED": (
        "{model}:模型库的记录无法读取,请从备份恢复它(MODEL_LOCK_DAMAGED)",
        "{model}: MODEL_LOCK_DAMAGED",
    ),
    "LICENCE_NOT_ACCEPTED": (
        "{model}:许可尚未接受(LICENCE_NOT_ACCEPTED)",
        "{model}: LICENCE_NOT_ACCEPTED",
    ),
    "model_trouble": ("{model}:{code}", "{model}: {code}"),
    # ── a package, the card ───────────────────────────────────────────────────────────────────
    "file_missing": (
        "缺少 {path}:请安装 {distribution}",
        "{path} is missing: install the package {distribution}",
    ),
    "file_untested": (
        (
            "{distribution} 的 {path} 不是本版本测试时用的文件(sha256 {found}…,应为 {expected}…):"
            "请安装 constraints.txt 写明的版本"
        ),
        (
            "{path} of {distribution} is not the file this version was tested with (sha256 "
            "{found}…, expected {expected}…): install the version that constraints.txt names"
        ),
    ),
    "facexlib_missing": (
        "没有安装 facexlib:请安装附加包 gpu(pip install 'boothd[gpu]')",
        "facexlib is not installed: install the gpu extra (pip install 'boothd[gpu]')",
    ),
    "facexlib_unloadable": (
        (
            "已安装 facexlib,但它的 {part} 无法加载:请重新安装附加包 gpu"
            "(pip install 'boothd[gpu]' -c constraints.txt)"
        ),
        (
            "facexlib is installed, but its {part} cannot be loaded: install the gpu extra again "
            "(pip install 'boothd[gpu]' -c constraints.txt)"
        ),
    ),
    "codeformer_missing": (
        (
            "CodeFormer 的网络在一个单独的包里,只能用于非商业用途:"
            "pip install -e '.[gpu,codeformer]' -c constraints.txt"
        ),
        (
            "CodeFormer's network lies in a package of its own, for non-commercial use only: "
            "pip install -e '.[gpu,codeformer]' -c constraints.txt"
        ),
    ),
    "matting_missing": (
        "抠图需要 {distribution}:请连同依赖包安装 boothd",
        "matting needs the package {distribution}: install boothd with its dependencies",
    ),
    "matting_unstartable": (
        "已安装 {package},但无法启动:{error}",
        "{package} is installed but does not start: {error}",
    ),
    "portrait_missing": (
        "缺少自检用的人像:请重新安装 scikit-image",
        "the self-test's portrait is missing: install scikit-image again",
    ),
    "portrait_other": (
        "scikit-image 的人像不是自检所用的那一张:请安装 constraints.txt 写明的版本",
        (
            "scikit-image's portrait is not the one the self-test knows: install the version that "
            "constraints.txt names"
        ),
    ),
    "alphabet_other": (
        "{path} 写明 {named} 类,实际有 {classes} 类",
        "{path} names {named} classes and has {classes}",
    ),
    "card_unusable": (
        "torch 不能使用 {device}:请检查 engines.device、nvidia-smi 和附加包 gpu",
        "torch cannot use {device}: look at engines.device, nvidia-smi and the gpu extra",
    ),
    "card_incapable": (
        "torch 不能在这块 GPU 上计算({error}):请检查 engines.device、nvidia-smi 和附加包 gpu",
        (
            "torch cannot compute on this GPU ({error}): look at engines.device, nvidia-smi and "
            "the gpu extra"
        ),
    ),
    "no_card": (
        (
            "engines.device 是 '{device}',但这里没有 NVIDIA 显卡或没有安装 torch:"
            "请设为 auto 或 cpu,或安装附加包 gpu"
        ),
        (
            "engines.device is '{device}', but there is no NVIDIA card here or torch is not "
            "installed: set it to auto or cpu, or install the gpu extra"
        ),
    ),
    "too_few_cards": (
        (
            "engines.device 是 '{device}',但这里只有 {cards} 块 NVIDIA 显卡(从 0 数起):"
            "请设为其中一块,或 auto"
        ),
        (
            "engines.device is '{device}', but there are {cards} NVIDIA cards here, counted from "
            "0: set it to one of them, or to auto"
        ),
    ),
    # ── a file that is not an engine's, and why ───────────────────────────────────────────────
    "unfit": (
        "{file} 不是 {engine} 的权重文件:{why}。{mend}",
        "{file} is not the weight file of {engine}: {why}. {mend}",
    ),
    "put_again": (
        "请重新放入官方文件(docs/engines.md)",
        "Put the official file there again (docs/engines.md)",
    ),
    "fetch_again": ("请重新获取:{command}", "Fetch it again: {command}"),
    "no_number": (
        "网络没有给出可用的数值:请核对权重(boothd models verify)",
        "the network gave no usable number: check the weights (boothd models verify)",
    ),
    "gave_no_number": ("网络没有给出可用的数值", "the network gave no usable number"),
    "unreadable": ("无法读取({error})", "it cannot be read ({error})"),
    "more_than_tensors": (
        "它不是检查点文件,或除张量外还有别的内容",
        "it is no checkpoint, or holds more than tensors",
    ),
    "no_safetensors": (
        "它不是 safetensors 文件,或已损坏",
        "it is no safetensors file, or a damaged one",
    ),
    "no_state": ("里面没有权重字典", "it holds no state dictionary"),
    "no_tensor": ("{key} 不是张量,而是 {kind}", "{key} is no tensor but {kind}"),
    "no_plain_tensor": ("{key} 不是普通张量", "{key} is no plain tensor"),
    "too_many_numbers": ("它声称有 {numbers} 个数值", "it claims {numbers} numbers"),
    "no_values": ("{key} 没有数值", "{key} has no values"),
    "not_finite": ("{key} 里有非数值", "{key} holds values that are no numbers"),
    "entries_wrong": (
        "应有 {count} 项,其中 {wrong}",
        "of its {count} entries there are {wrong}",
    ),
    "entries_missing": ("缺少 {n} 项({keys})", "{n} missing ({keys})"),
    "entries_unknown": ("多出 {n} 项({keys})", "{n} unknown ({keys})"),
    "entries_bent": ("{n} 项形状不同({keys})", "{n} of another shape ({keys})"),
    "entries_odd": ("{n} 项类型不同({keys})", "{n} of another kind ({keys})"),
    "other_network": ("它的内容属于别的网络", "its entries are those of another network"),
    "network_of": ("里面是 {network} 的网络", "it holds a network of {network}"),
    "other_size": (
        "它用于 {found} 像素,不是 {wanted}",
        "it is for {found} px and not for {wanted}",
    ),
    "other_scale": (
        "它放大 {found} 倍,不是 {wanted} 倍",
        "it enlarges {found} times, not {wanted}",
    ),
    "other_window": (
        "{name}.relative_position_index 属于别的窗口",
        "{name}.relative_position_index is of another window",
    ),
    "spandrel_refuses": (
        "spandrel 不能由它建立网络({error})",
        "spandrel makes no network of it ({error})",
    ),
    "no_second_head": (
        "它没有第二个不确定度输出(logvar_rts_plus_backbone)",
        "it has no second uncertainty head (logvar_rts_plus_backbone)",
    ),
    "opencv_refuses": (
        "OpenCV 在里面找不到检测人脸的网络",
        "OpenCV finds no network in it that finds faces",
    ),
    "onnx_refuses": (
        "ONNX Runtime 在里面找不到能运行的网络",
        "ONNX Runtime finds no network in it that it can run",
    ),
    "not_one_file": (
        "里面有 {found} 个 {name},应只有一个",
        "it holds {found} files {name}, not one",
    ),
    "not_unpacked": (
        "无法从里面读出 {name}({error})",
        "{name} cannot be read out of it ({error})",
    ),
    "too_long": ("里面的 {name} 比这类网络长", "{name} in it is longer than such networks are"),
    "faces_in_nothing": ("它在空白图片里找到了人脸", "it finds faces in an empty picture"),
    "on_empty": ("对空白图片,{why}", "on an empty picture, {why}"),
    "takes_other": ("它的输入是 {found},应为 {wanted}", "it takes {found}, not {wanted}"),
    "gives_other": ("它的输出是 {found},应为 {wanted}", "it gives {found}, not {wanted}"),
    "one_picture": ("一张图片", "one picture"),
    "one_picture_of": ("一张 {shape} 的图片", "one picture {shape}"),
    "one_picture_float32": ("一张 {shape} 的 float32 图片", "one picture {shape} of float32"),
    "one_picture_square": ("一张 {side} × {side} 的图片", "one picture of {side} × {side}"),
    "picture_of_any_size": ("任意尺寸的图片", "a picture of any size"),
    "a_picture": ("一张图片", "a picture"),
    "one_alpha": ("一张 alpha 图", "one alpha"),
    "one_alpha_square": ("一张 {side} × {side} 的 alpha 图", "one alpha of {side} × {side}"),
    "so_many_numbers": ("{n} 个数值", "{n} numbers"),
    "rows_of": ("每种 {maps} 个、行长 {widths}", "{maps} each with rows of {widths}"),
    "cells_of": ("(1, {rows}, 单元数)", "(1, {rows}, cells)"),
    "other_inputs": ("除图片外的输入是 {found}", "its inputs beside the picture are {found}"),
    "other_dial": (
        "它的调节输入是 {found},类型 {kind},应为一个数值",
        "its dial is {found} of {kind}, not one number",
    ),
    "sums_not_one": (
        "人脸与背景的分数之和不是 1",
        "its scores of face and background do not make one",
    ),
    "scores_other": (
        "它的分数在 {least} 到 {most} 之间,应为 0 到 1",
        "its scores are {least} to {most}, not 0 to 1",
    ),
    "rows_other": (
        "对 {width} x {height} 像素它给出 {found} 行,应为 {wanted}",
        "it gives {found} rows for {width} x {height} pixels, not {wanted}",
    ),
}
