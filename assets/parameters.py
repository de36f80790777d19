"""Periods of the registration, in working days; local policy sets them, people change them."""

from datetime import date

_BASIS = "行政事业性国有资产管理条例（国令第738号）第十五条、第三十三条；期限为县内约定"

PARAMETERS = [
    ("assets.confirm", "核对贴标签期限", 10, "个工作日", date(2021, 4, 1), None, _BASIS),
    ("assets.book", "固定资产入账期限", 5, "个工作日", date(2021, 4, 1), None, _BASIS),
]
