"""How a tender goes: announcement, opening and evaluation, award, contract."""

from __future__ import annotations

from viewflow import this

from procurement.enums import TenderOutcome
from procurement.findings import decide_by, sign_by
from procurement.forms.contract import ConfirmContractForm, ContractForm
from procurement.forms.tender import AnnounceForm, AwardForm, OpeningForm
from registry.enums import Role
from workflow.flows import Flow
from workflow.nodes import End, If, Start, Step


class TenderFlow(Flow):
    """One public tender up to the signed contract; a failed one ends and the roof starts another."""

    process_title = "公开招标"

    start = Start("方案批准，发起采购").Next(this.announce)

    announce = Step(
        AnnounceForm,
        title="编制招标文件并发布公告",
        role=Role.PROCUREMENT,
        within="tender.prepare_workdays",
    ).Next(this.record_opening)

    record_opening = Step(
        OpeningForm,
        title="开标评标记录",
        role=Role.PROCUREMENT,
        due=lambda tender: tender.bids_due_on,
    ).Next(this.has_failed)

    has_failed = (
        If(
            lambda activation: activation.process.artifact.outcome == TenderOutcome.FAILED,
            title="是否废标",
        )
        .Then(this.end)
        .Else(this.award)
    )

    award = Step(
        AwardForm,
        title="定标",
        role=Role.PROJECT_OFFICE,
        due=decide_by,
        unlike=("announce", "record_opening"),
    ).Next(this.draft_contract)

    draft_contract = Step(ContractForm, title="签订合同", role=Role.PROCUREMENT, due=sign_by).Next(
        this.confirm_contract
    )

    confirm_contract = Step(
        ConfirmContractForm,
        title="供应商确认签约",
        role=Role.SUPPLIER,
        due=sign_by,
        unlike=("announce", "record_opening", "award", "draft_contract"),
    ).Next(this.is_signed)

    is_signed = (
        If(
            lambda activation: activation.process.artifact.contract.signed_on is not None,
            title="是否已签约",
        )
        .Then(this.end)
        .Else(this.draft_contract)
    )

    end = End()
