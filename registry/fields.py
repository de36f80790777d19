"""Model fields of the house."""

from django.core.validators import MinValueValidator
from django.db import models

from registry.money import ZERO


class MoneyField(models.DecimalField):
    """An amount in yuan: two places, up to 999,999,999,999.99, not negative.

    ``MoneyField("合同金额")``; rows that may run backwards (reversal, adjustment) say
    ``signed=True``.
    """

    def __init__(self, *args, signed: bool = False, **kwargs):
        self.signed = signed
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", 2)
        if not signed:
            kwargs.setdefault("validators", [MinValueValidator(ZERO, "金额不能为负数。")])
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        if self.signed:
            kwargs["signed"] = True
        return name, path, args, kwargs
