"""Red lines R1–R8 of lease and buyback: dated rules, what an agreement is, what it touches.

Pure: no database, no request. ``judge`` takes the facts of one agreement and the dated numbers
and gives the findings, each with the sentence that says why, the law and since when it holds.

A contract is judged by the rules in force on the day on which it was signed. Where today's rule
came later, the finding says so and only informs: the rule did not speak then. What is about the
payments still to come (R6, R8) and what marks an old contract (R7) is judged by today's rules.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from financing.enums import RedLine

DEBT_WORDS = ("还款", "还债", "偿还", "债务", "利息", "贷款", "融资款")


class Level(enum.StrEnum):
    """How grave a finding is."""

    RED = "red"
    YELLOW = "yellow"
    INFO = "info"

    @property
    def label(self) -> str:
        return {"red": "触及红线", "yellow": "需财务确认", "info": "提示"}[self.value]

    @property
    def word(self) -> str:
        """The same for a narrow cell."""
        return {"red": "红线", "yellow": "需确认", "info": "提示"}[self.value]


@dataclass(frozen=True)
class Facts:
    """What the rules ask of an agreement; amounts in yuan.

    ``public_share`` is the percentage that the school bears from its public funds (公用经费);
    ``notes`` what applications wrote about the money; ``protected`` whether the supplier is a
    small or medium enterprise; ``next_due`` is None when all is paid; ``check`` is the last
    maintenance check of the running period: "passed", "failed", "missing" or "none" (no period yet).
    """

    signed_on: dt.date
    debtor: str
    interest: Decimal
    years: int
    name: str = ""
    goods: bool = True
    public_share: Decimal = Decimal(0)
    public_funds: Decimal = Decimal(0)
    year_own: Decimal = Decimal(0)
    notes: tuple[str, ...] = ()
    protected: bool = False
    size: str = ""
    accepted_on: dt.date | None = None
    last_due: dt.date | None = None
    next_due: dt.date | None = None
    next_words: str = ""
    next_amount: Decimal = Decimal(0)
    year: int = 0
    approved: Decimal | None = None
    left: Decimal = Decimal(0)
    check: str = "none"
    check_words: str = ""
    booked: bool = True


@dataclass(frozen=True)
class Limit:
    """One dated number: its code, its value and the days on which it is in force."""

    code: str
    value: Decimal
    since: dt.date
    until: dt.date | None = None


class Limits:
    """Dated numbers; ``value(code, day)`` is the one in force on that day, or None."""

    def __init__(self, rows: Iterable[Limit]):
        self.rows = list(rows)

    def value(self, code: str, day: dt.date) -> Decimal | None:
        fit = [
            row
            for row in self.rows
            if row.code == code and row.since <= day and (row.until is None or day <= row.until)
        ]
        return max(fit, key=lambda row: row.since).value if fit else None


Touch = Callable[[Facts, Limits, dt.date], tuple[Level, str] | None]


@dataclass(frozen=True)
class Rule:
    """One version of a rule: the law behind it and the days on which it is in force."""

    code: str
    touch: Touch
    basis: str
    since: dt.date
    until: dt.date | None = None
    about_payments: bool = False

    def in_force(self, day: dt.date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class Finding:
    """A rule that an agreement touches, and why."""

    code: str
    level: Level
    sentence: str
    basis: str
    since: dt.date
    judged_on: dt.date = field(compare=False)

    @property
    def title(self) -> str:
        return RedLine(self.code).label


# --- what each rule asks --------------------------------------------------------------------
def _yuan(amount: Decimal) -> str:
    return f"{amount:,.2f} 元"


def _interest(facts: Facts, limits: Limits, day: dt.date):
    """R1: a school or an education bureau owes, and pays interest."""
    if facts.interest <= 0:
        return None
    return Level.RED, (
        f"债务人为{facts.debtor}，各期利息合计 {_yuan(facts.interest)}，"
        "学校、教育局不得举借债务并付息"
    )


def _public_funds(facts: Facts, limits: Limits, day: dt.date):
    """R2: repayment or interest from public funds is red, equipment is for finance to confirm."""
    if facts.public_share <= 0:
        return None
    said = next((note for note in facts.notes if any(word in note for word in DEBT_WORDS)), "")
    burden = _burden(facts, limits, day)
    if said:
        return Level.RED, f"付款申请写明“{said}”，公用经费不得用于偿还债务和利息{burden}"
    share = f"学校以公用经费承担 {facts.public_share.normalize():f}%"
    if facts.interest > 0:
        return Level.RED, (
            f"{share}，其中含利息（各期利息合计 {_yuan(facts.interest)}），"
            f"公用经费不得用于偿还债务和利息{burden}"
        )
    return Level.YELLOW, f"{share}用于设备购置、租赁，须由财务确认列支科目{burden}"


def _burden(facts: Facts, limits: Limits, day: dt.date) -> str:
    """The year's own part beside the 10 %–15 % lines, when it is above the upper one."""
    high = limits.value("funds.burden_high", day)
    if not facts.public_funds or high is None:
        return ""
    share = facts.year_own * 100 / facts.public_funds
    if share <= high:
        return ""
    return f"；{facts.year} 年自担占全年公用经费 {share:.2f}%，超过 {high.normalize():f}%"


def _named_service(facts: Facts, limits: Limits, day: dt.date):
    """R3: called a service, but goods or financing are in it."""
    if "服务" not in facts.name:
        return None
    inside = [
        word for word, there in (("货物", facts.goods), ("融资", facts.interest > 0)) if there
    ]
    if not inside:
        return None
    return Level.RED, f"名称为“{facts.name}”，实际含{'和'.join(inside)}，不得列为政府购买服务"


def _term(facts: Facts, limits: Limits, day: dt.date):
    """R4: longer than a service or lease contract may run."""
    most = limits.value("redline.service_years", day)
    if most is None or facts.years <= most:
        return None
    return Level.RED, f"租赁（服务）期 {facts.years} 年，超过 {most.normalize():f} 年"


def _late_for_small(facts: Facts, limits: Limits, day: dt.date):
    """R5: a small or medium supplier is paid later than the law allows after acceptance."""
    days = limits.value("redline.sme_days", day)
    if not (facts.protected and days and facts.accepted_on and facts.last_due):
        return None
    last = facts.accepted_on + dt.timedelta(days=int(days))
    if facts.last_due <= last:
        return None
    return Level.RED, (
        f"供应商为{facts.size}企业，{facts.accepted_on} 验收合格，最迟应于 {last}"
        f"（{days.normalize():f} 日内）付清，而最后一期在 {facts.last_due}；"
        "确属按期结算的租赁、服务，须在承担理由中写明"
    )


def _no_budget(facts: Facts, limits: Limits, day: dt.date):
    """R6: no approved budget for the year."""
    if facts.next_due is None or facts.approved is not None:
        return None
    return Level.RED, f"没有 {facts.year} 年预算批复，不能提交付款申请"


def _historic(facts: Facts, limits: Limits, day: dt.date):
    """R7: signed before the budget law of 2014 was in force: marked, nothing new is added."""
    first = first_day(limits, day)
    if first is None or facts.signed_on >= first:
        return None
    return Level.INFO, (
        f"合同 {facts.signed_on} 签订，早于 {first}，为历史合同：按原计划回购，不得新增班级和金额"
    )


def _before_payment(facts: Facts, limits: Limits, day: dt.date):
    """R8: before each payment the check is passed, the budget is there, the assets are booked."""
    if facts.next_due is None:
        return None
    missing = []
    if facts.check in ("failed", "missing"):
        missing.append(facts.check_words)
    payable = facts.approved is not None and facts.next_due.year <= facts.year
    if payable and facts.left < facts.next_amount:
        missing.append(
            f"{facts.year} 年预算还可申请 {_yuan(facts.left)}，"
            f"不够支付{facts.next_words} {_yuan(facts.next_amount)}"
        )
    if not facts.booked:
        missing.append("设备还没有登记入账")
    if not missing:
        return None
    grave = facts.check == "failed" or not facts.booked
    return Level.RED if grave else Level.YELLOW, f"{facts.next_words}付款前：{'；'.join(missing)}"


def first_day(limits: Limits, day: dt.date) -> dt.date | None:
    """From when contracts are no longer 历史合同; kept as the number 20150101."""
    value = limits.value("redline.historic_before", day)
    return dt.date.fromisoformat(str(int(value))) if value else None


def is_historic(signed_on: dt.date, limits: Limits, today: dt.date) -> bool:
    first = first_day(limits, today)
    return first is not None and signed_on < first


# --- the rules, every version with its law ----------------------------------------------------
_D = dt.date
RULES = [
    Rule("R1", _interest, "《中小学校财务制度》（财教〔2012〕489号）第六十条", _D(2013, 1, 1), _D(2014, 12, 31)),
    Rule("R1", _interest, "《预算法》第三十五条，《中小学校财务制度》第六十条", _D(2015, 1, 1)),
    Rule("R2", _public_funds, "《农村中小学公用经费支出管理暂行办法》（财教〔2006〕5号）", _D(2006, 1, 1)),
    Rule("R3", _named_service, "财预〔2017〕87号（政府购买服务负面清单）", _D(2017, 5, 28), _D(2020, 2, 29)),
    Rule("R3", _named_service, "《政府购买服务管理办法》（财政部令第102号）第十条，财预〔2017〕87号", _D(2020, 3, 1)),
    Rule("R4", _term, "财库〔2014〕37号（服务项目政府采购）", _D(2014, 4, 14), _D(2020, 2, 29)),
    Rule("R4", _term, "《政府购买服务管理办法》（财政部令第102号）第二十四条", _D(2020, 3, 1)),
    Rule("R5", _late_for_small, "《保障中小企业款项支付条例》（国务院令第728号）第八条", _D(2020, 9, 1), _D(2025, 5, 31)),
    Rule("R5", _late_for_small, "《保障中小企业款项支付条例》（国务院令第802号修订）第九条", _D(2025, 6, 1)),
    Rule("R6", _no_budget, "《预算法》第十三条", _D(2015, 1, 1), about_payments=True),
    Rule("R7", _historic, "《预算法》第三十五条，国发〔2014〕43号", _D(2015, 1, 1), about_payments=True),
    Rule("R8", _before_payment, "《行政事业单位内部控制规范（试行）》（财会〔2012〕21号），协议约定", _D(2014, 1, 1), about_payments=True),
]  # fmt: skip


def judge(facts: Facts, limits: Limits, today: dt.date) -> list[Finding]:
    """What the agreement touches, in the order R1 … R8."""
    found = []
    for code in RedLine.values:
        versions = [rule for rule in RULES if rule.code == code]
        day = today if any(rule.about_payments for rule in versions) else facts.signed_on
        rule = next((rule for rule in versions if rule.in_force(day)), None)
        finding = (
            _finding(rule, facts, limits, day) if rule else _later(versions, facts, limits, today)
        )
        if finding:
            found.append(finding)
    return found


def _finding(rule: Rule, facts: Facts, limits: Limits, day: dt.date) -> Finding | None:
    touched = rule.touch(facts, limits, day)
    if touched is None:
        return None
    level, words = touched
    return Finding(rule.code, level, f"{words}。", rule.basis, rule.since, day)


def _later(versions: list[Rule], facts: Facts, limits: Limits, today: dt.date) -> Finding | None:
    """The contract is older than the rule: judged by today's version, it only informs."""
    rule = next((rule for rule in versions if rule.in_force(today)), None)
    finding = rule and _finding(rule, facts, limits, today)
    if not finding:
        return None
    first = min(version.since for version in versions)
    words = (
        f"合同 {facts.signed_on} 签订时本规则尚未施行（{first} 起施行），不追溯。"
        f"按现行规则：{finding.sentence}"
    )
    return Finding(rule.code, Level.INFO, words, rule.basis, rule.since, today)
