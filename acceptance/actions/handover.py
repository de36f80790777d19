"""移交: the supplier lays out what is handed over; three different people sign; it is complete."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from acceptance import pdf
from acceptance.actions.log import log
from acceptance.actions.signing import county_seal, current_paper, paper_number
from acceptance.enums import HandoverParty
from acceptance.models import Handover, HandoverSignature
from acceptance.rounds import live_lines
from documents.actions import issue_paper, sign
from documents.enums import PaperKind
from documents.models import Seal
from procurement.models import ProjectSchool
from registry import clock


@transaction.atomic
def open_handover(*, project_school: ProjectSchool, user, documents: str) -> Handover:
    """移交申请: the papers and keys that go with the equipment, one line each; issues the 移交单.

    Raises ``ValidationError`` while a live room has not passed the county inspection.
    """
    lines = live_lines(project_school)
    missing = lines.filter(passed=None).count()
    if missing or not lines.exists():
        raise ValidationError(f"还有 {missing} 个班没有通过县级验收，不能移交。")
    row = Handover(
        project_school=project_school, opened_on=clock.today(), documents=documents.strip()
    )
    row.full_clean()
    row.save()
    issue_paper(
        thing=project_school,
        dossier=project_school.dossier,
        school=project_school.school,
        supplier=project_school.supplier,
        kind=PaperKind.HANDOVER,
        number=paper_number(project_school),
        title=f"{project_school.school.name}资产移交单",
        data=pdf.handover(row),
        actor=user,
    )
    log(project_school, actor=user, verb="移交申请", sentence="提出资产移交，随交资料已列清")
    return row


@transaction.atomic
def sign_handover(
    *, project_school: ProjectSchool, user, party: HandoverParty, image: str, address=None
) -> HandoverSignature:
    """One of the three signs the 移交单; nobody signs twice. Raises ``ValidationError``."""
    if not image:
        raise ValidationError("请在签名框内手写签名。")
    handover = Handover.objects.filter(project_school=project_school).first()
    if handover is None:
        raise ValidationError("移交单还没有形成，请等待供应商提出移交申请。")
    row = HandoverSignature(handover=handover, party=party, signed_by=user, signed_on=clock.today())
    row.full_clean()
    row.save()
    name, seal = _side(project_school, party)
    sign(
        paper=current_paper(project_school, PaperKind.HANDOVER),
        signer=user,
        role=party.label,
        party=name,
        image=image,
        seal=seal,
        address=address,
    )
    log(
        project_school,
        actor=user,
        verb="移交签字",
        sentence=f"{party.label}{user.name}签署资产移交单",
    )
    return row


def _side(project_school: ProjectSchool, party: HandoverParty) -> tuple[str, Seal | None]:
    """Name of the party's unit and its seal in use."""
    seals = Seal.objects.in_use()
    if party == HandoverParty.SUPPLIER:
        supplier = project_school.supplier
        return supplier.name, seals.filter(supplier=supplier).first()
    if party == HandoverParty.SCHOOL:
        return project_school.school.name, seals.filter(school=project_school.school).first()
    county = project_school.dossier.county
    return f"{county.name}教育装备站", county_seal(county, "装备站")


@transaction.atomic
def complete_handover(*, project_school: ProjectSchool) -> Handover:
    """移交完成 on the day the third party has signed."""
    handover = Handover.objects.select_for_update(of=("self",)).get(project_school=project_school)
    if handover.signatures.count() < len(HandoverParty):
        raise ValidationError("移交人、接收人、监交人都签字后移交才算完成。")
    handover.completed_on = clock.today()
    handover.full_clean()
    handover.save(update_fields=["completed_on"])
    rooms = live_lines(project_school).count()
    log(project_school, actor=None, verb="移交完成", sentence=f"{rooms} 个班的设备移交完成")
    return handover
