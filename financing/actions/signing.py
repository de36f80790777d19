"""签署: the head signs for the school, then the supplier; what is signed, with which seal."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction

from documents.actions import sign
from documents.enums import PaperKind
from documents.models import Paper, Seal
from documents.trail import thread_of
from financing.actions.log import locked, note
from financing.models import Agreement, Revision
from registry import clock

HEAD, SUPPLIER = "校长", "供应商"
"""In which capacity the two parties sign."""
BOTH = frozenset((HEAD, SUPPLIER))


@dataclass(frozen=True)
class Party:
    """One side of an agreement: in which capacity it signs, its name, its seal in use."""

    role: str
    name: str
    seal: Seal | None


def party_of(agreement: Agreement, role: str) -> Party:
    seals = Seal.objects.in_use()
    if role == HEAD:
        school = agreement.school
        return Party(role, school.name, seals.filter(school=school).first())
    supplier = agreement.supplier
    return Party(role, supplier.name, seals.filter(supplier=supplier).first())


def papers_of(thing: Agreement | Revision) -> list[Paper]:
    """What is signed: the agreement or its change, and the schedule that belongs to it."""
    revised = isinstance(thing, Revision)
    agreement = thing.agreement if revised else thing
    kind = PaperKind.AGREEMENT_CHANGE if revised else PaperKind.BUYBACK_AGREEMENT
    papers = [_current(thing, kind), _current(agreement, PaperKind.BUYBACK_SCHEDULE)]
    return [paper for paper in papers if paper is not None]


def _current(thing, kind: PaperKind) -> Paper | None:
    papers = Paper.objects.filter(thread=thread_of(thing), kind=kind, replaced_by=None)
    return papers.prefetch_related("signatures").order_by("-pk").first()


def is_signed(agreement: Agreement) -> bool:
    """Both parties signed; an agreement from before there was a paper was signed by hand."""
    paper = _current(agreement, PaperKind.BUYBACK_AGREEMENT)
    return paper is None or {one.role for one in paper.signatures.all()} >= BOTH


def must_be_signed(agreement: Agreement) -> None:
    """Raises ``ValidationError``: nothing is paid or changed before both parties signed."""
    if not is_signed(agreement):
        raise ValidationError("回购协议还没有经学校和供应商签署，不能办理。")


@transaction.atomic
def sign_agreement(*, agreement: Agreement, user, role: str, image: str, address=None) -> Agreement:
    """签署回购协议 with its schedule; signed on the day of the second signature.

    ``image``: the drawn signature (PNG data URL). Raises ``ValidationError`` without it, or when
    this party has signed before.
    """
    agreement = locked(agreement)
    _sign(agreement, agreement, user, role, image, address)
    if is_signed(agreement):
        agreement.signed_on = clock.today()
        agreement.full_clean()
        agreement.save(update_fields=["signed_on"])
    return agreement


@transaction.atomic
def sign_revision(*, revision: Revision, user, role: str, image: str, address=None) -> Revision:
    """签署变更书 with the new schedule. Raises ``ValidationError`` like ``sign_agreement``."""
    agreement = locked(revision.agreement)
    _sign(revision, agreement, user, role, image, address)
    return revision


def _sign(thing, agreement: Agreement, user, role: str, image: str, address) -> None:
    if not image:
        raise ValidationError("请在签名框内手写签名。")
    papers = [p for p in papers_of(thing) if role not in {one.role for one in p.signatures.all()}]
    if not papers:
        raise ValidationError("文书已经签署，或还没有形成。")
    party = party_of(agreement, role)
    for paper in papers:
        sign(
            paper=paper,
            signer=user,
            role=role,
            party=party.name,
            image=image,
            seal=party.seal,
            address=address,
        )
    titles = "、".join(f"《{paper.title}》" for paper in papers)
    note(agreement, user, "签署", f"{role}{user.name}签署{titles}"[:300], supplier=True)
