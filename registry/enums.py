"""Words of the ground floor: who people are and what kinds of school there are."""

from django.db.models import TextChoices


class Scope(TextChoices):
    """What a post (岗位) is bound to; a role has exactly one scope."""

    COUNTY = "county", "县"
    TOWNSHIP = "township", "乡镇"
    SCHOOL = "school", "学校"
    SUPPLIER = "supplier", "供应商"
    REGION = "region", "省州"
    SYSTEM = "system", "系统"


class Role(TextChoices):
    """Roles of the people who use the system; ``scope`` says what each is bound to."""

    PROJECT_OFFICE = "project_office", "项目办"
    LEADING_GROUP = "leading_group", "领导小组"
    PROCUREMENT = "procurement", "采购经办"
    STATION = "station", "装备站"
    INSPECTOR = "inspector", "县级验收组"
    COUNTY_FINANCE = "county_finance", "县财务审核"
    COUNTY_CASHIER = "county_cashier", "县财务出纳"
    TOWNSHIP_OFFICE = "township_office", "乡镇教育办"
    HEAD = "head", "校长"
    TECHNICIAN = "technician", "学校技术员/资产员"
    SCHOOL_FINANCE = "school_finance", "学校财务"
    SUPPLIER = "supplier", "供应商"
    PREFECTURE = "prefecture", "州级主管"
    PROVINCE = "province", "省级主管"
    AUDITOR = "auditor", "审计"
    ADMINISTRATOR = "administrator", "系统管理员"

    @property
    def scope(self) -> Scope:
        return ROLE_SCOPE.get(self, Scope.COUNTY)

    @property
    def only_reads(self) -> bool:
        """Whether the role has no step of its own: it reads all that its place reaches."""
        return self in READERS


ROLE_SCOPE = {
    Role.TOWNSHIP_OFFICE: Scope.TOWNSHIP,
    Role.HEAD: Scope.SCHOOL,
    Role.TECHNICIAN: Scope.SCHOOL,
    Role.SCHOOL_FINANCE: Scope.SCHOOL,
    Role.SUPPLIER: Scope.SUPPLIER,
    Role.PREFECTURE: Scope.REGION,
    Role.PROVINCE: Scope.REGION,
    Role.ADMINISTRATOR: Scope.SYSTEM,
}


READERS = frozenset({Role.AUDITOR, Role.PREFECTURE, Role.PROVINCE, Role.ADMINISTRATOR})
"""Who has no step, no inbox and does not urge. What they see is decided by their place alone
(``registry.access``): a new county role reads the whole county."""


class SchoolKind(TextChoices):
    """Kinds of school; the value is the leading two digits of the 学校标识码."""

    PRIMARY = "21", "小学"
    JUNIOR = "31", "初中"
    NINE_YEAR = "32", "九年一贯制/职业初中"
    SENIOR = "34", "普通高中"
    VOCATIONAL = "36", "中职"
    SPECIAL = "51", "特殊教育"


class SupplierSize(TextChoices):
    """Enterprise size by the manufacturer's declaration (中小企业声明函)."""

    MICRO = "micro", "微型"
    SMALL = "small", "小型"
    MEDIUM = "medium", "中型"
    LARGE = "large", "大型"

    @property
    def protected(self) -> bool:
        """Whether 《保障中小企业款项支付条例》 speaks for this supplier."""
        return self is not SupplierSize.LARGE
