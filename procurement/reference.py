"""Reference data of the procurement floor: the four equipment modes and what a set consists of."""

from __future__ import annotations

from procurement.models import EquipmentMode, ModeItem

# (code, name, description, [(item, GB/T 14885-2022 code, basic requirement, unit, per set)])
MODES = [
    (
        1,
        "投影机+银幕+计算机",
        "造价低，适合小教室；无交互书写。",
        [
            ("投影仪", "A02020200", "亮度不低于3000流明，吊装", "台", 1),
            ("投影幕", "A02020300", "电动或手动幕，与教室匹配", "块", 1),
            ("台式计算机", "A02010105", "满足多媒体教学软件运行", "台", 1),
        ],
    ),
    (
        2,
        "投影机+电子白板+计算机",
        "集多种功能于一身，亮度和清晰度较高，互动性强，相对实惠。",
        [
            ("投影仪", "A02020200", "短焦，亮度不低于3000流明", "台", 1),
            ("电子白板", "A02020700", "交互式，不小于80英寸", "块", 1),
            ("台式计算机", "A02010105", "满足白板教学软件运行", "台", 1),
        ],
    ),
    (
        3,
        "液晶电视机+计算机",
        "安装简便，适合班额较小的教室。",
        [
            ("液晶电视机", "A02091001", "不小于46英寸，壁挂", "台", 1),
            ("台式计算机", "A02010105", "满足多媒体教学软件运行", "台", 1),
        ],
    ),
    (
        4,
        "触控一体机",
        "交互智能平板，显示、书写、计算一体，造价较高。",
        [
            ("触控一体机", "A02020800", "不小于70英寸，多点触控", "台", 1),
            ("视频展示台", "A02021120", "不低于500万像素", "台", 1),
        ],
    ),
]


def load() -> None:
    """Add modes that are not there yet; what people changed stays."""
    for code, name, description, items in MODES:
        mode, made = EquipmentMode.objects.get_or_create(
            code=code, defaults={"name": name, "description": description}
        )
        if made:
            ModeItem.objects.bulk_create(
                ModeItem(
                    mode=mode,
                    number=n,
                    name=item,
                    catalogue_code=catalogue,
                    specification=requirement,
                    unit=unit,
                    per_set=per_set,
                )
                for n, (item, catalogue, requirement, unit, per_set) in enumerate(items, start=1)
            )
