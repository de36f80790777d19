"""The funding table of 立项: a percentage for every level, and for those that reimburse a rule."""

from __future__ import annotations

from decimal import Decimal

from django import forms

from procurement.actions.funding import FundingRule, check_funding
from procurement.enums import ClaimCycle, Funder, RebateBase

LEVELS = [level for level in Funder if level is not Funder.SCHOOL]


class FundingFields:
    """For a form: one percentage field per funding level, so that a new level needs no new form.

    ``add_funding`` makes the fields, ``clean_funding`` gives ``funding`` and ``rules`` as
    ``open_project`` takes them. A rule that was not sent is the plain one.
    """

    def add_funding(self) -> None:
        for level in Funder:
            self.fields[self.percent_of(level)] = forms.DecimalField(
                label=level.label,
                max_digits=5,
                decimal_places=2,
                min_value=0,
                max_value=100,
                required=level is Funder.SCHOOL,
                error_messages={
                    "required": "请填写学校公用经费的比例；学校不出资的填 0。",
                    "min_value": "比例应在 0 到 100 之间。",
                    "max_value": "比例应在 0 到 100 之间。",
                },
                widget=forms.NumberInput(
                    attrs={"data-percent": level.value, "step": "0.01", "class": "form-control"}
                ),
            )
        for level in LEVELS:
            for name, field in self._rule_fields(level).items():
                self.fields[f"{name}_{level.value}"] = field

    def _rule_fields(self, level: Funder) -> dict[str, forms.Field]:
        select = {"class": "form-select"}
        number = {"class": "form-control"}
        return {
            "base": forms.ChoiceField(
                label=f"{level.label}计算基数",
                choices=RebateBase.choices,
                initial=RebateBase.PAYMENT,
                required=False,
                widget=forms.Select(attrs=select),
            ),
            "cap": forms.DecimalField(
                label=f"{level.label}每班上限（元）",
                max_digits=14,
                decimal_places=2,
                min_value=Decimal("0.01"),
                required=False,
                error_messages={"min_value": "每班上限应大于 0；不设上限就留空。"},
                widget=forms.NumberInput(attrs=number | {"step": "0.01", "placeholder": "不设"}),
            ),
            "order": forms.IntegerField(
                label=f"{level.label}次序",
                min_value=1,
                max_value=9,
                initial=1,
                required=False,
                error_messages={"min_value": "次序从 1 数起。", "max_value": "次序最大到 9。"},
                widget=forms.NumberInput(attrs=number),
            ),
            "cycle": forms.ChoiceField(
                label=f"{level.label}申领方式",
                choices=ClaimCycle.choices,
                initial=ClaimCycle.EACH,
                required=False,
                widget=forms.Select(attrs=select),
            ),
        }

    @staticmethod
    def percent_of(level: Funder) -> str:
        return f"percent_{level.value}"

    @property
    def funding_fields(self) -> list:
        """The bound percentage fields, for the funding table."""
        return [self[self.percent_of(level)] for level in Funder]

    @property
    def rule_rows(self) -> list[dict]:
        """Per level that reimburses: its name and its bound fields under their headings."""
        heads = {"base": "计算基数", "cap": "每班上限（元）", "order": "次序", "cycle": "申领方式"}
        return [
            {
                "label": level.label,
                "fields": [(head, self[f"{name}_{level.value}"]) for name, head in heads.items()],
            }
            for level in LEVELS
        ]

    @property
    def has_rules(self) -> bool:
        """Whether a rule was chosen that is not the plain one, or one is wrong."""
        return self.is_bound and any(
            field.errors or (field.name in self.changed_data and field.value() not in (None, ""))
            for row in self.rule_rows
            for _, field in row["fields"]
        )

    def clean_funding(self, data: dict) -> None:
        """Adds ``funding`` and ``rules``, unless one of their fields is wrong; raises what is refused."""
        if any(self.errors.get(self.percent_of(level)) for level in Funder) or any(
            field.errors for row in self.rule_rows for _, field in row["fields"]
        ):
            return
        data["funding"] = {
            level: data[self.percent_of(level)]
            for level in Funder
            if data.get(self.percent_of(level)) is not None
        }
        data["rules"] = {
            level: self._rule(data, level) for level in LEVELS if level in data["funding"]
        }
        check_funding(data["funding"], data["rules"])

    def _rule(self, data: dict, level: Funder) -> FundingRule:
        return FundingRule(
            base=RebateBase(data[f"base_{level.value}"] or RebateBase.PAYMENT),
            cap_per_room=data[f"cap_{level.value}"],
            order=data[f"order_{level.value}"] or 1,
            cycle=ClaimCycle(data[f"cycle_{level.value}"] or ClaimCycle.EACH),
        )
