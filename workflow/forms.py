"""Forms of steps: a step's form is its page and its act."""

from __future__ import annotations

from crispy_forms.helper import FormHelper
from django import forms


def name_the_field(fields) -> None:
    """Let “required” say which field it means; a form's own sentence stays."""
    for field in fields.values():
        if field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
            verb = "选择" if isinstance(field, forms.ChoiceField) else "填写"
            field.error_messages["required"] = f"请{verb}“{field.label}”。"


class StepForm(forms.Form):
    """Base of every step's form.

    ``subject`` is the process's artifact, ``user`` who acts, ``duty`` the duty being done,
    ``address`` the network address for signatures. ``save()`` calls the floor's actions and runs
    under the process's lock in one transaction; a ``ValidationError`` from an action rolls
    everything back and shows on the form.

    intro: a sentence that says what is asked. button: words of the one primary button.
    partial: whether "暂存" may keep what is there without finishing the step; kept: what is said then.
    template: a page of its own, extending ``workflow/task.html``.
    reversible: whether the doer may take the finished step back (撤回) while nobody has touched
    what follows; then ``undo`` takes back what ``save`` wrote.
    """

    intro = ""
    button = "提交"
    partial = False
    kept = "已暂存，可以继续填写。"
    reversible = False
    template = "workflow/task.html"

    def __init__(self, *args, subject, user, duty=None, address=None, finish=True, **kwargs):
        self.subject, self.user, self.duty, self.address, self.finish = (
            subject,
            user,
            duty,
            address,
            finish,
        )
        super().__init__(*args, **kwargs)
        name_the_field(self.fields)
        self.helper = FormHelper(self)
        self.helper.form_tag = False

    def context(self) -> dict:
        """More for the template than the form itself."""
        return {}

    def save(self) -> None:
        raise NotImplementedError

    @classmethod
    def undo(cls, subject, user) -> None:
        """Take back what ``save()`` wrote about ``subject``; called under the lock by 撤回."""
        raise NotImplementedError

    @property
    def reason(self) -> str:
        """Why the step goes back, if it does; the next duty shows it."""
        return ""


class ConfirmForm(StepForm):
    """A step that only wants a yes."""

    button = "确认"

    def save(self) -> None:
        """Nothing to write beyond the step itself."""


class DecisionForm(StepForm):
    """Pass, or send back with a reason."""

    pass_label, return_label = "通过", "退回"
    button = "提交意见"

    decision = forms.ChoiceField(label="意见", widget=forms.RadioSelect)
    opinion = forms.CharField(
        label="说明",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="退回时必须写明原因，对方会在待办里看到。",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["decision"].choices = [("pass", self.pass_label), ("return", self.return_label)]

    def clean(self):
        data = super().clean()
        if data.get("decision") == "return" and not data.get("opinion", "").strip():
            self.add_error("opinion", f"{self.return_label}时请写明原因。")
        return data

    @property
    def passed(self) -> bool:
        return self.cleaned_data["decision"] == "pass"

    @property
    def reason(self) -> str:
        return "" if self.passed else self.cleaned_data["opinion"]


class TransferForm(forms.Form):
    """转办给谁、为什么."""

    to = forms.ModelChoiceField(label="转给", queryset=None, empty_label="请选择同岗位的同事")
    reason = forms.CharField(label="说明", max_length=200)

    def __init__(self, *args, colleagues, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = colleagues
        self.helper = FormHelper(self)
        self.helper.form_tag = False
