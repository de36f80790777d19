"""The law of the tender as pure functions: facts and dated numbers in, findings out.

Every function judges one rule and says so in one sentence. Numbers (days, percents, thresholds)
come from dated parameters, working days from functions that the caller passes in
(``registry.calendar.after_days`` / ``after_workdays`` of the county); nothing here knows a
database or a request. Amounts are ``Decimal`` yuan, percents plain numbers (2 means 2 %). A
blocking finding that is not ok forbids the act; a warning is written down and shown, because what
happened too late still happened. The codes of ``Rule`` are public.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from registry.money import cents

After = Callable[[date, int], date]
"""(start, number of days) -> last day; the first day is not counted."""


class Rule(StrEnum):
    """Codes of the rules; the letter and number are the chapter's, the word says which part."""

    BIDDING_PERIOD = "A1.bidding"
    DOCUMENTS_PERIOD = "A1.documents"
    CEILING = "A3.ceiling"
    BID_BOND = "A5.bid_bond"
    PERFORMANCE_BOND = "A6.performance_bond"
    BIDDERS = "A8.bidders"
    QUALIFIED = "A8.qualified"
    OPENING_DAY = "A8.opening_day"
    LOWEST_PRICE = "A10.lowest_price"
    UNIT_PRICE = "A13.unit_price"
    PRICE_LIMIT = "A14.price_limit"
    REPORT = "A16.report"
    DECISION = "A16.decision"
    NOTICE = "A16.notice"
    SIGNING = "A17.signing"
    SAME_PRICE = "A17.same_price"
    SAME_QUANTITY = "A17.same_quantity"
    PUBLICATION = "A17.publication"
    FILING = "A17.filing"
    SMALL_BUSINESS = "A25.small_business"
    BUDGET = "R6.budget"


@dataclass(frozen=True)
class Finding:
    """What one rule says: ``ok``, the sentence for people, the law, and the day it names if any."""

    code: Rule
    ok: bool
    sentence: str
    basis: str
    due_on: date | None = None
    blocking: bool = True

    @property
    def forbids(self) -> bool:
        return self.blocking and not self.ok

    @property
    def warns(self) -> bool:
        return not self.blocking and not self.ok


def forbidding(findings: Iterable[Finding]) -> list[str]:
    """The sentences that forbid the act, each with its law."""
    return [f"{found.sentence}（{found.basis}）" for found in findings if found.forbids]


def warnings(findings: Iterable[Finding]) -> list[Finding]:
    return [found for found in findings if found.warns]


def yuan(amount: Decimal) -> str:
    return f"{amount:,.2f} 元"


def plain(number: Decimal | int) -> str:
    """A number without idle zeros: 2.000000 gives 2."""
    return f"{Decimal(number).normalize():f}"


# --- announcement -----------------------------------------------------------------------------
def bidding_period(announced_on: date, bids_due_on: date, *, days: int, after: After) -> Finding:
    """A1: at least ``days`` calendar days from the first issue of the documents to the deadline."""
    earliest = after(announced_on, days)
    ok = bids_due_on >= earliest
    return Finding(
        Rule.BIDDING_PERIOD,
        ok,
        f"发出招标文件至投标截止不少于 {days} 日，截止日期最早为 {earliest}"
        + ("" if ok else f"，现填 {bids_due_on}")
        + "。",
        "《政府采购法》第三十五条",
        earliest,
    )


def documents_period(
    announced_on: date, documents_until: date, *, workdays: int, after: After
) -> Finding:
    """A1: documents are to be had for ``workdays`` working days at least."""
    earliest = after(announced_on, workdays)
    ok = documents_until >= earliest
    return Finding(
        Rule.DOCUMENTS_PERIOD,
        ok,
        f"招标文件提供期不少于 {workdays} 个工作日，最早到 {earliest} 止"
        + ("" if ok else f"，现填 {documents_until}")
        + "。",
        "《政府采购法实施条例》第三十一条",
        earliest,
    )


def ceiling(budget: Decimal, limit: Decimal | None, *, floor: Decimal | None = None) -> Finding:
    """A3: a ceiling may be set within the budget; a floor never."""
    if floor is not None:
        ok, sentence = False, "不得设定最低限价。"
    elif limit is None:
        ok, sentence = True, f"未设最高限价，以预算 {yuan(budget)} 为限。"
    else:
        ok = Decimal(0) < limit <= budget
        sentence = f"最高限价 {yuan(limit)} 应大于 0 且不超过预算 {yuan(budget)}。"
    return Finding(Rule.CEILING, ok, sentence, "财政部令第87号第十二条")


def bid_bond(bond: Decimal, budget: Decimal, *, percent: Decimal) -> Finding:
    """A5: the bid bond is at most ``percent`` of the budget (not of the contract)."""
    most = cents(budget * percent / 100)
    return Finding(
        Rule.BID_BOND,
        bond <= most,
        f"投标保证金不超过预算的 {plain(percent)}%，即 {yuan(most)}"
        + ("" if bond <= most else f"，现填 {yuan(bond)}")
        + "。",
        "《政府采购法实施条例》第三十三条",
    )


def budget_approved(document: str, approved: Decimal, budget: Decimal) -> Finding:
    """R6: no tender without this year's approved budget, none above it."""
    approval = f"批复预算 {yuan(approved)}（{document}）"
    ok = bool(document.strip()) and budget <= approved
    sentence = f"采购预算 {yuan(budget)} {'未超过' if ok else '超过'}{approval}。"
    if not document.strip():
        sentence = "没有当年预算批复文号，不得采购。"
    return Finding(Rule.BUDGET, ok, sentence, "《预算法》第十三条；《政府采购法》第六条")


def small_business(
    budget: Decimal, reserved: Decimal, *, threshold: Decimal, percent: Decimal
) -> Finding:
    """A25: goods up to ``threshold`` are reserved whole, above it at least ``percent``; a warning.

    Where reserving does not fit, small and micro bidders get the price discount instead, so the
    rule reminds and does not forbid.
    """
    if budget <= threshold:
        ok = reserved >= 100
        rule = f"预算不超过 {yuan(threshold)} 的货物应整体专门面向中小企业"
    else:
        ok = reserved >= percent
        rule = f"预算超过 {yuan(threshold)} 的货物应预留 {plain(percent)}% 以上专门面向中小企业"
    sentence = f"{rule}，现预留 {plain(reserved)}%"
    if not ok:
        sentence += "；不宜预留的，评审时须对小微企业报价给予价格扣除，并在招标文件中写明"
    basis = "财库〔2020〕46号第七条至第九条"
    return Finding(Rule.SMALL_BUSINESS, ok, sentence + "。", basis, blocking=False)


# --- opening and evaluation -------------------------------------------------------------------
def enough_bidders(count: int, *, minimum: int) -> Finding:
    """A8: fewer than ``minimum`` bidders, no opening."""
    return Finding(
        Rule.BIDDERS,
        count >= minimum,
        f"投标人 {count} 家"
        + ("，可以开标。" if count >= minimum else f"，不足 {minimum} 家，不得开标，应予废标。"),
        "财政部令第87号第四十一条",
    )


def enough_qualified(count: int, *, minimum: int) -> Finding:
    """A8: fewer than ``minimum`` qualified bidders (one brand counts once), no evaluation."""
    return Finding(
        Rule.QUALIFIED,
        count >= minimum,
        f"合格投标人 {count} 家（同一品牌按一家计）"
        + ("，可以评标。" if count >= minimum else f"，不足 {minimum} 家，不得评标，应予废标。"),
        "财政部令第87号第三十一条、第四十四条",
    )


def count_by_brand(brands: Sequence[str]) -> int:
    """How many bidders count: several with one brand of the core product count once (87号令 31)."""
    named = {brand.strip().casefold() for brand in brands if brand.strip()}
    return len(named) + sum(1 for brand in brands if not brand.strip())


def opening_day(bids_due_on: date, opened_on: date) -> Finding:
    """Bids are opened at the very moment of the deadline; later is written down as a warning."""
    ok = opened_on == bids_due_on
    return Finding(
        Rule.OPENING_DAY,
        ok,
        f"开标应在投标截止的同一时间（{bids_due_on}）进行"
        + ("" if ok else f"，实际 {opened_on}，请在卷宗中附延期公告")
        + "。",
        "财政部令第87号第三十九条",
        bids_due_on,
        blocking=False,
    )


def price_limit(price: Decimal, *, budget: Decimal, limit: Decimal | None) -> Finding:
    """A14: a bid above the budget or the ceiling is invalid."""
    most = budget if limit is None else min(limit, budget)
    what = "采购预算" if limit is None or budget < limit else "最高限价"
    ok = price <= most
    return Finding(
        Rule.PRICE_LIMIT,
        ok,
        f"报价 {yuan(price)} {'未超过' if ok else '超过'}{what} {yuan(most)}"
        + ("。" if ok else "，应判投标无效。"),
        "财政部令第87号第六十三条",
    )


def unit_price(set_price: Decimal, sets: int, opening_price: Decimal) -> Finding:
    """A13: where the total read out and the unit prices disagree, the unit prices decide."""
    total = cents(set_price * sets)
    ok = total == opening_price
    sentence = f"单套 {yuan(set_price)} × {sets} 套 = {yuan(total)}"
    if not ok:
        sentence += (
            f"，与开标一览表总价 {yuan(opening_price)} 不一致：以单价计算为准，"
            "经投标人书面确认后有效，不确认的投标无效"
        )
    return Finding(Rule.UNIT_PRICE, ok, sentence + "。", "财政部令第87号第五十九条")


def report_in_time(
    evaluated_on: date, reported_on: date, *, workdays: int, after: After
) -> Finding:
    """A16: the report reaches the buyer within ``workdays`` working days of the evaluation."""
    due = after(evaluated_on, workdays)
    return _in_time(
        Rule.REPORT,
        f"评审结束（{evaluated_on}）后 {workdays} 个工作日内送交评审报告",
        due,
        reported_on,
        "《政府采购法实施条例》第四十三条",
    )


# --- award ------------------------------------------------------------------------------------
def decision_in_time(
    reported_on: date, decided_on: date, *, workdays: int, after: After
) -> Finding:
    """A16: the buyer decides within ``workdays`` working days of the report."""
    due = after(reported_on, workdays)
    return _in_time(
        Rule.DECISION,
        f"收到评审报告（{reported_on}）后 {workdays} 个工作日内定标",
        due,
        decided_on,
        "《政府采购法实施条例》第四十三条",
    )


def notice_in_time(decided_on: date, notified_on: date, *, workdays: int, after: After) -> Finding:
    """A16: result and notice of award go out within ``workdays`` working days of the decision."""
    due = after(decided_on, workdays)
    return _in_time(
        Rule.NOTICE,
        f"定标（{decided_on}）后 {workdays} 个工作日内公告结果并发出中标通知书",
        due,
        notified_on,
        "《政府采购法实施条例》第四十三条",
    )


def lowest_price(
    chosen: object, leaders: Sequence[object], reason: str, *, in_time: bool
) -> Finding:
    """A10, A12, A16: the lowest evaluated price wins; another only in time and with a reason.

    ``leaders``: the bids that share the lowest evaluated price. Several leaders need the reason
    too (as the documents say, else by lot). After the decision period the first in rank counts as
    chosen by law, so nobody else can be.
    """
    if leaders and chosen == leaders[0] and len(leaders) == 1:
        ok, sentence = True, "中标人为评审价最低的有效投标人。"
    elif chosen in leaders:
        ok, sentence = (
            bool(reason.strip()),
            "评审价最低的投标人有多家，请写明按何种方式确定中标人。",
        )
    elif not in_time:
        ok, sentence = False, "定标期限已过，视同按推荐顺序确定第一名为中标人，不能另选。"
    else:
        ok, sentence = bool(reason.strip()), "选定评审价最低者以外的投标人，请写明合法理由。"
    return Finding(
        Rule.LOWEST_PRICE, ok, sentence, "财政部令第87号第五十四条、第五十六条、第六十八条"
    )


# --- contract ---------------------------------------------------------------------------------
def same_price(set_price: Decimal, sets: int, bid_price: Decimal) -> Finding:
    """A17: the contract says exactly what was bid, to the fen."""
    total = cents(set_price * sets)
    gap = total - bid_price
    ok = gap == 0
    sentence = f"每套 {yuan(set_price)} × {sets} 套 = {yuan(total)}，中标价 {yuan(bid_price)}"
    sentence += (
        "，完全一致。"
        if ok
        else f"，{'多' if gap > 0 else '少'} {yuan(abs(gap))}。合同金额须与中标价完全一致，不得实质性修改。"
    )
    basis = "《政府采购法》第四十六条；财政部令第87号第七十一条"
    return Finding(Rule.SAME_PRICE, ok, sentence, basis)


def same_quantity(lines: int, sets: int) -> Finding:
    """A17: the contract is over as many sets as were put out to tender."""
    ok = lines == sets
    return Finding(
        Rule.SAME_QUANTITY,
        ok,
        f"计划 {lines} 套，招标 {sets} 套"
        + (
            "。"
            if ok
            else "，数量不一致，不能签订合同：请核对已批准的变更，采购任务确有重大变故的应予废标重招。"
        ),
        "《政府采购法》第四十六条",
    )


def performance_bond(bond: Decimal, amount: Decimal, *, percent: Decimal) -> Finding:
    """A6: the performance bond is at most ``percent`` of the contract (not of the budget)."""
    most = cents(amount * percent / 100)
    return Finding(
        Rule.PERFORMANCE_BOND,
        bond <= most,
        f"履约保证金不超过合同金额的 {plain(percent)}%，即 {yuan(most)}"
        + ("" if bond <= most else f"，现填 {yuan(bond)}")
        + "。",
        "《政府采购法实施条例》第四十八条",
    )


def signing_in_time(notified_on: date, signed_on: date, *, days: int, after: After) -> Finding:
    """A17: signed within ``days`` calendar days of the notice."""
    due = after(notified_on, days)
    return _in_time(
        Rule.SIGNING,
        f"中标通知书发出（{notified_on}）后 {days} 日内签订合同",
        due,
        signed_on,
        "《政府采购法》第四十六条",
    )


def publication_due(signed_on: date, *, workdays: int, after: After) -> Finding:
    """A17: the contract is published within ``workdays`` working days of signing."""
    return _reminder(
        Rule.PUBLICATION,
        f"合同签订（{signed_on}）后 {workdays} 个工作日内公告合同",
        after(signed_on, workdays),
        "《政府采购法实施条例》第五十条",
    )


def filing_due(signed_on: date, *, workdays: int, after: After) -> Finding:
    """A17: a copy is filed with the supervisor within ``workdays`` working days of signing."""
    return _reminder(
        Rule.FILING,
        f"合同签订（{signed_on}）后 {workdays} 个工作日内将合同副本报财政部门备案",
        after(signed_on, workdays),
        "《政府采购法》第四十七条",
    )


def _in_time(code: Rule, rule: str, due: date, done: date, basis: str) -> Finding:
    ok = done <= due
    sentence = f"{rule}，最迟 {due}" + ("" if ok else f"，实际 {done}，已逾期") + "。"
    return Finding(code, ok, sentence, basis, due, blocking=False)


def _reminder(code: Rule, rule: str, due: date, basis: str) -> Finding:
    """A period whose end is not recorded here: names the day and judges nothing."""
    return Finding(code, True, f"{rule}，最迟 {due}。", basis, due, blocking=False)
