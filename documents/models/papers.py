"""Papers with their signatures, seals, and files that people attach."""

from __future__ import annotations

import hashlib
import json
import secrets

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from documents.enums import AttachmentKind, PaperKind
from documents.models.dossier import Filed
from registry.access import reach
from registry.models import County, School, Supplier


def new_token() -> str:
    return secrets.token_urlsafe(12)


class Paper(Filed):
    """一份文书: frozen data and its hash; the PDF is rendered from the frozen data alone.

    A paper never changes. A correction is a new version that names the one it replaces; the old
    one stays and stays verifiable (数据电文原件要求, 电子签名法 5、6).
    """

    kind = models.CharField("文书种类", max_length=24, choices=PaperKind)
    number = models.CharField("编号", max_length=60)
    version = models.PositiveIntegerField("版次", default=1)
    title = models.CharField("标题", max_length=120)
    thread = models.CharField("对象", max_length=80, db_index=True)
    data = models.JSONField("内容")
    data_hash = models.CharField("内容校验值", max_length=64)
    token = models.CharField("查验码", max_length=32, unique=True, default=new_token)
    created_at = models.DateTimeField("形成时间")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="经办人",
    )
    replaces = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replaced_by",
        verbose_name="替代",
    )

    class Meta:
        verbose_name = verbose_name_plural = "文书"
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "number", "version"],
                name="paper_once",
                violation_error_message="这份文书的该版次已经存在。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.number}" + (
            f"（第{self.version}版）" if self.version > 1 else ""
        )

    @staticmethod
    def hash_of(data: dict) -> str:
        """SHA-256 of the canonical JSON of ``data``."""
        text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def intact(self) -> bool:
        """Whether the data still is what was hashed, and every signature signed just that."""
        return self.hash_of(self.data) == self.data_hash and all(
            s.data_hash == self.data_hash for s in self.signatures.all()
        )

    @property
    def is_current(self) -> bool:
        return not hasattr(self, "replaced_by")

    @property
    def state(self) -> str:
        """Whether this version is in force, in words."""
        return "现行" if self.is_current else f"已被第{self.replaced_by.version}版替代"

    @property
    def signers(self) -> str:
        """Who signed, in words; prefetch ``signatures``."""
        return "、".join(str(one) for one in self.signatures.all()) or "未签字"

    def get_absolute_url(self) -> str:
        return reverse("documents:paper", args=[self.pk])


class Signature(models.Model):
    """A signature on a paper: who, as what, when, and the hash of exactly what was signed.

    In-system signing under conditions agreed by the parties (电子签名法 13、14); it does not pass
    itself off as a certificate of a licensed authority.
    """

    paper = models.ForeignKey(Paper, models.PROTECT, related_name="signatures", verbose_name="文书")
    signer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="签署人"
    )
    name = models.CharField("姓名", max_length=20)
    role = models.CharField("签署身份", max_length=40)
    party = models.CharField("单位", max_length=80)
    signed_at = models.DateTimeField("签署时间")
    address = models.GenericIPAddressField("网络地址", null=True, blank=True)
    image = models.BinaryField("手写签名", null=True, blank=True)
    seal = models.ForeignKey(
        "Seal", models.PROTECT, null=True, blank=True, related_name="uses", verbose_name="印章"
    )
    data_hash = models.CharField("所签内容校验值", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "签署"
        ordering = ["signed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["paper", "role"],
                name="signature_role_once",
                violation_error_message="这一身份已经签署过。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.name}"


class SealQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(
            reach(user).rows(county="county", school="school", supplier="supplier")
            | reach(user).rows(county="school__county")
        )

    def in_use(self):
        return self.filter(destroyed_on=None)


class Seal(models.Model):
    """印章登记: one seal in use per owner; a destroyed seal stays on record."""

    county = models.ForeignKey(County, models.PROTECT, null=True, blank=True, verbose_name="县")
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, verbose_name="学校")
    supplier = models.ForeignKey(
        Supplier, models.PROTECT, null=True, blank=True, verbose_name="供应商"
    )
    name = models.CharField("印文", max_length=60)
    image = models.BinaryField("印模（PNG）")
    registered_on = models.DateField("启用日期")
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="登记人",
    )
    destroyed_on = models.DateField("停用日期", null=True, blank=True)
    destroyed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="停用经办人",
    )
    destroyed_reason = models.CharField("停用原因", max_length=120, blank=True)

    objects = SealQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "印章"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(county__isnull=False, school=None, supplier=None)
                | Q(county=None, school__isnull=False, supplier=None)
                | Q(county=None, school=None, supplier__isnull=False),
                name="seal_has_one_owner",
                violation_error_message="一枚印章只属于一个单位。",
            ),
            models.UniqueConstraint(
                fields=["school"],
                condition=Q(destroyed_on=None, school__isnull=False),
                name="seal_in_use_school",
                violation_error_message="该校已有启用的印章。",
            ),
            models.UniqueConstraint(
                fields=["county", "name"],
                condition=Q(destroyed_on=None, county__isnull=False),
                name="seal_in_use_county",
                violation_error_message="该印章已启用。",
            ),
            models.UniqueConstraint(
                fields=["supplier"],
                condition=Q(destroyed_on=None, supplier__isnull=False),
                name="seal_in_use_supplier",
                violation_error_message="该企业已有启用的印章。",
            ),
            models.CheckConstraint(
                condition=Q(destroyed_on=None) | Q(destroyed_on__gte=F("registered_on")),
                name="seal_dates",
                violation_error_message="停用日期不能早于启用日期。",
            ),
            models.CheckConstraint(
                condition=Q(destroyed_on=None) | ~Q(destroyed_reason=""),
                name="seal_destroyed_with_reason",
                violation_error_message="停用印章须写明原因。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def owner(self):
        """The county, school or supplier whose seal it is."""
        return self.county or self.school or self.supplier


class Attachment(Filed):
    """A file that somebody attached: checked by content, kept under its hash, never overwritten."""

    kind = models.CharField("种类", max_length=12, choices=AttachmentKind)
    thread = models.CharField("对象", max_length=80, db_index=True)
    name = models.CharField("文件名", max_length=120)
    file = models.FileField("文件", upload_to="attachments/%Y/%m", max_length=200)
    mime = models.CharField("类型", max_length=80)
    size = models.PositiveIntegerField("大小（字节）")
    sha256 = models.CharField("校验值", max_length=64)
    uploaded_at = models.DateTimeField("上传时间")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上传人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "附件"
        ordering = ["uploaded_at", "pk"]

    def __str__(self) -> str:
        return self.name
