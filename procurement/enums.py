"""Words of the procurement floor."""

from django.db.models import IntegerChoices, TextChoices


class Funder(TextChoices):
    """Who bears a share (出资层级); a school's share is what remains after the rebates of the others."""

    SCHOOL = "school", "学校公用经费"
    COUNTY = "county", "县级"
    PREFECTURE = "prefecture", "州级"
    PROVINCE = "province", "省级"


class BaselineUnit(TextChoices):
    """What the figure of earlier completion counts; the seed document leaves it open, so it is asked."""

    CLASSROOM = "classroom", "班"
    SCHOOL = "school", "校"


class ImportMode(TextChoices):
    """What an uploaded list does to the list that is there."""

    REPLACE = "replace", "替换清单"
    APPEND = "append", "追加"


class TenderMethod(TextChoices):
    OPEN = "open", "公开招标"


class TenderOutcome(TextChoices):
    AWARDED = "awarded", "已定标"
    FAILED = "failed", "废标"


class FailureGround(TextChoices):
    """废标情形: the four grounds of 采购法 36; there is no fifth."""

    FEW = "few", "符合条件的供应商或实质响应的供应商不足三家"
    UNFAIR = "unfair", "出现影响采购公正的违法、违规行为"
    TOO_DEAR = "too_dear", "报价均超过采购预算，采购人不能支付"
    CANCELLED = "cancelled", "因重大变故，采购任务取消"


class RepaymentMethod(TextChoices):
    """How the buyback is spread; the values are those of ``financing.schedules``."""

    LEVEL_PAYMENT = "level_payment", "等额本息"
    EQUAL_PRINCIPAL = "equal_principal", "等额本金"
    FIXED_PAYMENT = "fixed_payment", "约定每期付款额"
    CUSTOM_PERCENT = "custom_percent", "约定各期比例"


class RepaymentTiming(TextChoices):
    ARREARS = "arrears", "期末付"
    ADVANCE = "advance", "期初付"


class PaymentsPerYear(IntegerChoices):
    YEARLY = 1, "每年一期"
    HALF_YEARLY = 2, "每半年一期"
    QUARTERLY = 4, "每季一期"
    MONTHLY = 12, "每月一期"


class AllocationOrder(TextChoices):
    """What a payment settles first within the oldest debt (抵充顺序, 民法典 561)."""

    LATE_FIRST = "late_first", "逾期利息→利息→本金"
    DEBT_FIRST = "debt_first", "利息→本金→逾期利息"


class RebateBase(TextChoices):
    """What a level's percentage is taken of."""

    PAYMENT = "payment", "各期应付合计"
    PRINCIPAL = "principal", "各期本金"
    REST = "rest", "扣除前序奖补后的余额"


class ClaimCycle(TextChoices):
    """When a level wants its claims."""

    EACH = "each", "付一期申领一期"
    YEARLY = "yearly", "每年集中申领"
