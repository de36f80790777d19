"""How the payments of before were taken up: interest first, then principal, instalment by instalment."""

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


class Migration(migrations.Migration):
    dependencies = [("financing", "0003_five_years")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
