"""Which payment a line of the statement is: how sure, why, and always the same. No database."""

import datetime as dt
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from accounting.matching import Candidate, Movement, propose
from accounting.subsets import Subsets

D = Decimal
DAY = dt.date(2027, 1, 15)


def line(pk=1, amount="-4761.85", party="示例企业有限公司", text="回购款", day=DAY, account=""):
    return Movement(pk, day, D(amount), party, account, text)


def paid(pk=1, amount="-4761.85", party="示例企业有限公司", day=DAY, **other):
    return Candidate("payment", pk, D(amount), day, party=party, **other)


def only(movements, candidates):
    found = propose(movements, candidates)
    assert len(found) == 1
    return found[0]


def test_everything_agrees_and_the_sentence_says_so():
    candidate = paid(numbers=(("凭证号", "2027-支-1"), ("协议编号", "HG-2026-001")))
    found = only([line(text="支付HG-2026-001第1期")], [candidate])
    assert found.candidates == (candidate,)
    assert found.confidence == 100
    assert found.because == "金额一致、收款人一致、摘要含协议编号、日期一致"


def test_a_name_that_is_only_part_of_the_other_is_less_sure_and_another_name_least():
    same, part, other = (
        only([line(party=name)], [paid()]).confidence
        for name in ("示例企业", "示例企业黎平分公司", "示例别家公司")
    )
    assert same > part > other
    assert other < 50


def test_the_account_that_the_supplier_was_paid_on_before_counts():
    known = paid(accounts=frozenset({"6222"}))
    found = only([line(party="", account="6222")], [known])
    assert "收款人账号一致" in found.because


def test_another_amount_or_direction_is_no_proposal():
    assert propose([line(amount="-4761.84")], [paid()]) == []
    assert propose([line(amount="4761.85", text="货款")], [paid()]) == []


def test_what_only_waits_cannot_have_been_paid_before_it_was_passed():
    waiting = paid(waits=True, day=DAY + dt.timedelta(days=1))
    assert propose([line()], [waiting]) == []
    assert only([line(day=waiting.day)], [waiting]).confidence >= 80


def test_two_equal_payments_and_one_line_are_left_to_a_person():
    found = only([line()], [paid(1), paid(2)])
    assert found.confidence == 55
    assert "同额的有 2 笔" in found.because


def test_as_many_equal_lines_as_payments_are_paired_in_order():
    found = propose([line(1), line(2)], [paid(7), paid(8)])
    pairs = [(p.movement.pk, p.candidates[0].pk, p.confidence) for p in found]
    assert pairs == [(1, 7, 75), (2, 8, 75)]


def test_a_quoted_school_tells_equal_payments_apart():
    one = paid(1, numbers=(("学校名称", "示例1小学"),))
    two = paid(2, numbers=(("学校名称", "示例2小学"),))
    found = propose([line(1, text="示例2小学回购"), line(2, text="示例1小学回购")], [one, two])
    assert {p.movement.pk: p.candidates[0].pk for p in found} == {1: 2, 2: 1}
    assert all(p.confidence == 100 for p in found)


def test_one_transfer_of_all_that_is_due_to_a_supplier():
    parts = [paid(n, f"-{n}00.01", group="supplier:1", waits=True) for n in (1, 2, 3)]
    other = paid(9, "-50.00", party="示例别家公司", group="supplier:2", waits=True)
    found = only([line(amount="-600.03")], [*parts, other])
    assert [c.pk for c in found.candidates] == [1, 2, 3]
    assert found.confidence >= 80
    assert found.because.startswith("3 笔合计金额一致、收款人一致")


def test_one_transfer_of_some_of_them():
    parts = [paid(n, f"-{n}00.01", group="supplier:1") for n in (1, 2, 3)]
    found = only([line(amount="-400.02")], parts)
    assert [c.pk for c in found.candidates] == [1, 3]
    assert found.confidence >= 70


def test_a_sum_that_can_be_made_in_several_ways_is_left_to_a_person():
    parts = [paid(n, "-100.00", group="supplier:1") for n in (1, 2, 3)]
    found = only([line(amount="-200.00")], parts)
    assert [c.pk for c in found.candidates] == [1, 2]
    assert found.confidence <= 50
    assert "不止一种" in found.because


def test_a_batch_holds_only_what_was_paid_about_that_day():
    old = paid(1, "-100.00", group="supplier:1", day=DAY - dt.timedelta(days=400))
    now = [paid(n, f"-{n}00.01", group="supplier:1", waits=True) for n in (2, 3)]
    found = only([line(amount="-500.02")], [old, *now])
    assert [c.pk for c in found.candidates] == [2, 3]
    assert found.confidence >= 80


def test_a_batch_of_another_supplier_is_no_proposal():
    parts = [paid(n, f"-{n}00.00", group="supplier:1") for n in (1, 2)]
    assert propose([line(amount="-300.00", party="示例别家公司")], parts) == []


def test_a_province_pays_many_claims_by_one_document():
    claims = [
        Candidate(
            "claim",
            n,
            D(f"{n}00.00"),
            DAY,
            numbers=(("批复文号", "示例教财〔2027〕9号"),),
            group="province:示例教财〔2027〕9号",
            waits=True,
        )
        for n in (1, 2, 3)
    ]
    text = "奖补资金 示例教财〔2027〕9号"
    found = only([line(amount="600.00", party="示例省财政厅", text=text)], claims)
    assert len(found.candidates) == 3
    assert "摘要含批复文号" in found.because
    assert found.confidence >= 80


def test_fees_and_interest_explain_themselves_when_small():
    def told(amount, text):
        return propose([line(amount=amount, party="", text=text)], [])

    assert told("-0.50", "手续费")[0].candidates[0].key == "explained:fee"
    assert told("12.34", "结息")[0].confidence == 85
    assert told("120000.00", "结息")[0].confidence == 50
    assert told("0.50", "手续费") == []
    assert told("4761.85", "退汇 账号不符")[0].candidates[0].key == "explained:bounced"


amounts = st.integers(1, 10**7)


@given(st.lists(amounts, min_size=1, max_size=12), st.data())
@settings(deadline=None)
def test_a_subset_makes_the_sum_exactly(values, data):
    chosen = data.draw(st.sets(st.sampled_from(range(len(values))), min_size=1))
    target = sum(values[n] for n in chosen)
    found, ways = Subsets(values).making(target)
    assert sum(values[n] for n in found) == target
    assert len(set(found)) == len(found)
    assert ways >= 1


@given(st.lists(amounts, max_size=10), amounts)
@settings(deadline=None)
def test_ways_are_counted_as_by_trying_all(values, target):
    every = sum(
        sum(v for n, v in enumerate(values) if mask >> n & 1) == target
        for mask in range(1, 2 ** len(values))
    )
    assert Subsets(values).making(target)[1] == every


pieces = st.tuples(st.integers(1, 5), st.integers(0, 3), st.sampled_from(["甲公司", "乙公司", ""]))


@given(st.lists(pieces, max_size=8), st.lists(pieces, max_size=8), st.randoms())
@settings(deadline=None)
def test_nothing_is_proposed_twice_and_the_order_of_arrival_plays_no_part(ours, theirs, chance):
    lines = [
        line(n, f"-{a}.00", p, day=DAY + dt.timedelta(days=d)) for n, (a, d, p) in enumerate(theirs)
    ]
    candidates = [
        paid(n, f"-{a}.00", p, DAY + dt.timedelta(days=d), group=f"supplier:{p}")
        for n, (a, d, p) in enumerate(ours)
    ]
    found = propose(lines, candidates)
    used = [c.key for p in found for c in p.candidates]
    assert len(used) == len(set(used))
    assert len({p.movement.pk for p in found}) == len(found)
    for proposal in found:
        assert sum(c.amount for c in proposal.candidates) == proposal.movement.amount
        assert 0 <= proposal.confidence <= 100
    chance.shuffle(lines)
    chance.shuffle(candidates)
    assert propose(lines, candidates) == found
