"""Names of classes as lists write them: one spelling, and a grade with a count spelled out.

Pure: no ORM, no request.
"""

from __future__ import annotations

import re
import unicodedata

MOST_CLASSES = 60
"""A grade with more classes than this is a slip of the pen (a 0 too many), not a school."""

GRADE = re.compile(r"(年级|^[初高][一二三])$")
_NUMBER_IN_BRACKETS = re.compile(r"[(\[](\d+|[一二三四五六七八九十]+)[)\]]")
_SPACE = re.compile(r"\s+")


def class_name(text: str) -> str:
    """One spelling for one class: ``"七年级 （２）班"`` becomes ``"七年级2班"``."""
    text = _SPACE.sub("", unicodedata.normalize("NFKC", text))
    return _NUMBER_IN_BRACKETS.sub(r"\1", text)


def classes_of(name: str, count: int) -> list[str]:
    """The classes that one row of 附表1 means; ``name`` as ``class_name`` gives it.

    ``("三年级2班", 1)`` is that class, ``("七年级", 6)`` the classes 七年级1班 … 七年级6班. Raises
    ``ValueError`` with a sentence for the user.
    """
    if count < 1 or count > MOST_CLASSES:
        raise ValueError(f"数量应是 1 到 {MOST_CLASSES} 的整数。")
    if "班" in name:
        if count > 1:
            raise ValueError(
                f"“{name}”已是一个班，数量只能填 1；整个年级请只写年级，如“七年级”填 {count}。"
            )
        return [name]
    if GRADE.search(name):
        return [f"{name}{number}班" for number in range(1, count + 1)]
    if count > 1:
        raise ValueError(f"“{name}”不是年级，数量只能填 1；多个班请逐班填写。")
    return [name]
