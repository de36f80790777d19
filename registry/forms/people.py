"""Forms of people: a person with a first post, another post, its end, a token."""

from __future__ import annotations

from django import forms
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.core.validators import RegexValidator

from registry import clock
from registry.actions import add_person, end_post, give_post
from registry.enums import Role, Scope
from registry.keepers import SCHOOL_ROLES, is_administrator, schools_kept
from registry.models import ApiToken, County, Post, School, Supplier, Township, User
from registry.widgets import Day, SearchSelect

PLACES = [
    (Scope.COUNTY, "县", County),
    (Scope.TOWNSHIP, "乡镇", Township),
    (Scope.SCHOOL, "学校", School),
    (Scope.SUPPLIER, "供应商", Supplier),
]


class PostForm(forms.Form):
    """任职: a role and the one place that the role asks for."""

    role = forms.ChoiceField(label="角色", widget=SearchSelect)
    place = forms.ChoiceField(
        label="单位",
        widget=SearchSelect,
        required=False,
        help_text="县级角色选县，乡镇选乡镇，学校人员选学校，供应商选企业；系统管理员不填。",
    )
    region = forms.CharField(
        label="省州区划代码",
        required=False,
        max_length=4,
        validators=[RegexValidator(r"^\d{2}(\d{2})?$", "省级填 2 位、州级填 4 位数字。")],
        help_text="只有省级、州级主管填写：省 2 位（如 52），州 4 位（如 5226）。",
    )
    valid_from = forms.DateField(label="任职起", widget=Day, initial=clock.today)

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        if is_administrator(user):
            self.roles, places = list(Role), [(s, w, m.objects.all()) for s, w, m in PLACES]
        else:
            self.roles, places = list(SCHOOL_ROLES), [(Scope.SCHOOL, "学校", schools_kept(user))]
            del self.fields["region"]
            self.fields["place"].help_text = ""
        self.fields["role"].choices = [("", "请选择"), *((r.value, r.label) for r in self.roles)]
        self.places: dict[str, object] = {}
        groups = [(word, self._offer(scope, rows)) for scope, word, rows in places]
        self.fields["place"].choices = [("", "请选择"), *groups]

    def _offer(self, scope: Scope, rows) -> list[tuple[str, str]]:
        found = {f"{scope}:{row.pk}": row for row in rows}
        self.places |= found
        return [(key, str(row)) for key, row in found.items()]

    def clean(self):
        data = super().clean()
        if not data.get("role"):
            return data
        role = Role(data["role"])
        scope = role.scope
        data["bound_to"] = None
        if scope == Scope.REGION:
            data["bound_to"] = data.get("region")
            length = {Role.PROVINCE: 2, Role.PREFECTURE: 4}[role]
            if len(data["bound_to"] or "") != length and "region" not in self.errors:
                self.add_error("region", f"{role.label}须填 {length} 位区划代码。")
        elif scope != Scope.SYSTEM:
            key = data.get("place", "")
            if not key.startswith(f"{scope}:"):
                self.add_error("place", f"“{role.label}”须选择一个{scope.label}。")
            data["bound_to"] = self.places.get(key)
        return data

    def save(self, person: User) -> Post:
        data = self.cleaned_data
        return give_post(
            user=person,
            role=Role(data["role"]),
            place=data["bound_to"],
            valid_from=data["valid_from"],
        )


class PersonForm(PostForm):
    """A new person with a first post; the initial password comes back once."""

    name = forms.CharField(label="姓名", max_length=20)
    username = forms.CharField(
        label="用户名",
        max_length=30,
        min_length=3,
        validators=[ASCIIUsernameValidator(message="用户名只能用字母、数字和 @ . + - _ 。")],
        help_text="登录用，字母或数字，如姓名拼音加校名首字母。",
    )
    phone = forms.CharField(
        label="手机",
        required=False,
        validators=[RegexValidator(r"^1\d{10}$", "手机号码应为 11 位数字。")],
        help_text="可不填；页面上只显示前三位和后四位。",
    )
    field_order = ["name", "username", "phone", "role", "place", "region", "valid_from"]
    groups = [
        ("人员", ["name", "username", "phone"]),
        ("岗位", ["role", "place", "region", "valid_from"]),
    ]

    def clean_username(self) -> str:
        username = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError("这个用户名已有人使用，请换一个。")
        return username

    def save(self) -> tuple[User, str]:
        data = self.cleaned_data
        return add_person(
            name=data["name"],
            username=data["username"],
            phone=data["phone"],
            role=Role(data["role"]),
            place=data["bound_to"],
            valid_from=data["valid_from"],
        )


class EndPostForm(forms.Form):
    """结束任职."""

    last_day = forms.DateField(
        label="任职止", widget=Day, initial=clock.today, help_text="当日仍可办理，次日起不能。"
    )

    def save(self, post: Post) -> Post:
        return end_post(post=post, last_day=self.cleaned_data["last_day"])


class TokenForm(forms.ModelForm):
    """A key for the person's own program."""

    class Meta:
        model = ApiToken
        fields = ["label", "expires_on"]
        widgets = {"expires_on": Day}
        help_texts = {"label": "写明给什么程序用，便于日后停用，如“县财政对账程序”。"}
