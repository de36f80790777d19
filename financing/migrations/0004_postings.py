"""How the payments of before were taken up: interest first, then principal, instalment by instalment;
and what had arrived of each claim, as a receipt of its own."""

import datetime as dt

from django.utils import timezone

from django.db import migrations


def forwards(apps, schema_editor):
    Payment = apps.get_model("financing", "Payment")
    Posting = apps.get_model("financing", "Posting")
    settled = {}  # payment → what it settled, so that its reversal gives back the same
    interest_left = {}
    for payment in Payment.objects.select_related("instalment").order_by("pk"):
        if payment.reverses_id:
            parts = {kind: -amount for kind, amount in settled[payment.reverses_id].items()}
            interest_left[payment.instalment_id] -= parts["interest"]
            source = payment.reverses_id
        else:
            left = interest_left.get(payment.instalment_id, payment.instalment.interest)
            interest = min(left, payment.amount)
            interest_left[payment.instalment_id] = left - interest
            parts = {"interest": interest, "principal": payment.amount - interest}
            settled[payment.pk] = parts
            source = payment.pk
        Posting.objects.bulk_create(
            Posting(
                payment_id=source,
                instalment_id=payment.instalment_id,
                kind=kind,
                amount=amount,
                recorded_at=payment.recorded_at,
            )
            for kind, amount in parts.items()
            if amount
        )


def receipts(apps, schema_editor):
    """One receipt per claim on which money had arrived; booked on its day."""
    Claim = apps.get_model("financing", "RebateClaim")
    Receipt = apps.get_model("financing", "RebateReceipt")
    zone = timezone.get_default_timezone()
    Receipt.objects.bulk_create(
        Receipt(
            claim=claim,
            amount=claim.received_amount,
            received_on=claim.received_on,
            booked_on=claim.received_on,
            document=claim.received_document,
            received_by_id=claim.received_by_id,
            recorded_at=dt.datetime.combine(claim.received_on, dt.time(12), zone),
        )
        for claim in Claim.objects.filter(received_amount__gt=0).order_by("pk")
    )


class Migration(migrations.Migration):
    dependencies = [("financing", "0003_five_years")]
    operations = [
        migrations.RunPython(forwards, migrations.RunPython.noop),
        migrations.RunPython(receipts, migrations.RunPython.noop),
    ]
