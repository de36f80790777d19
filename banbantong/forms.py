"""Forms of the roof's own steps."""

from __future__ import annotations

from django import forms

from banbantong.actions import close_project
from workflow.forms import StepForm


class CloseForm(StepForm):
    """结项: the leading group looks at the whole file and closes the building phase."""

    intro = "请核对卷宗目录与账账相符情况。结项后建设期文书不再增加，项目转入回购期。"
    button = "同意结项"
    template = "banbantong/close.html"

    agree = forms.BooleanField(
        label="已核对卷宗目录，计划、合同、到货、合格、资产各数相符，同意结项"
    )

    def context(self) -> dict:
        from banbantong.file import project_file

        return {"file": project_file(self.subject, self.user)}

    def save(self) -> None:
        close_project(project=self.subject, user=self.user)
