"""履约验收: the contract as a whole, after every school has taken over (采购法 41, 实施条例 45)."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from acceptance import pdf
from acceptance.models import ContractAcceptance
from documents.actions import issue_paper
from documents.enums import PaperKind
from documents.trail import record
from procurement.models import PlanLine, Project, ProjectSchool
from registry import clock


@transaction.atomic
def conclude_contract(
    *,
    project: Project,
    user,
    organised: str,
    body: str,
    method: str,
    procedure: str,
    content: str,
    standard: str,
    members: str,
    conclusion: str,
    invited: str = "",
    sampling: str = "",
) -> ContractAcceptance:
    """Conclude the acceptance of the whole contract and issue the 履约验收书.

    ``members``: one line each, 姓名 单位 职务. Raises ``ValidationError`` while a live room has not
    passed or has not been handed over.
    """
    unsettled = unsettled_rooms(project)
    if unsettled:
        raise ValidationError(f"还不能履约验收：{unsettled}。")
    row = ContractAcceptance(
        project=project,
        organised=organised,
        body=body,
        invited=invited,
        method=method,
        sampling=sampling,
        procedure=procedure,
        content=content,
        standard=standard,
        members=members.strip(),
        conclusion=conclusion,
        concluded_on=clock.today(),
        concluded_by=user,
    )
    row.full_clean()
    row.save()
    project.accepted_on = row.concluded_on
    project.save(update_fields=["accepted_on"])
    _issue(row, user)
    return row


def _issue(row: ContractAcceptance, user) -> None:
    """The 履约验收书, for the county and the supplier."""
    project, contract = row.project, row.project.current_contract()
    issue_paper(
        thing=project,
        dossier=project.dossier,
        supplier=contract.supplier,
        kind=PaperKind.CONTRACT_ACCEPTANCE,
        number=contract.number,
        title=f"{project.name}履约验收书"[:120],
        data=pdf.contract_acceptance(row),
        actor=user,
    )
    record(
        thing=project,
        dossier=project.dossier,
        supplier=contract.supplier,
        actor=user,
        verb="履约验收",
        sentence=f"合同 {contract.number} 履约验收：{row.conclusion}"[:300],
    )


def unsettled_rooms(project: Project) -> str:
    """What keeps the contract from being concluded, in words; empty when nothing does."""
    lines = PlanLine.objects.filter(project_school__project=project).live()
    if not lines.exists():
        return "项目没有在建的班级"
    found = []
    if waiting := lines.filter(passed=None).count():
        found.append(f"{waiting} 个班没有通过县级验收")
    schools = ProjectSchool.objects.filter(pk__in=lines.values("project_school"))
    if waiting := schools.filter(handover__completed_on=None).count():
        found.append(f"{waiting} 所学校没有办完移交")
    return "，".join(found)
