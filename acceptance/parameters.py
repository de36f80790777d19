"""Periods of the school's story, in working days; local policy sets them, people change them."""

from datetime import date

_BASIS = "县教育信息化建设实施方案（10月底前完成两级验收）的分解"


def _days(code: str, name: str, value: int, basis: str = _BASIS) -> tuple:
    return (f"acceptance.{code}", name, value, "个工作日", date(2015, 1, 1), None, basis)


PARAMETERS = [
    _days("site", "场地准备期限", 10),
    _days("train", "安装后培训期限", 5),
    _days("inspect_school", "学校验收期限", 5),
    _days("sign", "校长签字盖章期限", 3),
    _days("review", "装备站审核期限", 5),
    _days("inspect_county", "县级逐班验收期限", 10),
    _days("rectify", "整改期限", 7),
    _days("reinspect", "复验期限", 5),
    _days("handover", "资产移交期限", 5),
]
