"""The dossier (项目卷宗): everything that one project produced hangs on it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from registry.access import reach
from registry.models import County, School, Supplier


class DossierQuerySet(models.QuerySet):
    def visible_to(self, user):
        """County and region people by county; schools and suppliers by what was filed for them."""
        return self.filter(
            reach(user).rows(county="county")
            | Q(
                pk__in=Membership.objects.filter(
                    reach(user).rows(
                        county="dossier__county",
                        township="school__township",
                        school="school",
                        supplier="supplier",
                    )
                ).values("dossier")
            )
        )


class Dossier(models.Model):
    """项目卷宗, kept at least fifteen years after the procurement ended (采购法 42)."""

    county = models.ForeignKey(County, models.PROTECT, related_name="dossiers", verbose_name="县")
    number = models.CharField("卷宗号", max_length=40, unique=True)
    title = models.CharField("卷宗题名", max_length=100)
    opened_on = models.DateField("立卷日期")
    closed_on = models.DateField("归档日期", null=True, blank=True)

    objects = DossierQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "项目卷宗"
        ordering = ["-opened_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gte=F("opened_on")),
                name="dossier_dates",
                violation_error_message="归档日期不能早于立卷日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Membership(models.Model):
    """A school or supplier that takes part in the dossier's project (参与单位)."""

    dossier = models.ForeignKey(
        Dossier, models.CASCADE, related_name="members", verbose_name="卷宗"
    )
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, verbose_name="学校")
    supplier = models.ForeignKey(
        Supplier, models.PROTECT, null=True, blank=True, verbose_name="供应商"
    )

    class Meta:
        verbose_name = verbose_name_plural = "参与单位"
        constraints = [
            models.UniqueConstraint(fields=["dossier", "school"], name="dossier_school_once"),
            models.UniqueConstraint(fields=["dossier", "supplier"], name="dossier_supplier_once"),
            models.CheckConstraint(
                condition=Q(school=None) ^ Q(supplier=None), name="dossier_member_is_one"
            ),
        ]

    def __str__(self) -> str:
        return str(self.school or self.supplier)


class FiledQuerySet(models.QuerySet):
    def visible_to(self, user):
        """County people see the whole dossier; a school or supplier only what was filed for it."""
        return self.filter(
            reach(user).rows(
                county="dossier__county",
                township="school__township",
                school="school",
                supplier="supplier",
            )
        )


class Filed(models.Model):
    """Anything kept in a dossier, and for whom: the school and supplier it concerns, if any.

    A row without school and supplier is the county's own business.
    """

    dossier = models.ForeignKey(Dossier, models.PROTECT, verbose_name="卷宗")
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, verbose_name="学校")
    supplier = models.ForeignKey(
        Supplier, models.PROTECT, null=True, blank=True, verbose_name="供应商"
    )

    objects = FiledQuerySet.as_manager()

    class Meta:
        abstract = True
