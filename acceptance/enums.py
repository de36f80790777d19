"""Words of the acceptance floor."""

from django.db.models import TextChoices


class Level(TextChoices):
    """Who inspects: the school itself, or the county classroom by classroom."""

    SCHOOL = "school", "学校验收"
    COUNTY = "county", "县级验收"


class Part(TextChoices):
    """What is judged in a room. A school judges the first three, the county the last three."""

    EQUIPMENT = "equipment", "设备"
    WORKMANSHIP = "workmanship", "施工质量"
    TRAINING = "training", "教师培训"
    USE = "use", "应用和管理"


PARTS = {
    Level.SCHOOL: (Part.EQUIPMENT, Part.WORKMANSHIP, Part.TRAINING),
    Level.COUNTY: (Part.WORKMANSHIP, Part.TRAINING, Part.USE),
}


class Verdict(TextChoices):
    PASS = "pass", "合格"
    FAIL = "fail", "不合格"


class HandoverParty(TextChoices):
    """The three signatures of a handover (移交人、接收人、监交人)."""

    SUPPLIER = "supplier", "移交人"
    SCHOOL = "school", "接收人"
    STATION = "station", "监交人"


class RoomState(TextChoices):
    """Where one planned room stands; a room is in exactly one state at any moment."""

    OUT = "out", "已变更退出"
    NOT_ARRIVED = "not_arrived", "未到货"
    ARRIVING = "arriving", "部分到货"
    UNINSPECTED = "uninspected", "已到未验"
    TO_RECTIFY = "to_rectify", "待整改"
    PASSED = "passed", "合格"
