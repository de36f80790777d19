"""Forms of the trial's steps; each save writes one row of the trail, as real ones do."""

from django import forms
from django.core.exceptions import ValidationError

from documents.trail import record
from workflow.forms import ConfirmForm, DecisionForm, StepForm


def note(form, verb: str, reason: str = "") -> None:
    subject = form.subject
    record(
        thing=subject,
        dossier=subject.dossier,
        school=subject.school,
        supplier=subject.supplier,
        actor=form.user,
        verb=verb,
        sentence=f"{verb}:{subject}{reason}",
    )


class WriteForm(StepForm):
    """Writes a word; the word decides what goes wrong."""

    partial = True
    reversible = True
    word = forms.CharField(max_length=60)

    def save(self):
        word = self.cleaned_data["word"]
        self.subject.notes.append(word)
        self.subject.title = word
        self.subject.save(update_fields=["notes", "title"])
        note(self, "填写")
        if word == "拒":
            raise ValidationError("这个词不能用。")
        if word == "核":
            self.subject.title = "禁"
            self.subject.full_clean()
        if word == "撞":
            type(self.subject).objects.filter(pk=self.subject.pk).update(title="禁")

    @classmethod
    def undo(cls, subject, user):
        subject.notes.pop()
        subject.save(update_fields=["notes"])


class CheckForm(DecisionForm):
    """Sound or not."""

    def save(self):
        self.subject.sound = self.passed
        self.subject.save(update_fields=["sound"])
        note(self, "审核", self.reason)


class AgreeForm(ConfirmForm):
    """Only a yes, with its row in the trail."""

    def save(self):
        note(self, "确认")
