"""Words of the assets floor."""

from django.db.models import TextChoices


class Title(TextChoices):
    """产权: leased until the last payment, then owned."""

    LEASED = "leased", "租赁（回购中）"
    OWNED = "owned", "已取得产权"


class Condition(TextChoices):
    """使用状况, as the four-part asset card knows it."""

    IN_USE = "in_use", "在用"
    IDLE = "idle", "闲置"
    REPAIR = "repair", "维修"
    SCRAPPED = "scrapped", "已报废"
    RETURNED = "returned", "已退还供应商"
