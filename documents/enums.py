"""Words of the documents floor."""

from django.db.models import TextChoices


class PaperKind(TextChoices):
    """Papers the house makes; the value names the template ``papers/<value>.html``."""

    PLAN = "plan", "建设方案"
    CONTRACT = "contract", "采购合同要素表"
    SCHOOL_ACCEPTANCE = "school_acceptance", "学校验收表"
    COUNTY_INSPECTION = "county_inspection", "县级逐班验收表"
    HANDOVER = "handover", "资产移交单"
    BUYBACK_SCHEDULE = "buyback_schedule", "回购计划表"
    CONTRACT_ACCEPTANCE = "contract_acceptance", "履约验收书"
    INSTALMENT_NOTICE = "instalment_notice", "回购付款通知书"
    BUYBACK_AGREEMENT = "buyback_agreement", "回购协议"
    AGREEMENT_CHANGE = "agreement_change", "回购协议变更书"
    PAYMENT_ORDER = "payment_order", "付款单"
    TITLE_TRANSFER = "title_transfer", "产权转移确认书"
    CLAIM_BATCH = "claim_batch", "奖补申领汇总表"


class AttachmentKind(TextChoices):
    PHOTO = "photo", "照片"
    SCAN = "scan", "扫描件"
    SPREADSHEET = "spreadsheet", "表格"
    OTHER = "other", "其他"
