"""Periods of the buyback in working days, and lending rates; local policy and people change them."""

from datetime import date, timedelta

_BASIS = "县财政资金支付内部控制安排（系统约定，可按县实际调整）"


def _days(code: str, name: str, value: int, basis: str = _BASIS) -> tuple:
    return (f"financing.{code}", name, value, "个工作日", date(2014, 1, 1), None, basis)


PARAMETERS = [
    _days("review", "县财务审核付款申请期限", 5),
    _days("pay", "付款登记期限", 5),
    _days("waiver", "供应商决定逾期利息减免期限", 10),
    _days("claim", "奖补申领期限", 10),
    _days("hold", "县财务决定暂缓付款期限", 5),
    _days("sign", "协议签署期限", 5),
    _days("decide", "计划变更审批期限", 5),
    _days("refund", "多付款退回登记期限", 10),
    (
        "financing.late_rate",
        "逾期利息日利率（合同没有约定时）",
        "0.05",
        "%/日",
        date(2020, 9, 1),
        None,
        "《保障中小企业款项支付条例》第十八条（2025年6月1日前为第十五条）：每日利率万分之五",
    ),
]

# --- lending rates to compare a quote with ---------------------------------------------------
# From the day of publication until the day before the next one: (day, 1 year, over 5 years).
_UNCHECKED = "未核对原文，请核实"
_LPR = [
    (date(2019, 8, 20), "4.25", "4.85"),
    (date(2019, 9, 20), "4.20", "4.85"),
    (date(2019, 11, 20), "4.15", "4.80"),
    (date(2020, 2, 20), "4.05", "4.75"),
    (date(2020, 4, 20), "3.85", "4.65"),
    (date(2021, 12, 20), "3.80", "4.65"),
    (date(2022, 1, 20), "3.70", "4.60"),
    (date(2022, 5, 20), "3.70", "4.45"),
    (date(2022, 8, 22), "3.65", "4.30"),
    (date(2023, 6, 20), "3.55", "4.20"),
    (date(2023, 8, 21), "3.45", "4.20"),
    (date(2024, 2, 20), "3.45", "3.95"),
    (date(2024, 7, 22), "3.35", "3.85"),
    (date(2024, 10, 21), "3.10", "3.60"),
    (date(2025, 5, 20), "3.00", "3.50"),
]
# The central bank's base rate for one to five years, before there was an LPR of today's kind.
_BASE_RATE = [
    (date(2012, 7, 6), "6.40"),
    (date(2014, 11, 22), "6.00"),
    (date(2015, 3, 1), "5.75"),
    (date(2015, 5, 11), "5.50"),
    (date(2015, 6, 28), "5.25"),
    (date(2015, 8, 26), "5.00"),
    (date(2015, 10, 24), "4.75"),
]


def _rates(code: str, name: str, publisher: str, rows: list, last: date | None) -> list[tuple]:
    """One row per published value, each valid until the next; ``last`` ends the newest."""
    ends = [day - timedelta(days=1) for day, _ in rows[1:]] + [last]
    return [
        (code, name, value, "%", day, end, f"{publisher}{day} 公布（{_UNCHECKED}）")
        for (day, value), end in zip(rows, ends, strict=True)
    ]


_CENTRE = "全国银行间同业拆借中心"
_LPR_BEGINS = _LPR[0][0]
PARAMETERS += [
    *_rates("rate.lpr_1y", "LPR（1年期）", _CENTRE, [(day, one) for day, one, _ in _LPR], None),
    *_rates(
        "rate.lpr_5y", "LPR（5年期以上）", _CENTRE, [(day, five) for day, _, five in _LPR], None
    ),
    *_rates(
        "rate.base_5y",
        "贷款基准利率（1至5年）",
        "中国人民银行",
        _BASE_RATE,
        _LPR_BEGINS - timedelta(days=1),
    ),
]

# --- red lines (``financing.redlines``) and what is watched before a payment ------------------
_SERVICE = "租赁、服务合同最长期限"
_SMALL = "中小企业款项最长付款期限"
PARAMETERS += [
    (
        "redline.service_years",
        _SERVICE,
        3,
        "年",
        date(2014, 4, 14),
        date(2020, 2, 29),
        f"财库〔2014〕37号（{_UNCHECKED}）",
    ),
    (
        "redline.service_years",
        _SERVICE,
        3,
        "年",
        date(2020, 3, 1),
        None,
        f"《政府购买服务管理办法》第二十四条（{_UNCHECKED}）",
    ),
    (
        "redline.sme_days",
        _SMALL,
        60,
        "日",
        date(2020, 9, 1),
        date(2025, 5, 31),
        "《保障中小企业款项支付条例》（2020年）第八条",
    ),
    (
        "redline.sme_days",
        _SMALL,
        60,
        "日",
        date(2025, 6, 1),
        None,
        "《保障中小企业款项支付条例》（2025年修订）第九条",
    ),
    (
        "redline.historic_before",
        "历史合同分界日（年月日）",
        20150101,
        "",
        date(2015, 1, 1),
        None,
        "《预算法》（2014年修正）第三十五条；国发〔2014〕43号",
    ),
    (
        "financing.check_ahead",
        "付款前提示维护考核的天数",
        60,
        "日",
        date(2014, 1, 1),
        None,
        _BASIS,
    ),
]
