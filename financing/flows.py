"""How a school buys its equipment back: instalment after instalment, then the title."""

from viewflow import this

from financing.actions import close_agreement, owes_nothing
from financing.forms import ApplyForm, DecideWaiverForm, PayForm, ReviewForm
from financing.forms.agreement import HeadSignsForm, SupplierSignsForm
from financing.forms.gates import DecideHoldForm
from registry.enums import Role
from workflow.flows import Flow
from workflow.nodes import End, Function, If, Start, Step


class BuybackFlow(Flow):
    """回购流程

    拟订回购协议 → 校长签署 → 供应商签署 → (学校申请付款 → 县财务审核 → 付款登记)* → 产权转移。奖补不在这里等：
    付清的各期由县财务成批申领，是否到账不影响学校付款。
    """

    process_title = "回购"

    start = Start("拟订回购协议").Next(this.sign_agreement)

    # the agreement is signed as a paper before anything is paid
    sign_agreement = Step(
        HeadSignsForm, title="校长签署协议", role=Role.HEAD, within="financing.sign"
    ).Next(this.countersign)
    countersign = Step(
        SupplierSignsForm, title="供应商签署协议", role=Role.SUPPLIER, within="financing.sign"
    ).Next(this.apply)

    # one round per payment; a part payment comes back here with the rest
    apply = Step(
        ApplyForm,
        title="学校申请付款",
        role=Role.SCHOOL_FINANCE,
        due=lambda agreement: agreement.next_due_day(),
    ).Next(this.review)
    review = Step(
        ReviewForm,
        title="县财务审核",
        role=Role.COUNTY_FINANCE,
        within="financing.review",
        unlike=("apply",),
    ).Next(this.is_passed)
    is_passed = If(this.was_passed, title="同意付款？").Then(this.pay).Else(this.apply)
    pay = Step(
        PayForm,
        title="付款登记",
        role=Role.COUNTY_CASHIER,
        within="financing.pay",
        unlike=("apply", "review"),
    ).Next(this.is_returned)
    is_returned = If(this.was_sent_back, title="出纳退回？").Then(this.review).Else(this.is_paid)
    is_paid = If(this.owes_nothing, title="全部付清？").Then(this.close).Else(this.apply)

    close = Function(this.pass_title, title="产权转移").Next(this.end)
    end = End()

    def was_passed(self, activation) -> bool:
        """A returned application is no longer live."""
        return activation.process.artifact.live_application() is not None

    def was_sent_back(self, activation) -> bool:
        """What the cashier could not pay waits for its review again."""
        return activation.process.artifact.live_application() is not None

    def owes_nothing(self, activation) -> bool:
        return owes_nothing(activation.process.artifact)

    def pass_title(self, activation) -> None:
        close_agreement(agreement=activation.process.artifact)


class WaiverFlow(Flow):
    """逾期利息减免

    县财务提请 → 供应商决定
    """

    process_title = "逾期利息减免"

    start = Start("提请减免").Next(this.decide)
    decide = Step(
        DecideWaiverForm, title="决定逾期利息减免", role=Role.SUPPLIER, within="financing.waiver"
    ).Next(this.end)
    end = End()


class HoldFlow(Flow):
    """暂缓付款

    装备站或学校提请 → 县财务决定
    """

    process_title = "暂缓付款"

    start = Start("提请暂缓付款").Next(this.decide)
    decide = Step(
        DecideHoldForm, title="决定暂缓付款", role=Role.COUNTY_FINANCE, within="financing.hold"
    ).Next(this.end)
    end = End()
