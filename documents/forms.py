"""Forms of the documents floor: register a seal, take it out of use."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError

from documents.actions import register_seal, seal_image
from documents.models import Seal
from documents.seal import seal_png
from registry.access import reach
from registry.enums import Role
from registry.models import School
from registry.widgets import FileDrop, SearchSelect


def seal_owners(user) -> dict[str, object]:
    """Whose seals ``user`` may register: ``{"school:7": School}``.

    The project office keeps those of its county and its schools, a supplier its own.
    """
    owners: dict[str, object] = {}
    for post in reach(user).posts:
        if post.role == Role.PROJECT_OFFICE:
            owners[f"county:{post.county_id}"] = post.county
            for school in School.objects.filter(county=post.county_id, closed_on=None):
                owners[f"school:{school.pk}"] = school
        elif post.role == Role.SUPPLIER:
            owners[f"supplier:{post.supplier_id}"] = post.supplier
    return owners


class SealForm(forms.Form):
    """登记印章: a scan of the real seal, or a drawn one."""

    owner = forms.ChoiceField(label="单位", widget=SearchSelect)
    name = forms.CharField(
        label="印文", max_length=30, min_length=2, help_text="印章上的全称，如“示例县教育局”。"
    )
    sub = forms.CharField(
        label="星下横排文字", max_length=12, required=False, help_text="如“项目专用章”；可不填。"
    )
    image = forms.FileField(
        label="印模图片",
        required=False,
        widget=FileDrop("透明或白底的 PNG，边长 100 至 4000 像素", ".png"),
        help_text="不上传则由系统按印文绘制一枚圆形印模，只供系统内文书使用。",
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.owners = user, seal_owners(user)
        choices = [(key, str(place)) for key, place in self.owners.items()]
        self.fields["owner"].choices = [("", "请选择"), *choices]

    def clean_image(self) -> bytes | None:
        upload = self.cleaned_data["image"]
        return seal_image(upload) if upload else None

    def save(self) -> Seal:
        """Raises ``ValidationError`` when the owner has a seal in use already."""
        data = self.cleaned_data
        try:
            image = data["image"] or seal_png(data["name"], data["sub"])
        except ValueError as error:
            raise ValidationError({"name": "印文应为 2 至 30 个字。"}) from error
        kind = data["owner"].split(":")[0]
        place = {kind: self.owners[data["owner"]]}
        return register_seal(name=data["name"], image=image, actor=self.user, **place)


class DestroySealForm(forms.Form):
    """停用印章, with the reason."""

    reason = forms.CharField(
        label="停用原因", max_length=120, help_text="如“更名换章”“印章遗失，已登报声明”。"
    )
