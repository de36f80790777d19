"""Dated parameters of the ground floor and of files; each floor declares its own beside its rules.

A row: (code, name, value, unit, valid_from, valid_to, basis). A new legal number from some day on
is a new row with its own day; the old row gets its last day. People change them at 设置—法定参数.
"""

from datetime import date

PARAMETERS = [
    ("file.max_megabytes", "单个附件上限", 15, "MB", date(2014, 1, 1), None, "系统约定"),
    (
        "funds.primary",
        "小学公用经费标准",
        650,
        "元/生·年",
        date(2016, 1, 1),
        date(2022, 12, 31),
        "国发〔2015〕67号",
    ),
    (
        "funds.primary",
        "小学公用经费标准",
        720,
        "元/生·年",
        date(2023, 1, 1),
        None,
        "财教〔2023〕公用经费基准定额",
    ),
    (
        "funds.junior",
        "初中公用经费标准",
        850,
        "元/生·年",
        date(2016, 1, 1),
        date(2022, 12, 31),
        "国发〔2015〕67号",
    ),
    (
        "funds.junior",
        "初中公用经费标准",
        940,
        "元/生·年",
        date(2023, 1, 1),
        None,
        "财教〔2023〕公用经费基准定额",
    ),
    (
        "funds.burden_low",
        "信息化占公用经费比例下限",
        10,
        "%",
        date(2016, 1, 1),
        None,
        "县教育信息化实施方案",
    ),
    (
        "funds.burden_high",
        "信息化占公用经费比例上限",
        15,
        "%",
        date(2016, 1, 1),
        None,
        "县教育信息化实施方案",
    ),
]
