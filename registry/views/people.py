"""People and posts: list, one person, new, another post, its end, new password, account closed."""

from __future__ import annotations

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from registry import actions, clock
from registry.access import reach
from registry.columns import YesNo
from registry.enums import Role
from registry.forms import EndPostForm, PersonForm, PostForm
from registry.keepers import keeps_person, keeps_post
from registry.models import Post, User
from registry.pages import ListPage
from registry.views.forms import form_page, refuse

KEEPERS = (Role.ADMINISTRATOR, Role.PROJECT_OFFICE)
PLACES = ("county", "township", "school", "supplier")


def admit_keeper(user) -> None:
    if not reach(user).holds(*KEEPERS):
        raise PermissionDenied("人员和岗位由系统管理员维护，学校人员由项目办维护。")


def person_or_404(user, pk: int) -> User:
    admit_keeper(user)
    return get_object_or_404(User.objects.visible_to(user).distinct(), pk=pk)


def person_to_keep(user, pk: int) -> User:
    """The person, for whoever may reset the password and close the account."""
    row = person_or_404(user, pk)
    if not keeps_person(user, row):
        raise PermissionDenied("项目办只维护本县学校人员的账号，其他人员由系统管理员维护。")
    return row


class PersonTable(tables.Table):
    name = tables.Column(
        "姓名", linkify=lambda record: reverse("registry:person", args=[record.pk])
    )
    username = tables.Column("用户名")
    held = tables.Column("岗位", accessor="pk", orderable=False)
    is_active = YesNo(verbose_name="账号在用")

    class Meta:
        model = User
        fields = ("name", "username", "held", "is_active")

    def render_held(self, record):
        return "、".join(str(post) for post in record.held) or "无在任岗位"

    value_held = render_held


class PersonFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="姓名或用户名", method="by_words")
    role = django_filters.ChoiceFilter(label="角色", choices=Role, method="by_role")
    school = django_filters.CharFilter(label="学校", method="by_school")

    class Meta:
        model = User
        fields = ["q", "role", "school"]

    def by_words(self, rows, name, value):
        return rows.filter(name__icontains=value) | rows.filter(username__icontains=value)

    def by_role(self, rows, name, value):
        return rows.filter(pk__in=Post.objects.in_force().filter(role=value).values("user"))

    def by_school(self, rows, name, value):
        posts = Post.objects.in_force().filter(school__name__icontains=value)
        return rows.filter(pk__in=posts.values("user"))


class People(ListPage):
    """人员和岗位."""

    title = "人员和岗位"
    subheading = "一人可任多个岗位；离任时结束岗位，不删除人员。"
    empty = "还没有人员。"
    unit = "人"
    export_name = "人员和岗位"
    table_class = PersonTable
    filterset_class = PersonFilter

    def get_queryset(self):
        admit_keeper(self.request.user)
        held = Post.objects.in_force().select_related(*PLACES)
        return (
            User.objects.filter(pk__in=User.objects.visible_to(self.request.user).values("pk"))
            .prefetch_related(Prefetch("posts", held, to_attr="held"))
            .order_by("username")
        )

    def get_actions(self):
        return [{"label": "新增人员", "url": reverse("registry:person_create"), "primary": True}]


@require_GET
def person(request, pk: int):
    """One person with all posts, past ones too."""
    row = person_or_404(request.user, pk)
    posts = list(row.posts.select_related(*PLACES).order_by("valid_to", "-valid_from"))
    today = clock.today()
    for post in posts:
        post.ended = post.valid_to is not None and post.valid_to < today
        post.may_end = not post.ended and keeps_post(request.user, post)
    context = {"person": row, "posts": posts, "may_keep": keeps_person(request.user, row)}
    return render(request, "registry/person.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def person_create(request):
    """新增人员; the initial password stands in the answer and nowhere else."""
    admit_keeper(request.user)
    form = PersonForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            row, password = form.save()
        except ValidationError as error:
            refuse(form, error)
        else:
            return _show_password(request, row, password, "账号已开通")
    context = {"form": form, "title": "新增人员", "back": reverse("registry:people")}
    return render(request, "registry/form_page.html", context | {"submit": "开通账号"})


def _show_password(request, row: User, password: str, title: str):
    context = {"person": row, "password": password, "title": title}
    return render(request, "registry/password.html", context)


@require_http_methods(["GET", "POST"])
def post_create(request, pk: int):
    """任职."""
    row = person_or_404(request.user, pk)
    form = PostForm(request.POST or None, user=request.user)
    return form_page(
        request,
        form,
        title=f"{row}：新增岗位",
        back=reverse("registry:person", args=[row.pk]),
        save=lambda: f"{row}已任“{form.save(row)}”。",
        submit="任职",
    )


@require_http_methods(["GET", "POST"])
def post_end(request, pk: int):
    """结束任职."""
    admit_keeper(request.user)
    post = get_object_or_404(Post.objects.select_related("user", *PLACES), pk=pk)
    row = person_or_404(request.user, post.user_id)
    if not keeps_post(request.user, post):
        raise PermissionDenied("项目办只维护本县学校的岗位，其他岗位由系统管理员维护。")
    form = EndPostForm(request.POST or None)
    return form_page(
        request,
        form,
        title=f"结束{row}的“{post}”岗位",
        back=reverse("registry:person", args=[row.pk]),
        save=lambda: f"{row}的“{post}”岗位到 {form.save(post).valid_to} 为止。",
        submit="结束任职",
    )


@never_cache
@require_POST
def person_password(request, pk: int):
    """重置密码; the new one stands in the answer and nowhere else."""
    row = person_to_keep(request.user, pk)
    return _show_password(request, row, actions.new_password(row), "密码已重置")


@require_POST
def person_active(request, pk: int):
    """停用 or 启用账号."""
    row = person_to_keep(request.user, pk)
    active = "active" in request.POST
    try:
        actions.set_active(user=row, active=active)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, f"{row}的账号已{'启用' if active else '停用'}。")
    return redirect("registry:person", row.pk)
