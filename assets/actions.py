"""Verbs of the assets floor: open a registration, check rooms, confirm, book."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from acceptance.models import Handover, InstalledItem, RoomPass
from assets.enums import Condition
from assets.models import AssetCard, AssetClass, CardSeries, Registration
from documents.trail import record
from procurement.models import ProjectSchool
from registry import clock
from registry.capital import capital
from registry.dates import add_months
from registry.models import County
from registry.money import ZERO

MOST_NAMES = 6
"""So many rooms are named in a sentence; the rest is counted."""


@dataclass(frozen=True)
class RoomCheck:
    """What the school found in one room (``line``: pk of its PlanLine)."""

    line: int
    custodian: str = ""
    serials_agree: bool = False
    labelled: bool = False


@transaction.atomic
def open_registration(*, project_school: ProjectSchool) -> Registration:
    """建卡: one asset card per piece present in the school's rooms that passed the county.

    Called again it returns the registration that is there. The number of queries does not depend
    on the number of rooms. Raises ``ValidationError`` when the handover is not complete, a class
    code is unknown, or a room's pieces do not add up to its contract price.
    """
    school = (
        ProjectSchool.objects.select_for_update(of=("self",))
        .select_related("project__dossier__county", "school")
        .get(pk=project_school.pk)
    )
    known = Registration.objects.filter(project_school=school).first()
    if known:
        return known
    if not Handover.objects.filter(project_school=school, completed_on__isnull=False).exists():
        raise ValidationError(f"{school.school.name}的移交手续还没有办完，不能建资产卡。")
    passes, pieces = _passed(school)
    _check_sums(passes, pieces)
    classes = _classes(pieces)
    registration = Registration.objects.create(project_school=school, opened_on=clock.today())
    numbers = _numbers(school.dossier.county, pieces)
    AssetCard.objects.bulk_create(
        _card(registration, passes[piece.plan_line_id], piece, classes, number)
        for piece, number in zip(pieces, numbers, strict=True)
    )
    amount = sum((piece.item.unit_price for piece in pieces), ZERO)
    _record(
        registration,
        None,
        "建卡",
        f"为 {len(passes)} 个班的 {len(pieces)} 件设备建立资产卡，合计 {amount:,.2f} 元",
    )
    return registration


def _passed(school: ProjectSchool) -> tuple[dict[int, RoomPass], list[InstalledItem]]:
    """Rooms that passed, by plan line, and the pieces present in them."""
    passes = {
        row.plan_line_id: row
        for row in RoomPass.objects.filter(plan_line__project_school=school).select_related(
            "plan_line__classroom", "plan_line__contract_line__contract"
        )
    }
    if not passes:
        raise ValidationError(f"{school.school.name}没有县级验收合格的班级，不能建资产卡。")
    pieces = (
        InstalledItem.objects.present()
        .filter(plan_line__project_school=school, plan_line__in=list(passes))
        .select_related("item")
        .order_by("plan_line__classroom", "item__number", "position")
    )
    return passes, list(pieces)


def _check_sums(passes: dict[int, RoomPass], pieces: list[InstalledItem]) -> None:
    """账账相符: in every room the pieces cost what the contract says the set costs."""
    found = dict.fromkeys(passes, ZERO)
    for piece in pieces:
        found[piece.plan_line_id] += piece.item.unit_price
    wrong = [
        f"{row.plan_line.classroom.name}（设备合计 {found[pk]:,.2f} 元，合同套价 "
        f"{row.plan_line.contract_line.price:,.2f} 元）"
        for pk, row in passes.items()
        if found[pk] != row.plan_line.contract_line.price
    ]
    if wrong:
        raise ValidationError(
            f"账账不符，不能建资产卡：{listed(wrong)}。请核对该班的安装登记和合同单价。"
        )


def _classes(pieces: list[InstalledItem]) -> dict[str, AssetClass]:
    """Class by code, of the newest edition that has it."""
    names = {piece.item.catalogue_code: piece.item.name for piece in pieces}
    classes = {
        row.code: row for row in AssetClass.objects.filter(code__in=names).order_by("edition")
    }
    unknown = [f"{code}（{name}）" for code, name in sorted(names.items()) if code not in classes]
    if unknown:
        raise ValidationError(
            f"分类代码 {listed(unknown)} 不在资产分类表中，请先在“资产—资产分类”中补录代码和折旧年限。"
        )
    return classes


def _numbers(county: County, pieces: list[InstalledItem]) -> list[str]:
    """The next numbers of the county's series, one per piece; the series stay locked until commit.

    Series are made and locked in the order of their codes, so two schools wait for each other
    rather than for ever.
    """
    codes = sorted({piece.item.catalogue_code for piece in pieces})
    CardSeries.objects.bulk_create(
        [CardSeries(county=county, code=code) for code in codes], ignore_conflicts=True
    )
    locked = CardSeries.objects.select_for_update().filter(county=county, code__in=codes)
    series = {row.code: row for row in locked.order_by("code")}
    for row in series.values():
        row.county = county
    numbers = [series[piece.item.catalogue_code].number() for piece in pieces]
    CardSeries.objects.bulk_update(series.values(), ["last"])
    return numbers


def _card(registration, row: RoomPass, piece: InstalledItem, classes: dict, number: str):
    contract = row.plan_line.contract_line.contract
    return AssetCard(
        registration=registration,
        number=number,
        asset_class=classes[piece.item.catalogue_code],
        room_pass=row,
        installed=piece,
        price=piece.item.unit_price,
        acquired_on=row.passed_on,
        warranty_until=add_months(row.passed_on, 12 * contract.warranty_years),
    )


@transaction.atomic
def check_rooms(*, registration: Registration, user, checks: list[RoomCheck]) -> int:
    """核对: write down what the school found room by room; returns the number of changed cards.

    A day that was written stays when the same is found again. Raises ``ValidationError`` once the
    registration is confirmed, or for a room that is not in it.
    """
    _still_open(registration)
    found = {check.line: check for check in checks}
    cards = list(
        AssetCard.objects.select_related("room_pass").filter(
            registration=registration, room_pass__plan_line__in=list(found)
        )
    )
    if {card.room_pass.plan_line_id for card in cards} != set(found):
        raise ValidationError("有的班级不在本次资产登记中，请刷新页面后再填。")
    changed = [card for card in cards if _apply(card, found[card.room_pass.plan_line_id])]
    AssetCard.objects.bulk_update(changed, ["custodian", "checked_on", "labelled_on"])
    if changed:
        rooms = len({card.room_pass_id for card in changed})
        _record(registration, user, "核对", f"核对 {rooms} 个班的 {len(changed)} 张资产卡")
    return len(changed)


def _apply(card: AssetCard, check: RoomCheck) -> bool:
    """Put ``check`` onto ``card``; True if that changes it."""
    before = (card.custodian, card.checked_on, card.labelled_on)
    today = clock.today()
    card.custodian = check.custodian.strip()
    card.checked_on = (card.checked_on or today) if check.serials_agree else None
    card.labelled_on = (card.labelled_on or today) if check.labelled else None
    return before != (card.custodian, card.checked_on, card.labelled_on)


@transaction.atomic
def confirm(*, registration: Registration, user) -> Registration:
    """核对完毕: every card agrees with its plate, carries its label and is in somebody's care.

    Raises ``ValidationError`` naming the rooms that are not.
    """
    _still_open(registration)
    missing = registration.cards.unconfirmed().order_by("room_pass__plan_line__classroom")
    rooms = list(
        dict.fromkeys(missing.values_list("room_pass__plan_line__classroom__name", flat=True))
    )
    if rooms:
        raise ValidationError(
            f"还有 {len(rooms)} 个班没有核对完：{listed(rooms)}。每个班都要填保管人，核对序列号并贴好标签。"
        )
    registration.confirmed_by, registration.confirmed_on = user, clock.today()
    registration.full_clean()
    registration.save(update_fields=["confirmed_by", "confirmed_on"])
    sums = registration.cards.sums()
    _record(
        registration,
        user,
        "核对完毕",
        f"{sums['rooms']} 个班的 {sums['cards']} 张资产卡核对无误，标签已贴，保管人已落实",
    )
    return registration


def _still_open(registration: Registration) -> None:
    if registration.confirmed_on:
        raise ValidationError(f"学校已于 {registration.confirmed_on} 核对完毕，不能再改。")


@transaction.atomic
def book(*, registration: Registration, user, voucher: str, booked_on: dt.date) -> Registration:
    """入账: the school's finance enters the cards into the books under ``voucher`` on ``booked_on``.

    借 固定资产 贷 长期应付款 (政府会计制度 财会〔2017〕25号, bought by instalments over years as
    in a finance lease). Raises ``ValidationError``: not confirmed, a day in the future or before
    the confirmation, no voucher, the same person who confirmed, or booked already.
    """
    if registration.booked_on:
        raise ValidationError(f"已于 {registration.booked_on} 凭 {registration.voucher} 入账。")
    if booked_on > clock.today():
        raise ValidationError({"booked_on": "入账日期不能晚于今天。"})
    registration.booked_by, registration.booked_on = user, booked_on
    registration.voucher = voucher.strip()
    registration.full_clean()
    registration.save(update_fields=["booked_by", "booked_on", "voucher"])
    amount = registration.cards.sums()["amount"]
    _record(
        registration,
        user,
        "入账",
        f"凭 {registration.voucher} 于 {booked_on} 入账：借固定资产 {amount:,.2f} 元，"
        f"贷长期应付款 {amount:,.2f} 元（{capital(amount)}）",
    )
    return registration


@transaction.atomic
def return_cards(*, rooms: Iterable[RoomPass], user, why: str) -> int:
    """退还: the pieces in ``rooms`` go back to the supplier; their cards stay on record and say so.

    Returns the number of cards. Scrapped pieces and those gone before are left as they are.
    """
    cards = AssetCard.objects.filter(room_pass__in=list(rooms)).held()
    return _move(cards, Condition.RETURNED, user, "退还", f"退还供应商（{why}）")


@transaction.atomic
def take_back_cards(*, rooms: Iterable[RoomPass], user, why: str) -> int:
    """Pieces in ``rooms`` that had gone back stand in their classrooms again."""
    cards = AssetCard.objects.filter(room_pass__in=list(rooms), condition=Condition.RETURNED)
    return _move(cards, Condition.IN_USE, user, "恢复在用", f"重新在用（{why}）")


def _move(cards: QuerySet, condition: Condition, user, verb: str, words: str) -> int:
    """Give all ``cards`` one condition; one event per registration, none without cards."""
    numbers: dict[int, list[str]] = {}
    for registration, number in cards.order_by("number").values_list("registration", "number"):
        numbers.setdefault(registration, []).append(number)
    cards.update(condition=condition)
    registrations = Registration.objects.select_related("project_school__project__dossier")
    for row in registrations.filter(pk__in=numbers).order_by("pk"):
        found = numbers[row.pk]
        _record(row, user, verb, f"{len(found)} 张资产卡{words}：{listed(found)}")
    return sum(map(len, numbers.values()))


def listed(words: list[str]) -> str:
    """The first few of ``words`` in a sentence, the rest counted."""
    more = f"等 {len(words)} 个" if len(words) > MOST_NAMES else ""
    return "、".join(words[:MOST_NAMES]) + more


def _record(registration: Registration, actor, verb: str, sentence: str) -> None:
    record(
        thing=registration,
        dossier=registration.dossier,
        school=registration.school,
        actor=actor,
        verb=verb,
        sentence=sentence,
    )
