"""The data of this floor's papers, as their templates ask for it: frozen when a paper is issued.

Amounts are strings of two decimals, dates ISO strings.
"""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Count, Sum

from assets.models import AssetCard
from documents.enums import PaperKind
from documents.models import Paper
from financing.models import Agreement, Instalment
from registry import clock
from registry.money import ZERO

OWNERSHIP = "归供应商，付清后转移给学校"


def yuan(amount: Decimal) -> str:
    return f"{amount:.2f}"


def buyback_schedule(agreement: Agreement) -> dict:
    """回购计划表: every instalment with its rebates, from the rows that were stored."""
    rows = list(agreement.instalments.prefetch_related("rebates").order_by("number"))
    funders = [(r.get_funder_display(), r.percent) for r in rows[0].rebates.all()]
    listed = [_instalment(row) for row in rows]
    return {
        **heading(agreement),
        "agreement": _agreement(agreement, rows),
        "funders": [{"name": name, "percent": f"{percent:.2f}"} for name, percent in funders],
        "school_percent": f"{100 - sum((percent for _, percent in funders), Decimal(0)):.2f}",
        "instalments": listed,
        "totals": {
            **{key: _sum(listed, key) for key in ("principal", "interest", "payable", "net")},
            "rebates": [
                yuan(sum((Decimal(row["rebates"][n]) for row in listed), ZERO))
                for n in range(len(funders))
            ],
        },
        "notes": ["学校自担部分从公用经费列支的，须经县财政部门审核。"],
    }


def instalment_notice(instalment: Instalment) -> dict:
    """回购付款通知书 for one instalment."""
    agreement = instalment.agreement
    row, rebates = _instalment(instalment), instalment.rebates.all()
    supplier, county = agreement.supplier, agreement.dossier.county
    return {
        **heading(agreement),
        "agreement": {
            "number": agreement.number,
            "supplier": supplier.name,
            "instalments": agreement.instalments.count(),
        },
        "payee": {"name": supplier.name, "bank": supplier.bank, "account": supplier.account},
        **{key: row[key] for key in ("number", "due_on", "principal", "interest", "payable")},
        **{key: row[key] for key in ("net", "balance")},
        "rebates": [
            {"name": rebate.get_funder_display(), "amount": yuan(rebate.amount)}
            for rebate in rebates
        ],
        "basis": _basis(agreement),
        "issuer": f"{county.name}教育局",
        "issued_on": clock.today().isoformat(),
    }


def title_transfer(agreement: Agreement) -> dict:
    """产权转移确认书: what was paid, and the pieces that now belong to the school."""
    totals, items = agreement.totals(), _pieces(agreement)
    last = agreement.last_payment()
    return {
        **heading(agreement),
        "agreement": {
            "number": agreement.number,
            "signed_on": agreement.signed_on.isoformat(),
            "supplier": agreement.supplier.name,
            "classrooms": agreement.live_rooms().count(),
        },
        "paid": {
            "instalments": agreement.instalments.count(),
            "principal": yuan(totals["principal"]),
            "interest": yuan(totals["interest"]),
            "total": yuan(totals["payment"]),
            "last_on": last.paid_on.isoformat(),
        },
        "items": items,
        "total": {
            "quantity": sum(item["quantity"] for item in items),
            "amount": _sum(items, "amount"),
        },
        "transferred_on": clock.today().isoformat(),
    }


def _pieces(agreement: Agreement) -> list[dict]:
    """The agreement's asset cards, summed by the item of the contract."""
    item = "installed__item"
    rows = (
        AssetCard.objects.filter(room_pass__agreement_room__in=agreement.live_rooms())
        .order_by()
        .values(f"{item}__number", f"{item}__name", f"{item}__unit")
        .annotate(quantity=Count("pk"), amount=Sum("price"))
        .order_by(f"{item}__number")
    )
    return [
        {
            "name": row[f"{item}__name"],
            "quantity": row["quantity"],
            "unit": row[f"{item}__unit"],
            "amount": yuan(row["amount"]),
        }
        for row in rows
    ]


def heading(agreement: Agreement) -> dict:
    project, school = agreement.project_school.project, agreement.school
    return {
        "project": {"name": project.name, "code": project.dossier.number},
        "school": {
            "name": school.name,
            "code": school.code,
            "township": school.township.name,
        },
    }


def _agreement(agreement: Agreement, rows: list[Instalment]) -> dict:
    return {
        "number": agreement.number,
        "supplier": agreement.supplier.name,
        "classrooms": agreement.live_rooms().count(),
        "principal": yuan(agreement.principal),
        "rate": percent(agreement.annual_rate),
        "instalments": len(rows),
        "interval": agreement.get_payments_per_year_display(),
        "method": f"{agreement.get_repayment_display()}（{agreement.get_timing_display()}）",
        "first_due": rows[0].due_on.isoformat(),
        "ownership": OWNERSHIP,
    }


def percent(rate: Decimal) -> str:
    """At least two places, no idle zeros beyond them: 3.5000 is 3.50, 4.1250 is 4.125."""
    plain = f"{rate.normalize():f}"
    places = len(plain.partition(".")[2])
    return plain if places >= 2 else f"{rate:.2f}"


def _instalment(row: Instalment) -> dict:
    rebates = [rebate.amount for rebate in row.rebates.all()]
    return {
        "number": row.number,
        "due_on": row.due_on.isoformat(),
        "principal": yuan(row.principal),
        "interest": yuan(row.interest),
        "payable": yuan(row.payment),
        "rebates": [yuan(amount) for amount in rebates],
        "net": yuan(row.payment - sum(rebates, ZERO)),
        "balance": yuan(row.balance),
    }


def _sum(rows: list[dict], key: str) -> str:
    return yuan(sum((Decimal(row[key]) for row in rows), ZERO))


def _basis(agreement: Agreement) -> list[str]:
    """What the payment rests on: the papers of the handover and of the schedule."""
    papers = Paper.objects.filter(
        kind__in=[PaperKind.HANDOVER, PaperKind.BUYBACK_SCHEDULE],
        dossier=agreement.dossier,
        school=agreement.school,
        replaced_by=None,
    ).order_by("pk")
    return [f"{paper.title}（编号：{paper.number}）" for paper in papers]
