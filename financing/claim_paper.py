"""The data of the paper 奖补申领汇总表: frozen when the batch goes out."""

from __future__ import annotations

from financing.claim_lines import ClaimLine, lines_of_batch
from financing.models import ClaimBatch
from financing.pdf import percent, yuan
from registry.money import ZERO


def rebate_claim(batch: ClaimBatch) -> dict:
    """What ``papers/claim_batch.html`` prints; amounts as strings, dates in ISO."""
    lines, project = lines_of_batch(batch), batch.project
    share = project.funding.filter(funder=batch.funder).first()
    return {
        "project": {"name": project.name, "code": project.dossier.number},
        "county": batch.county.name,
        "level": batch.get_funder_display(),
        "document": batch.document,
        "claimed_on": batch.claimed_on.isoformat(),
        "rule": share.rule if share else "",
        "lines": [_line(line) for line in lines],
        "total": {
            "lines": len(lines),
            "schools": len({line.code for line in lines}),
            "payment": yuan(sum((line.payment for line in lines), ZERO)),
            "amount": yuan(sum((line.amount for line in lines), ZERO)),
        },
    }


def _line(line: ClaimLine) -> dict:
    return {
        "number": line.number,
        "code": line.code,
        "school": line.school,
        "township": line.township,
        "rooms": line.rooms,
        "instalment": line.instalment,
        "due_on": line.due_on.isoformat(),
        "paid_on": line.paid_on.isoformat() if line.paid_on else "",
        "payment": yuan(line.payment),
        "base": yuan(line.base),
        "percent": percent(line.percent),
        "amount": yuan(line.amount),
    }
