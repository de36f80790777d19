"""到货安装: pieces with serial numbers, room by room and batch by batch; and taking pieces back."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import Counter
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from acceptance.actions.log import log
from acceptance.models import Defect, Delivery, InstalledItem, PartResult, RoomPass
from acceptance.rooms import NOT_THERE, room_states
from acceptance.rounds import live_lines
from procurement.models import PlanLine, ProjectSchool
from registry import clock

LONGEST = InstalledItem._meta.get_field("serial").max_length


@dataclass(frozen=True)
class Piece:
    """One piece to register: contract item ``item`` number ``position`` in room ``line`` (both pks)."""

    line: int
    item: int
    position: int
    serial: str
    actual_model: str = ""

    @property
    def slot(self) -> tuple[int, int, int]:
        return (self.line, self.item, self.position)


def normalise(serial: str) -> str:
    """The serial as stored: half-width, upper case, no spaces; so that one plate is one text."""
    return "".join(unicodedata.normalize("NFKC", serial).split()).upper()


def faults(project_school: ProjectSchool, pieces: list[Piece]) -> dict[int, str]:
    """What is wrong with each piece, by its place in the list; four queries however many pieces."""
    contract = project_school.project.current_contract()
    per_set = dict(contract.items.values_list("pk", "per_set")) if contract else {}
    rooms = set(
        live_lines(project_school)
        .filter(contract_line__contract=contract)
        .values_list("pk", flat=True)
    )
    serials = [normalise(piece.serial) for piece in pieces]
    elsewhere = _registered(serials)
    here = InstalledItem.objects.present().filter(plan_line__in=rooms)
    taken = set(here.values_list("plan_line", "item", "position"))
    seen, slots = Counter(serials), Counter(piece.slot for piece in pieces)
    found = {}
    for at, (piece, serial) in enumerate(zip(pieces, serials, strict=True)):
        if piece.line not in rooms:
            found[at] = "这个班不在本校的合同清单中。"
        elif not 1 <= piece.position <= per_set.get(piece.item, 0):
            found[at] = "合同中没有这件设备。"
        elif piece.slot in taken or slots[piece.slot] > 1:
            found[at] = "这个班的这件设备已经登记；换件请用“退换”。"
        elif not serial:
            found[at] = "请填写序列号。"
        elif len(serial) > LONGEST:
            found[at] = f"序列号超过 {LONGEST} 个字符，请核对铭牌。"
        elif seen[serial] > 1:
            found[at] = f"序列号 {serial} 在本次填写中重复，请核对铭牌。"
        elif serial in elsewhere:
            found[at] = (
                f"序列号 {serial} 已登记在{_place(elsewhere[serial], contract)}，请核对铭牌。"
            )
    return found


def _registered(serials: list[str]) -> dict[str, InstalledItem]:
    rows = InstalledItem.objects.present().filter(serial__in=set(serials) - {""})
    rows = rows.select_related("item", "plan_line__classroom", "plan_line__project_school__school")
    return {row.serial: row for row in rows}


def _place(row: InstalledItem, contract) -> str:
    """Where a serial stands, for people of the same contract; others only learn that it is taken."""
    if row.item.contract_id == contract.pk:
        return str(row.plan_line)
    return "其他项目"


@transaction.atomic
def install(
    *,
    project_school: ProjectSchool,
    user,
    pieces: list[Piece],
    delivered_on: dt.date,
    installed_on: dt.date,
    note: str = "",
) -> list[InstalledItem]:
    """Register ``pieces``, which came on ``delivered_on``; a day's delivery is one batch.

    Raises ``ValidationError`` with one sentence per faulty piece; then nothing is written.
    """
    _check_days(project_school, delivered_on, installed_on)
    _not_an_inspector(project_school, user)
    wrong = faults(project_school, pieces)
    if wrong:
        raise ValidationError(list(dict.fromkeys(wrong.values())))
    if not pieces:
        return []
    batch = _batch(project_school, user, delivered_on, note)
    rows = InstalledItem.objects.bulk_create(
        InstalledItem(
            plan_line_id=piece.line,
            item_id=piece.item,
            position=piece.position,
            serial=normalise(piece.serial),
            actual_model=piece.actual_model.strip(),
            delivery=batch,
            installed_on=installed_on,
            installed_by=user,
        )
        for piece in pieces
    )
    rooms = len({piece.line for piece in pieces})
    log(
        project_school,
        actor=user,
        verb="到货安装",
        sentence=f"{batch}（{delivered_on} 到货）登记 {rooms} 个班 {len(rows)} 件设备",
        data={"serials": sorted(row.serial for row in rows)},
    )
    return rows


def _check_days(
    project_school: ProjectSchool, delivered_on: dt.date, installed_on: dt.date
) -> None:
    contract = project_school.project.current_contract()
    if contract is None or contract.signed_on is None:
        raise ValidationError("合同还没有签订，不能登记到货。")
    if delivered_on < contract.signed_on:
        raise ValidationError(f"到货日期不能早于合同签订日期 {contract.signed_on}。")
    if installed_on < delivered_on:
        raise ValidationError("安装日期不能早于到货日期。")
    if installed_on > clock.today():
        raise ValidationError("到货和安装日期不能晚于今天。")


def _not_an_inspector(project_school: ProjectSchool, user) -> None:
    if PartResult.objects.filter(
        inspection__project_school=project_school, decided_by=user
    ).exists():
        raise ValidationError("您参加过本校的验收，不能再登记安装（安装与验收岗位分离）。")


def _batch(project_school: ProjectSchool, user, delivered_on: dt.date, note: str) -> Delivery:
    batches = Delivery.objects.filter(project_school=project_school)
    known = batches.filter(delivered_on=delivered_on).first()
    if known:
        return known
    last = batches.aggregate(last=Max("number"))["last"] or 0
    batch = Delivery(
        project_school=project_school,
        number=last + 1,
        delivered_on=delivered_on,
        delivered_by=user,
        note=note,
    )
    batch.full_clean()
    batch.save()
    return batch


@transaction.atomic
def take_back(*, piece: InstalledItem, user, reason: str) -> InstalledItem:
    """退换: ``piece`` leaves its room; its row stays with day and reason.

    Refused once the room has passed, and once it was judged unless something in it is to be
    rectified or the room left the plan. Raises ``ValidationError``.
    """
    line = piece.plan_line
    if piece.returned_on:
        raise ValidationError("这件设备已经退换，请刷新页面。")
    if RoomPass.objects.filter(plan_line=line).exists():
        raise ValidationError(f"{line}已经县级验收合格，设备更换请走报修。")
    if _stands_judged(line):
        raise ValidationError(f"{line}已经验收且没有待整改事项，不能退换设备。")
    piece.returned_on, piece.return_reason = clock.today(), reason.strip()
    piece.full_clean()
    piece.save(update_fields=["returned_on", "return_reason"])
    log(
        line.project_school,
        actor=user,
        verb="退换",
        sentence=f"{line}的{piece}退换：{piece.return_reason}"[:300],
    )
    return piece


def _stands_judged(line: PlanLine) -> bool:
    """Whether verdicts speak of the pieces as they stand: judged, nothing open, still in the plan."""
    return (
        PlanLine.objects.filter(pk=line.pk).live().exists()
        and PartResult.objects.filter(plan_line=line).exists()
        and not Defect.objects.open().filter(found__plan_line=line).exists()
    )


@transaction.atomic
def replace(
    *, piece: InstalledItem, user, reason: str, serial: str, actual_model: str = ""
) -> InstalledItem:
    """Take ``piece`` back and put another with ``serial`` in its place, today."""
    take_back(piece=piece, user=user, reason=reason)
    new = Piece(piece.plan_line_id, piece.item_id, piece.position, serial, actual_model)
    school = piece.plan_line.project_school
    return install(
        project_school=school,
        user=user,
        pieces=[new],
        delivered_on=clock.today(),
        installed_on=clock.today(),
        note="退换补发",
    )[0]


@transaction.atomic
def finish_installation(*, project_school: ProjectSchool, user) -> None:
    """安装完毕: every live room has every piece. Raises ``ValidationError`` naming rooms that lack."""
    lines = list(room_states(live_lines(project_school)))
    if not lines:
        raise ValidationError("本校没有待安装的班级。")
    missing = [line for line in lines if line.room_state in NOT_THERE]
    if missing:
        names = "、".join(
            f"{one.classroom.name}（{one.present}/{one.needed}件）" for one in missing[:6]
        )
        more = "等" if len(missing) > 6 else ""
        raise ValidationError(
            f"还有 {len(missing)} 个班没有装齐：{names}{more}。已填的可以先暂存。"
        )
    log(
        project_school,
        actor=user,
        verb="安装完毕",
        sentence=f"{len(lines)} 个班全部安装完毕",
    )
