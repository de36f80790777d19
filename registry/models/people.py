"""People, the posts they hold, and the tokens their programs use."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property
from simple_history.models import HistoricalRecords

from registry import clock
from registry.access import Reach, reach, reach_of
from registry.enums import Role, Scope
from registry.models.places import County, School, Supplier, Township
from registry.prepared import Prepared


class UserQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Colleagues: people with a post in a place that ``user`` reaches."""
        return self.filter(pk__in=Post.objects.visible_to(user).values("user")) | self.filter(
            pk=user.pk
        )


class PersonManager(UserManager.from_queryset(UserQuerySet)):
    """Django's manager of users with our questions."""


class User(AbstractUser):
    """A person. Only what the work needs: a name, a masked phone number, no identity number."""

    first_name = None
    last_name = None
    name = models.CharField("姓名", max_length=20)
    phone = models.CharField("手机", max_length=20, blank=True)

    objects = PersonManager()

    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = verbose_name_plural = "人员"
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name

    @property
    def masked_phone(self) -> str:
        return f"{self.phone[:3]}****{self.phone[-4:]}" if len(self.phone) >= 11 else self.phone

    @cached_property
    def reach(self) -> Reach:
        """What the person reaches today, read once in the life of this object (one request)."""
        return reach_of(tuple(_posts.rows(user=self.pk, day=clock.today())))

    @property
    def post_label(self) -> str:
        """The posts in words, as signatures and the trail quote them."""
        return "、".join(str(post) for post in reach(self).posts) or "无岗位"


class PostQuerySet(models.QuerySet):
    def in_force(self, day=None):
        day = day or clock.today()
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)

    def visible_to(self, user):
        return self.filter(
            reach(user).rows(
                county="county", township="township", school="school", supplier="supplier"
            )
            | reach(user).rows(county="school__county")
            | reach(user).rows(county="township__county")
        )

    def create_for(self, user: User, role: Role, place=None, *, valid_from=None):
        """Give ``user`` a post at ``place`` (County, Township, School, Supplier or region code)."""
        field = {Scope.REGION: "region", Scope.SYSTEM: None}.get(role.scope, role.scope.value)
        where = {field: place} if field else {}
        return self.create(user=user, role=role, valid_from=valid_from or clock.today(), **where)


def _bound_to(role: Role) -> Q:
    """The condition that a post of ``role`` is bound to exactly the place its scope asks for."""
    bound = {
        Scope.COUNTY: Q(county__isnull=False),
        Scope.TOWNSHIP: Q(township__isnull=False),
        Scope.SCHOOL: Q(school__isnull=False),
        Scope.SUPPLIER: Q(supplier__isnull=False),
        Scope.REGION: ~Q(region=""),
    }
    empty = {
        Scope.COUNTY: Q(county__isnull=True),
        Scope.TOWNSHIP: Q(township__isnull=True),
        Scope.SCHOOL: Q(school__isnull=True),
        Scope.SUPPLIER: Q(supplier__isnull=True),
        Scope.REGION: Q(region=""),
    }
    q = Q(role=role.value)
    for scope, is_empty in empty.items():
        q &= bound[scope] if scope == role.scope else is_empty
    return q


def _bound_as_scope_asks() -> Q:
    q = Q()
    for role in Role:
        q |= _bound_to(role)
    return q


class Post(models.Model):
    """岗位: a role held by a person at one county, township, school, supplier or region."""

    user = models.ForeignKey(User, models.PROTECT, related_name="posts", verbose_name="人员")
    role = models.CharField("角色", max_length=20, choices=Role)
    county = models.ForeignKey(County, models.PROTECT, null=True, blank=True, verbose_name="县")
    township = models.ForeignKey(
        Township, models.PROTECT, null=True, blank=True, verbose_name="乡镇"
    )
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, verbose_name="学校")
    supplier = models.ForeignKey(
        Supplier, models.PROTECT, null=True, blank=True, verbose_name="供应商"
    )
    region = models.CharField(
        "省州区划代码", max_length=4, blank=True, help_text="省 2 位、州 4 位。"
    )
    valid_from = models.DateField("任职起")
    valid_to = models.DateField("任职止", null=True, blank=True)

    history = HistoricalRecords(verbose_name="岗位变更记录")
    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "岗位"
        ordering = ["role", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=_bound_as_scope_asks(),
                name="post_bound_as_scope_asks",
                violation_error_message="岗位须且只须填写该角色对应的县、乡镇、学校、供应商或省州代码。",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="post_dates",
                violation_error_message="任职止日不能早于任职起日。",
            ),
        ]

    def __str__(self) -> str:
        place, role = self.place_name, self.get_role_display()
        return place + (role.removeprefix("县") if place.endswith("县") else role)

    @property
    def place_name(self) -> str:
        place = self.county or self.township or self.school or self.supplier
        return place.name if place else ""


def _posts_in_force(user: int, day: dt.date):
    places = ("county", "school", "supplier")
    return Post.objects.in_force(day).filter(user=user).select_related(*places)


_posts = Prepared(_posts_in_force, user=int, day=dt.date)


class ApiToken(models.Model):
    """A program's key to the API; only its SHA-256 is stored, it reads what its owner reads."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens", verbose_name="人员")
    label = models.CharField("用途", max_length=40)
    digest = models.CharField("摘要", max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("创建时间", default=timezone.now, editable=False)
    expires_on = models.DateField("有效期至")
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "接口令牌"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.label

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()

    @classmethod
    def issue(cls, *, user: User, label: str, expires_on) -> tuple[ApiToken, str]:
        """Make a token; the secret is returned once and never stored."""
        secret = secrets.token_urlsafe(32)
        row = cls.objects.create(
            user=user, label=label, expires_on=expires_on, digest=cls.digest_of(secret)
        )
        return row, secret

    @classmethod
    def owner_of(cls, secret: str) -> User | None:
        row = (
            cls.objects.filter(
                digest=cls.digest_of(secret),
                revoked_at=None,
                expires_on__gte=clock.today(),
                user__is_active=True,
            )
            .select_related("user")
            .first()
        )
        return row.user if row else None
