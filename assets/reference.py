"""Reference data of the assets floor: asset classes of GB/T 14885-2022 with their least useful lives.

Codes and names follow the 2022 catalogue (identical with 政府采购品目分类目录2022). Lives are the
least ones of the guide to 政府会计准则第3号——固定资产 (财会〔2017〕4号): computers and office
equipment 6 years, broadcasting and electrical equipment 5, furniture 15. The catalogue has no code
of its own for a wireless access point (terminal access or other network equipment), a teaching
console (conference systems) and a visualiser (高拍仪, or other video equipment).
"""

from __future__ import annotations

from assets.models import AssetClass

EDITION = "GB/T 14885-2022"

# (code, name, least useful life in years)
CLASSES = [
    ("A02010105", "台式计算机", 6),
    ("A02010108", "便携式计算机", 6),
    ("A02010109", "平板式计算机", 6),
    ("A02010201", "路由器", 6),
    ("A02010202", "交换设备", 6),
    ("A02010205", "终端接入设备", 6),
    ("A02010299", "其他网络设备", 6),
    ("A02010601", "机柜", 6),
    ("A02020200", "投影仪", 6),
    ("A02020300", "投影幕", 6),
    ("A02020700", "电子白板", 6),
    ("A02020800", "触控一体机", 6),
    ("A02021003", "A4黑白打印机", 6),
    ("A02021103", "LED显示屏", 6),
    ("A02021104", "液晶显示器", 6),
    ("A02021120", "高拍仪", 6),
    ("A02061501", "稳压电源", 5),
    ("A02061504", "不间断电源", 5),
    ("A02091001", "普通电视设备（电视机）", 5),
    ("A02091104", "平板显示设备", 5),
    ("A02091199", "其他视频设备", 5),
    ("A02091203", "音频功率放大器设备（功放设备）", 5),
    ("A02091206", "话筒设备", 5),
    ("A02091210", "扩音设备", 5),
    ("A02091211", "音箱", 5),
    ("A02091304", "会议、广播及音乐欣赏系统", 5),
    ("A05010203", "教学、实验用桌", 15),
]


def load() -> None:
    """Add classes that are not there yet; what people changed stays."""
    known = set(AssetClass.objects.filter(edition=EDITION).values_list("code", flat=True))
    AssetClass.objects.bulk_create(
        AssetClass(code=code, edition=EDITION, name=name, life_years=years)
        for code, name, years in CLASSES
        if code not in known
    )
