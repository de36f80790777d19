"""The school's form signed by its head and reviewed by the station; the county's form per round."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from acceptance import pdf
from acceptance.actions.log import log
from acceptance.enums import Level
from acceptance.models import Inspection, StationReview
from acceptance.rounds import last_round, settled
from documents.actions import issue_paper, sign
from documents.enums import PaperKind
from documents.models import Paper, Seal
from documents.trail import thread_of
from procurement.models import ProjectSchool
from registry import clock

HEAD, STATION, INSPECTOR = "校长", "装备站", "县级验收组组长"


def paper_number(school: ProjectSchool) -> str:
    """The number that all papers of one school in one project share; kinds tell them apart."""
    return f"{school.dossier.number}-{school.school.code}"


def current_paper(school: ProjectSchool, kind: PaperKind) -> Paper | None:
    """The newest paper of ``kind`` about ``school``."""
    papers = Paper.objects.filter(thread=thread_of(school), kind=kind)
    return papers.order_by("-pk").first()


@transaction.atomic
def issue_school_form(*, project_school: ProjectSchool, actor=None) -> Paper:
    """形成学校验收表 from the last finished round; a new round makes a new version.

    Raises ``ValidationError`` while anything the school found is open.
    """
    if not settled(project_school, Level.SCHOOL):
        raise ValidationError("学校验收还有没销号的整改事项，不能形成验收表。")
    inspection = last_round(project_school, Level.SCHOOL)
    return issue_paper(
        thing=project_school,
        dossier=project_school.dossier,
        school=project_school.school,
        supplier=project_school.supplier,
        kind=PaperKind.SCHOOL_ACCEPTANCE,
        number=paper_number(project_school),
        title=f"{project_school.school.name}学校验收表",
        data=pdf.school_acceptance(project_school, inspection),
        actor=actor,
    )


def school_seal(project_school: ProjectSchool) -> Seal | None:
    return Seal.objects.in_use().filter(school=project_school.school).first()


def county_seal(county, words: str) -> Seal | None:
    """The county's seal in use whose text holds ``words`` (装备站, 领导小组)."""
    return Seal.objects.in_use().filter(county=county, name__contains=words).first()


@transaction.atomic
def sign_school_form(*, project_school: ProjectSchool, user, image: str, address=None) -> Paper:
    """校长签字盖章: the drawn ``image`` (PNG data URL) is required; the seal is set if registered."""
    if not image:
        raise ValidationError("请在签名框内手写签名。")
    paper = current_paper(project_school, PaperKind.SCHOOL_ACCEPTANCE)
    if paper is None:
        raise ValidationError("学校验收表还没有形成，请先完成学校验收。")
    sign(
        paper=paper,
        signer=user,
        role=HEAD,
        party=project_school.school.name,
        image=image,
        seal=school_seal(project_school),
        address=address,
    )
    log(project_school, actor=user, verb="签字盖章", sentence=f"校长{user.name}签署《{paper}》")
    return paper


@transaction.atomic
def return_school_form(*, project_school: ProjectSchool, user, reason: str) -> None:
    """校长退回: the school inspects again, in a new round. Raises ``ValidationError`` without reason."""
    if not reason.strip():
        raise ValidationError("退回时请写明原因。")
    log(
        project_school,
        actor=user,
        verb="退回重验",
        sentence=f"校长{user.name}退回学校验收：{reason.strip()}"[:300],
    )


def signed_by_head(project_school: ProjectSchool) -> bool:
    """Whether the newest version of the school's form bears the head's signature."""
    paper = current_paper(project_school, PaperKind.SCHOOL_ACCEPTANCE)
    return paper is not None and paper.signatures.filter(role=HEAD).exists()


@transaction.atomic
def review_school_form(
    *, project_school: ProjectSchool, user, passed: bool, opinion: str = "", address=None
) -> StationReview:
    """装备站审核; passing signs the form as the station. Raises ``ValidationError``."""
    if not signed_by_head(project_school):
        raise ValidationError("学校验收表还没有校长签字，不能审核。")
    review = StationReview(
        project_school=project_school,
        reviewed_by=user,
        reviewed_at=clock.now(),
        passed=passed,
        opinion=opinion.strip(),
    )
    review.full_clean()
    review.save()
    if passed:
        county = project_school.dossier.county
        sign(
            paper=current_paper(project_school, PaperKind.SCHOOL_ACCEPTANCE),
            signer=user,
            role=STATION,
            party=f"{county.name}教育装备站",
            seal=county_seal(county, "装备站"),
            address=address,
        )
    log(project_school, actor=user, verb="装备站审核", sentence=f"装备站审核{review}"[:300])
    return review


@transaction.atomic
def issue_county_form(*, inspection: Inspection, actor=None) -> Paper:
    """形成县级逐班验收表 of one finished round."""
    school = inspection.project_school
    return issue_paper(
        thing=school,
        dossier=school.dossier,
        school=school.school,
        supplier=school.supplier,
        kind=PaperKind.COUNTY_INSPECTION,
        number=f"{paper_number(school)}-{inspection.round}",
        title=f"{school.school.name}县级逐班验收表",
        data=pdf.county_inspection(school, inspection),
        actor=actor,
    )


@transaction.atomic
def sign_county_form(*, inspection: Inspection, user, image: str, address=None) -> Paper:
    """形成并签署 the round's form by whoever finished it, with the leading group's seal if registered."""
    if not image:
        raise ValidationError("请在签名框内手写签名。")
    school = inspection.project_school
    paper = issue_county_form(inspection=inspection, actor=user)
    county = school.dossier.county
    sign(
        paper=paper,
        signer=user,
        role=INSPECTOR,
        party=f"{county.name}教育信息化建设工程领导小组办公室",
        image=image,
        seal=county_seal(county, "领导小组"),
        address=address,
    )
    return paper
