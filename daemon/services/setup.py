"""Founding a booth: its folders, its settings, and a page for the person who drops photos."""

from __future__ import annotations

from pathlib import Path

from daemon.config.describe import example, example_inboxes
from daemon.config.load import DEFAULT_NAME
from daemon.config.model import Config
from daemon.domain.language import Language
from daemon.errors import UsageError
from daemon.files import atomic

README = "README.txt"

_PAGE = """\
照相亭 · 使用说明
================
1. 把照片复制到 inbox 里的文件夹:
     inbox/restore   修复人脸
     inbox/copy      原样转交(用来试一试是否通了)
2. 等一会儿,结果出现在 out 里同名的文件夹。
3. 如果没有结果,请看:
     rejected   照片不合格。旁边的 .why.txt 写着原因和该怎么办
     review     要由人看一眼再决定
     failed     没能处理。原图还在,旁边有说明
4. 原图不会丢:处理成功的原图收在 archive 里。
不要动 .boothd 文件夹。

Photo booth · how to use it
===========================
1. Copy photos into a folder under inbox:
     inbox/restore   faces are restored
     inbox/copy      handed through unchanged (to see that all is well)
2. After a while the result is in the folder of the same name under out.
3. If it is not, look into
     rejected   the photo is not good enough; the .why.txt beside it says why and what to do
     review     somebody has to look and decide
     failed     it could not be processed; the original is kept, with a note
4. Originals are never lost: those of finished photos are kept in archive.
Leave the .boothd folder alone.
"""


def found(folder: Path, language: Language) -> list[Path]:
    """Make a booth in a folder.

    Args:
        folder: Made if missing; may hold other things.
        language: Written into the settings.

    Returns:
        What was made, the settings file first.

    Raises:
        UsageError: There is a booth already; nothing was touched.
        OSError: The folder cannot be written to.
    """
    files = {
        folder / DEFAULT_NAME: example(root=".", language=language).encode(),
        folder / README: _PAGE.encode(),
    }
    taken = [path for path in files if path.exists()]
    if taken:
        listed = ", ".join(map(str, taken))
        msg = f"exists already, nothing is overwritten · 已存在,不会覆盖: {listed}"
        raise UsageError(msg)
    folder.mkdir(parents=True, exist_ok=True)
    made = _folders(folder.absolute())
    for path in made:
        path.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        atomic.write_bytes(path, "init", content)
    return [*files, *made]


def _folders(root: Path) -> list[Path]:
    config = Config(root=root, inboxes=example_inboxes())
    layout = config.layout
    folders = [layout.state]
    for inbox in config.inboxes:
        folders += [layout.inbox(inbox.name), *layout.output_dirs(inbox.name)]
    return folders
