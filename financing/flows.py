"""How a school buys its equipment back: instalment after instalment, then the title."""

from viewflow import this
from viewflow.workflow import lock
from viewflow.workflow.signals import flow_finished
from viewflow.workflow.status import PROCESS

from financing.actions import account_of, close_agreement, owes_nothing
from financing.actions.revision import DECIDES
from financing.actions.signing import is_signed
from financing.enums import RevisionKind
from financing.forms import ApplyForm, DecideWaiverForm, PayForm, ReviewForm
from financing.forms.agreement import HeadSignsForm, SupplierSignsForm
from financing.forms.gates import DecideHoldForm
from financing.forms.revision import (
    DecideRevisionForm,
    HeadSignsRevisionForm,
    ReturnCreditForm,
    SupplierSignsRevisionForm,
)
from financing.models import Agreement
from registry import clock
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
    is_paid = If(this.owes_nothing, title="全部付清？").Then(this.has_surplus).Else(this.apply)

    # the supplier gives back what was paid beyond everything
    has_surplus = If(this.has_credit, title="有多付款？").Then(this.refund).Else(this.is_bought)
    refund = Step(
        ReturnCreditForm,
        title="登记退款",
        role=Role.COUNTY_FINANCE,
        within="financing.refund",
        detour=True,
    ).Next(this.is_paid)

    is_bought = If(this.stands, title="设备归学校？").Then(this.close).Else(this.end)
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

    def has_credit(self, activation) -> bool:
        return account_of(activation.process.artifact).credit > 0

    def stands(self, activation) -> bool:
        """It was not terminated: then the equipment would be the supplier's."""
        return activation.process.artifact.terminated_on is None

    def pass_title(self, activation) -> None:
        close_agreement(agreement=activation.process.artifact)


def wind_up(agreement: Agreement) -> bool:
    """End a buyback that owes nothing any more although nobody pays; True if it ended.

    A change or a waiver may settle the last debt. The open application is cancelled with its task;
    unless the equipment went back, the title passes as after a payment.
    """
    process = BuybackFlow.process_of(agreement)
    if process is None or process.finished:
        return False
    with BuybackFlow.lock(process.pk):
        process.refresh_from_db()
        account = account_of(agreement)
        waits = agreement.live_application() is None and is_signed(agreement)
        if process.finished or not waits or account.owed or account.credit:
            return False
        if agreement.terminated_on is None:
            close_agreement(agreement=agreement)
        for task in process.task_set.filter(finished=None):
            task.flow_task.activation_class(task).cancel()
        process.status, process.finished = PROCESS.DONE, clock.now()
        process.save(update_fields=["status", "finished"])
        flow_finished.send(sender=BuybackFlow, process=process, task=None)
    return True


def wind_up_later(pk: int) -> None:
    """``wind_up`` once this process's lock is free: two flows never hold each other's."""
    rows = Agreement.objects.filter(pk=pk)
    lock.after_lock_released(lambda: [wind_up(row) for row in rows])


class WaiverFlow(Flow):
    """逾期利息减免

    县财务提请 → 供应商决定
    """

    process_title = "逾期利息减免"

    start = Start("提请减免").Next(this.decide)
    decide = Step(
        DecideWaiverForm, title="决定逾期利息减免", role=Role.SUPPLIER, within="financing.waiver"
    ).Next(this.settle)
    settle = Function(this.wind_up, title="无欠款即办结").Next(this.end)
    end = End()

    def wind_up(self, activation) -> None:
        wind_up_later(activation.process.artifact.agreement_id)


class RevisionFlow(Flow):
    """计划变更

    县财务提请 → 领导小组或另一名县财务决定 → 校长签署 → 供应商签署；新的计划自决定起生效
    """

    process_title = "计划变更"

    start = Start("提请变更").Next(this.who_decides)
    who_decides = If(this.changes_the_sum, title="金额有变？")
    who_decides.Then(this.decide_group).Else(this.decide_finance)

    # how much is owed: the leading group; only when: a second person of county finance
    decide_group = Step(
        DecideRevisionForm,
        title="领导小组决定变更",
        role=Role.LEADING_GROUP,
        within="financing.decide",
        unlike=("start",),
        detour=True,
    ).Next(this.is_agreed)
    decide_finance = Step(
        DecideRevisionForm,
        title="县财务决定变更",
        role=Role.COUNTY_FINANCE,
        within="financing.decide",
        unlike=("start",),
        detour=True,
    ).Next(this.is_agreed)
    is_agreed = If(this.was_agreed, title="同意？").Then(this.sign_change).Else(this.end)

    # both parties sign the change and the new schedule
    sign_change = Step(
        HeadSignsRevisionForm, title="校长签署变更书", role=Role.HEAD, within="financing.sign"
    ).Next(this.countersign_change)
    countersign_change = Step(
        SupplierSignsRevisionForm,
        title="供应商签署变更书",
        role=Role.SUPPLIER,
        within="financing.sign",
    ).Next(this.has_surplus)

    # a termination may leave money that the supplier has to give back
    has_surplus = If(this.has_credit, title="有多付款？").Then(this.refund).Else(this.settle)
    refund = Step(
        ReturnCreditForm,
        title="登记退款",
        role=Role.COUNTY_FINANCE,
        within="financing.refund",
        detour=True,
    ).Next(this.has_surplus)
    settle = Function(this.wind_up, title="无欠款即办结").Next(this.end)
    end = End()

    def changes_the_sum(self, activation) -> bool:
        kind = RevisionKind(activation.process.artifact.kind)
        return DECIDES[kind] == Role.LEADING_GROUP

    def was_agreed(self, activation) -> bool:
        return bool(activation.process.artifact.passed)

    def has_credit(self, activation) -> bool:
        account = account_of(activation.process.artifact.agreement)
        return account.credit > 0 and not account.owed

    def wind_up(self, activation) -> None:
        wind_up_later(activation.process.artifact.agreement_id)


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
