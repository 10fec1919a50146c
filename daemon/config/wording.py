"""Every sentence about a mistake in the configuration, in Chinese and English."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from daemon.domain.language import Language

# Keys ending in a pydantic error type are looked up by that type (see daemon.config.schema).
_SENTENCES: Mapping[str, tuple[str, str]] = {
    # ── the file ──────────────────────────────────────────────────────────────────────────
    "no_file": (
        "没有这个配置文件;请运行 boothd init DIR 生成一个,或用 --config 指定",
        "there is no such file; `boothd init DIR` writes one, --config names another",
    ),
    "unreadable": ("配置文件无法读取:{detail}", "the file cannot be read: {detail}"),
    "too_large": (
        "配置文件超过 {limit} 字节,不像是配置文件",
        "the file is larger than {limit} bytes; this is no configuration",
    ),
    "not_utf8": ("不是 UTF-8 文本", "this is not UTF-8 text"),
    "syntax": ("YAML 语法错误:{detail}", "YAML syntax error: {detail}"),
    "too_complex": (
        "嵌套太深或引用太多",
        "nested too deeply, or too much is repeated by reference",
    ),
    "duplicate_key": (
        "这个键写了两次(第一次在第 {line} 行)",
        "this key is given twice (first in line {line})",
    ),
    "key_not_text": ("键必须是文本,不能是 {value}", "a key must be text, not {value}"),
    "bad_value": ("无法理解的值:{detail}", "a value that makes no sense: {detail}"),
    # ── shape and type ────────────────────────────────────────────────────────────────────
    "extra_forbidden": ("没有这个设置项", "there is no such setting"),
    "missing": ("缺少必填项", "this setting is required"),
    "model_type": ("应为一组设置(键: 值)", "must be a group of settings (key: value)"),
    "dict_type": ("应为一组设置(键: 值)", "must be a group of settings (key: value)"),
    "tuple_type": ("应为列表,例如 [{value}]", "must be a list, such as [{value}]"),
    "string_type": (
        "应为文本,不能是 {value};请加引号",
        "must be text, not {value}; put it in quotes",
    ),
    "bool_type": ("应为 true 或 false,不能是 {value}", "must be true or false, not {value}"),
    "int_type": ("应为整数,不能是 {value}", "must be a whole number, not {value}"),
    "float_type": ("应为数字,不能是 {value}", "must be a number, not {value}"),
    "finite_number": ("应为有限的数字,不能是 {value}", "must be a finite number, not {value}"),
    "enum": ("应为 {expected} 之一,不能是 {value}", "must be {expected}, not {value}"),
    "greater_than": ("必须大于 {gt},不能是 {value}", "must be more than {gt}, not {value}"),
    "greater_than_equal": ("至少为 {ge},不能是 {value}", "must be at least {ge}, not {value}"),
    "less_than": ("必须小于 {lt},不能是 {value}", "must be less than {lt}, not {value}"),
    "less_than_equal": ("最多为 {le},不能是 {value}", "must be at most {le}, not {value}"),
    "too_short": ("至少要有一项", "needs at least one entry"),
    "string_pattern_mismatch": (
        "{value} 不符合要求({pattern})",
        "{value} does not have the right form ({pattern})",
    ),
    "webhook_name": (
        "{value} 不能用作 webhook 名:只能用字母、数字、点、横线、下划线,最多 64 个",
        "{value} cannot name a webhook: letters, digits, dot, dash and underscore, 64 at most",
    ),
    "inbox_name": (
        "{value} 不能用作收件夹名:只能用字母、数字、点、横线、下划线,最多 64 个",
        "{value} cannot name an inbox: letters, digits, dot, dash and underscore, 64 at most",
    ),
    "other": ("{detail}", "{detail}"),
    # ── meaning ───────────────────────────────────────────────────────────────────────────
    "unknown_route": ("没有名为 {value} 的处理路线", "there is no route {value}"),
    "no_routes_module": (
        "找不到 Python 模块 {value}",
        "there is no Python module {value}",
    ),
    "idle_options": (
        "计划里没有路线 {value},这些选项不会生效",
        "no plan of this inbox runs {value}, so these options do nothing",
    ),
    "unknown_profile": ("没有名为 {value} 的质量标准", "there is no quality profile {value}"),
    "profile_ring": (
        "从 {value} 出发又回到自己;请从 lenient、hr 或 icao 出发",
        "starting from {value} leads back to itself; start from lenient, hr or icao",
    ),
    "unknown_privacy_profile": (
        "没有名为 {value} 的遮盖方案",
        "there is no privacy profile {value}",
    ),
    "privacy_ring": (
        "从 {value} 出发又回到自己;请从自带的遮盖方案出发,例如 all_digits",
        "starting from {value} leads back to itself; start from one of the booth's own profiles",
    ),
    "privacy_name_taken": (
        "{value} 是自带的遮盖方案;请另取名字,用 like 指明从它出发",
        "{value} is a profile of the booth's own; take another name and start from it with like",
    ),
    "unknown_type": ("没有名为 {value} 的号码类型", "there is no type of number {value}"),
    "type_taken": (
        "{value} 是自带的号码类型;请另取名字",
        "{value} is a type of the booth's own; take another name",
    ),
    "no_words": (
        "{value} 要求附近有提示词,却没有列出任何词",
        "{value} counts only near a word, and no words are listed",
    ),
    "slow_regex": (
        "重复里面又有重复,匹配可能极慢;请改写,例如写明次数 {{3}}",
        "repeats inside repeats may take for ever; rewrite it, for example with a count {{3}}",
    ),
    "allowed_too_short": (
        "允许保留的号码至少要有 {least} 位",
        "a number to leave readable needs {least} digits or letters at least",
    ),
    "unknown_inbox": ("没有名为 {value} 的收件夹", "there is no inbox {value}"),
    "duplicate_inbox": (
        "收件夹 {value} 已在 {first} 定义(大小写不同也算同名)",
        "inbox {value} is already defined at {first} (case does not matter on many shares)",
    ),
    "bad_regex": ("正则表达式有误:{detail}", "not a regular expression: {detail}"),
    "bad_cron": ("不是五段式 cron:{detail}", "not a five-field cron line: {detail}"),
    "bad_sizes": (
        "min_bytes 大于 max_bytes,永远不会匹配",
        "min_bytes is above max_bytes, so this never matches",
    ),
    "bad_device": (
        "{value} 不是设备;请用 auto、cpu 或 cuda:0",
        "{value} is no device; use auto, cpu or cuda:0",
    ),
    "bad_url": ("{value} 不是 http(s) 地址", "{value} is not an http(s) address"),
    "bad_host": ("{value} 里的主机名不成立", "the host in {value} is none"),
    "bad_port": ("{value} 里的端口不成立", "the port in {value} is none"),
    "bad_network": (
        "{value} 不是网段(例如 192.168.1.0/24:8080)",
        "{value} is no network, such as 192.168.1.0/24:8080",
    ),
    "host_number": (
        "{value}:数字形式的地址只能写成 192.168.1.20 这样",
        "{value}: an address in numbers is written like 192.168.1.20, and no other way",
    ),
    "url_userinfo": (
        "{value}:网址里不能有用户名或密码",
        "{value}: no user or password in the address",
    ),
    "url_fragment": ("{value}:网址里不能有 #", "{value}: no # in the address"),
    "url_path": (
        "{value}:路径里的非 ASCII 字符要写成 %XX",
        "{value}: letters outside ASCII are written as %XX in the path",
    ),
    "allow_port": (
        "{value} 缺少端口(例如 192.168.1.20:8080)",
        "{value} names no port, such as 192.168.1.20:8080",
    ),
    "http_not_allowed": (
        "http 不加密,只能用于 allow 里列出的内网地址;请加上 allow: [{value}] 或改用 https",
        "plain http is only for addresses listed in `allow`; add {value} there, or use https",
    ),
    "callback_path": (
        "{value}:这里只写协议、主机和端口,不带路径",
        "{value}: scheme, host and port alone; the path comes with each call",
    ),
    "duplicate_token": (
        "{value} 已在 {first} 使用,请各用各的",
        "{value} is already used at {first}; each token has its own",
    ),
    "unknown_token": ("没有名为 {value} 的令牌", "there is no token {value}"),
    "unknown_event": ("没有名为 {value} 的事件", "there is no event {value}"),
    "duplicate_webhook": (
        "webhook {value} 已在 {first} 定义,请各起一个 name",
        "webhook {value} is already defined at {first}; give each a name",
    ),
    "too_many_deliveries": (
        "所有 webhook 的 concurrency 之和超过 {most}",
        "the concurrency of all webhooks adds up to more than {most}",
    ),
    "bad_secret": (
        "密钥文件有误({detail});每行一个 whsec_ 加 base64(24 到 64 字节)",
        "not a secret file ({detail}): a line is whsec_ and base64 of 24 to 64 random bytes",
    ),
    "no_ca_file": ("证书文件 {value} 不存在", "there is no certificate file {value}"),
    "bad_ca_file": (
        "{value} 不是可用的 PEM 证书文件",
        "{value} is no file of PEM certificates that can be used",
    ),
    "no_secret_file": ("密钥文件 {value} 不存在", "there is no secret file {value}"),
    "unreadable_secret": ("密钥文件 {value} 无法读取", "the secret file {value} cannot be read"),
    # ── folders ───────────────────────────────────────────────────────────────────────────
    "inbox_in_inbox": (
        "收件夹 {value} 与收件夹 {other} 是同一个文件夹或互相包含({path})",
        "inbox {value} and inbox {other} are the same folder or one lies in the other ({path})",
    ),
    "inbox_and_output": (
        "收件夹 {value} 与 {other} 的输出文件夹 {path} 是同一个或互相包含,结果会被再次处理",
        "inbox {value} and the output folder {path} of {other} overlap: results would go round",
    ),
    "inbox_and_state": (
        "状态文件夹 {path} 与收件夹 {value} 互相包含",
        "the state folder {path} and inbox {value} are the same or one lies in the other",
    ),
    "output_in_state": (
        "{value} 的输出文件夹 {path} 位于状态文件夹内,会被清理",
        "the output folder {path} of {value} lies in the state folder, which is swept",
    ),
    # ── environment ───────────────────────────────────────────────────────────────────────
    "single_underscore": (
        "环境变量的分隔符是两个下划线",
        "names of overrides have two underscores between their parts",
    ),
    "not_a_list_index": (
        "这里是列表,要写已有条目的序号(从 0 开始)",
        "this is a list: give the number of an existing entry, from 0",
    ),
    "inside_a_value": (
        "{value} 是一个值,下面没有更深的设置",
        "{value} is a value; there are no settings below it",
    ),
    "failpoint_in_production": (
        "设置了 BOOTHD_FAILPOINT(会杀死进程),但此项为 false;请去掉该环境变量",
        "BOOTHD_FAILPOINT (it kills the process) is set while this is false; remove the variable",
    ),
    "bad_failpoint": (
        "{value} 应写成 W3:daemon:2(位置:daemon|worker|both:第几次)",
        "{value} must read W3:daemon:2 (point:daemon|worker|both:which time)",
    ),
    "did_you_mean": ("(是否想写 {near}?)", " (did you mean {near}?)"),
}


def sentence(key: str, language: Language, **facts: object) -> str:
    """The sentence of that key, with its facts filled in."""
    return _SENTENCES[key][0 if language == "zh" else 1].format(**facts)


def knows(key: str) -> bool:
    """Whether there is a sentence of that key."""
    return key in _SENTENCES


def nearest(word: str, valid: Iterable[str]) -> str | None:
    """The valid word most like the given one, or ``None`` if none is like it."""
    by_folded = {option.casefold(): option for option in sorted(valid)}
    found = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def hint(near: str | None, language: Language) -> str:
    """`` (did you mean X?)``, or nothing."""
    return sentence("did_you_mean", language, near=near) if near else ""


def shown(value: object) -> str:
    """A value as a person would have typed it, cut short."""
    words = {None: "null", True: "true", False: "false"}
    if value is None or isinstance(value, bool):
        return words[value]
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"
