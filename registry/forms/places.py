"""Forms of places: schools, classrooms, townships, suppliers."""

from __future__ import annotations

from django import forms

from registry.actions import rename_township, save_school
from registry.keepers import kept_counties
from registry.models import Classroom, School, Supplier, Township
from registry.widgets import Day, FileDrop, SearchSelect


class SchoolForm(forms.ModelForm):
    """学校; the code is given once, a renamed school keeps it."""

    groups = [
        ("学校", ["township", "code", "name", "kind"]),
        (
            "规模",
            ["pupils", "staff", "fund_standard"],
            "用于测算公用经费和回购负担，按上年事业统计填写。",
        ),
        ("撤并", ["closed_on"]),
    ]

    class Meta:
        model = School
        fields = [
            "township",
            "code",
            "name",
            "kind",
            "pupils",
            "staff",
            "fund_standard",
            "closed_on",
        ]
        widgets = {"township": SearchSelect, "closed_on": Day}
        help_texts = {
            "code": "10 位，如 2152900001；登记后不能改，改名沿用。",
            "name": "全称；改名时直接改，旧名留在变更记录里。",
            "closed_on": "学校撤并时填写，当日起不能再列入新的方案。",
        }

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["township"].queryset = Township.objects.filter(
            county__in=kept_counties(user)
        ).select_related("county")
        self.fields["fund_standard"].label = "公用经费标准（元/生·年）"
        if self.instance.pk:
            self.fields["code"].disabled = True
        else:
            del self.fields["closed_on"]

    def _post_clean(self):
        # The county follows from the township, so that "this county has a school of that name"
        # is checked with the other rules.
        township = self.cleaned_data.get("township")
        if township:
            self.instance.county = township.county
        super()._post_clean()

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() - {"county"}

    def save(self, commit=True) -> School:
        return save_school(self.instance)


class ClassroomForm(forms.ModelForm):
    """教学班 and the room it sits in."""

    class Meta:
        model = Classroom
        fields = ["name", "room", "pupils"]
        labels = {"room": "教室（楼层房间号）"}
        help_texts = {
            "name": "如“三年级2班”。已形成的文书不随改名变化。",
            "room": "设备存放地点写到房间号，如“教学楼203”。",
        }

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() - {"school"}


class TownshipForm(forms.ModelForm):
    """乡镇, by its official code."""

    class Meta:
        model = Township
        fields = ["county", "code", "name"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        counties = kept_counties(user)
        self.fields["county"].queryset = counties
        self.fields["county"].initial = counties.first()

    def clean(self):
        data = super().clean()
        code, county = data.get("code"), data.get("county")
        if code and county and not code.startswith(county.code):
            self.add_error("code", f"{county}的乡镇代码应以 {county.code} 开头。")
        return data


class TownshipRenameForm(forms.Form):
    """更名: the new name and its first day; the old name stays with its days."""

    name = forms.CharField(label="新名称", max_length=40)
    since = forms.DateField(
        label="新名称启用日", widget=Day, help_text="此日之前的文书和报表仍显示旧名称。"
    )

    def __init__(self, *args, township: Township, **kwargs):
        super().__init__(*args, **kwargs)
        self.township = township

    def save(self) -> Township:
        return rename_township(self.township, **self.cleaned_data)


class SupplierForm(forms.ModelForm):
    """供应商, by its unified social credit code."""

    class Meta:
        model = Supplier
        fields = ["name", "uscc", "size", "contact", "phone", "address", "bank", "account"]
        help_texts = {
            "uscc": "18 位，照营业执照填写；系统核对校验位。",
            "size": "按《中小企业声明函》；小微企业享受价格扣除和付款保护。",
            "account": "付款单和付款通知书照此填写收款账号；每次修改都留有记录。",
        }


class SchoolSheetForm(forms.Form):
    """An Excel list of schools."""

    file = forms.FileField(
        label="学校名录（Excel）", widget=FileDrop("照模板填写的 .xlsx", ".xlsx")
    )
