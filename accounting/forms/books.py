"""Forms of the books: how an event is entered, and a new detail account."""

from __future__ import annotations

from django import forms
from django.core.validators import RegexValidator

from accounting.actions.books import add_account
from accounting.entries import labels
from accounting.enums import Book, Side
from accounting.models import BookAccount, EntryRule
from registry import clock
from registry.models import County
from registry.widgets import Day

MOST_LINES = 30


class RuleForm(forms.Form):
    """自某日起的科目对应: since when, and on what basis."""

    valid_from = forms.DateField(
        label="启用日期", widget=Day, help_text="这一天起的事项按新的对应生成凭证，已有凭证不变。"
    )
    basis = forms.CharField(
        label="依据",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="写明制度条款或县里的规定。",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].initial = clock.today


class LineForm(forms.Form):
    """One line of a set."""

    side = forms.ChoiceField(label="方向", choices=Side)
    account = forms.ModelChoiceField(label="科目", queryset=BookAccount.objects.none())
    part = forms.ChoiceField(label="金额取自")
    note = forms.CharField(label="备注", max_length=200, required=False)

    def __init__(self, *args, accounts, parts, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = accounts["rows"]
        self.fields["account"].choices = accounts["choices"]
        self.fields["part"].choices = parts


class BaseLineFormSet(forms.BaseFormSet):
    """The lines of a set for one kind of event, with the accounts that the county knows."""

    deletion_widget = forms.CheckboxInput

    def __init__(self, *args, county: County, kind: str, **kwargs):
        rows = BookAccount.objects.known_in(county)
        self.given = {
            "accounts": {"rows": rows, "choices": _by_book(rows)},
            "parts": list(labels(kind).items()),
        }
        super().__init__(*args, **kwargs)

    def get_form_kwargs(self, index):
        return super().get_form_kwargs(index) | self.given

    @property
    def lines(self) -> list[EntryRule]:
        """Unsaved rows, in the order given, without those that were struck out."""
        names = ("side", "account", "part", "note")
        return [
            EntryRule(**{name: form.cleaned_data[name] for name in names})
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]


def _by_book(rows) -> list[tuple]:
    """Choices under the names of the two books; one query."""
    known = list(rows)
    groups = [
        (book.label, [(row.pk, str(row)) for row in known if row.book == book]) for book in Book
    ]
    return [("", "请选择"), *groups]


LineFormSet = forms.formset_factory(
    LineForm,
    formset=BaseLineFormSet,
    extra=0,
    can_delete=True,
    max_num=MOST_LINES,
    validate_max=True,
)


class AccountCodeForm(forms.Form):
    """新增明细科目."""

    code = forms.CharField(
        label="科目编码",
        max_length=12,
        validators=[RegexValidator(r"^\d{4,12}$", "科目编码是 4 至 12 位数字。")],
        help_text="在上级科目编码后加两位，如“250201”。",
    )
    name = forms.CharField(
        label="科目名称", max_length=60, help_text="写全称，如“长期应付款—融资租入设备款”。"
    )

    def save(self, *, county: County, user) -> BookAccount:
        return add_account(county=county, user=user, **self.cleaned_data)
