"""The story of a county's project, told once, from opening to the last payment.

Each step waits for facts in the tables below, not for messages; ``chain`` starts the children and
wakes the story when one of them ends.
"""

from viewflow import this

from acceptance.forms import ContractAcceptanceForm
from banbantong import chain
from banbantong.forms import CloseForm
from procurement.forms import ApprovalForm, PlanForm
from registry.enums import Role
from workflow.flows import Flow
from workflow.nodes import End, Function, If, Start, Step, Wait


class ProjectFlow(Flow):
    """项目总流程

    立项 → 编制方案 → 领导小组审批 → 采购 → 各校实施 → 履约验收 → 结项 → 回购期 → 归档
    """

    start = Start("立项", Role.PROJECT_OFFICE).Next(this.plan)

    # project office and leading group
    plan = Step(PlanForm, title="编制方案", role=Role.PROJECT_OFFICE, within="term.plan").Next(
        this.approve
    )
    approve = Step(
        ApprovalForm,
        title="领导小组审批",
        role=Role.LEADING_GROUP,
        within="term.approve",
        unlike=("plan",),
    ).Next(this.approved)
    approved = If(this.is_approved, title="同意？").Then(this.invite).Else(this.plan)

    # the tender's own story
    invite = Function(this.start_tender, title="启动采购").Next(this.procure)
    procure = Wait(this.has_contract, title="采购").Next(this.open_schools)

    # every school's own story
    open_schools = Function(this.start_schools, title="启动各校实施").Next(this.implement)
    implement = Wait(this.every_school_handed_over, title="各校实施").Next(this.conclude)

    # project office
    conclude = Step(
        ContractAcceptanceForm,
        title="履约验收",
        role=Role.PROJECT_OFFICE,
        within="term.conclude",
    ).Next(this.close)
    close = Step(
        CloseForm, title="结项", role=Role.LEADING_GROUP, within="term.close", unlike=("conclude",)
    ).Next(this.buy_back)

    # five years of instalments
    buy_back = Wait(this.every_agreement_is_over, title="回购期").Next(this.archive)
    archive = Function(this.close_dossier, title="归档").Next(this.end)
    end = End()

    def is_approved(self, activation):
        return activation.process.artifact.approved

    def start_tender(self, activation):
        chain.start_tender(activation.process.artifact)

    def has_contract(self, activation):
        return chain.has_contract(activation.process.artifact)

    def start_schools(self, activation):
        chain.start_schools(activation.process.artifact)

    def every_school_handed_over(self, activation):
        return chain.every_school_handed_over(activation.process.artifact)

    def every_agreement_is_over(self, activation):
        return chain.every_agreement_is_over(activation.process.artifact)

    def close_dossier(self, activation):
        chain.archive(activation.process.artifact)
