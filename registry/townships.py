"""Official nine-digit codes of townships, by county code; the place names are public facts.

Source: the Ministry of Civil Affairs' published division codes (乡级行政区划代码).
"""

from __future__ import annotations

import datetime as dt

from registry.models import County, FormerName, Township

TOWNSHIPS: dict[str, list[tuple[str, str]]] = {
    "522631": [  # 黎平县
        ("522631001", "德凤街道"),
        ("522631002", "高屯街道"),
        ("522631003", "龙形街道"),
        ("522631102", "中潮镇"),
        ("522631103", "孟彦镇"),
        ("522631104", "敖市镇"),
        ("522631105", "九潮镇"),
        ("522631106", "岩洞镇"),
        ("522631107", "水口镇"),
        ("522631108", "洪州镇"),
        ("522631109", "尚重镇"),
        ("522631110", "双江镇"),
        ("522631111", "肇兴镇"),
        ("522631112", "龙额镇"),
        ("522631113", "永从镇"),
        ("522631114", "茅贡镇"),
        ("522631115", "地坪镇"),
        ("522631200", "顺化瑶族乡"),
        ("522631201", "雷洞瑶族水族乡"),
        ("522631203", "罗里乡"),
        ("522631205", "坝寨乡"),
        ("522631206", "口江乡"),
        ("522631211", "德顺乡"),
        ("522631212", "大稼乡"),
        ("522631213", "平寨乡"),
        ("522631214", "德化乡"),
    ],
}
FORMER_NAMES: dict[str, str] = {"522631001": "德凤镇"}
"""Township code to the name it had before; the day of the change is for the caller to know."""


def add_townships(county: County, *, renamed_on: dt.date | None = None) -> list[Township]:
    """Add the known townships of ``county`` that are missing, and return all of them.

    ``renamed_on``: the first day of the present names; without it no former name is entered,
    because the lists do not tell the day.
    """
    known = set(county.townships.values_list("code", flat=True))
    Township.objects.bulk_create(
        Township(county=county, code=code, name=name)
        for code, name in TOWNSHIPS.get(county.code, ())
        if code not in known
    )
    rows = list(county.townships.all())
    if renamed_on:
        last_day = renamed_on - dt.timedelta(days=1)
        for row in rows:
            if row.code in FORMER_NAMES:
                FormerName.objects.get_or_create(
                    township=row, valid_to=last_day, defaults={"name": FORMER_NAMES[row.code]}
                )
    return rows
