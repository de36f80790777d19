"""What the sample papers are made of: names, rooms, amounts, and stand-ins for rows."""

import hashlib
import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from PIL import Image, ImageDraw

PROJECT = {"name": "黎平县中小学教育信息化“班班通”建设工程（示例）", "code": "BBT-2026-01"}
SCHOOL = {"name": "示例镇中心小学", "code": "2152900001", "township": "示例镇"}
CONTRACT = {"number": "LP-HT-2026-0007", "supplier": "贵州示例教育科技有限公司"}
DEVICES = [
    ("投影机", "A02020200", "示例牌 EP-4200", "9200.00"),
    ("电子白板", "A02020700", "示例牌 IWB-82", "7300.00"),
    ("计算机", "A02010105", "示例牌 T480-i5", "5000.00"),
]


@dataclass
class SamplePaper:
    """Stands for a stored paper; `documents.Paper` has the same attributes."""

    kind: str
    title: str
    data: dict
    number: str = "BBT-2026-01-052"
    version: int = 1
    token: str = "k3vJx0Qe7mPzRt1A"
    created_at: datetime = datetime(2026, 10, 12, 7, 30, tzinfo=UTC)
    data_hash: str = ""

    def __post_init__(self):
        text = json.dumps(self.data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        self.data_hash = hashlib.sha256(text.encode()).hexdigest()


@dataclass
class SampleSignature:
    """Stands for a stored signature."""

    name: str
    role: str
    party: str
    data_hash: str
    image: bytes | None = None
    seal: bytes | None = None
    address: str | None = "10.1.2.3"
    signed_at: datetime = field(default=datetime(2026, 10, 13, 1, 5, 9, tzinfo=UTC))


def drawn(seed: int = 0) -> bytes:
    """A scribble of the size that a phone's signature pad gives."""
    image = Image.new("RGBA", (900, 360), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    points = [(80 + 37 * i, 180 + (90 + 7 * seed) * (1 if i % 2 else -1)) for i in range(20)]
    pen.line(points, fill=(10, 10, 40, 255), width=9, joint="curve")
    out = io.BytesIO()
    image.save(out, format="PNG")
    return out.getvalue()


def rooms(count: int) -> list[dict]:
    names = [f"{'一二三四五六'[i // 10 % 6]}年级（{i % 10 + 1}）班" for i in range(count)]
    return [
        {"class_name": name, "room": f"教学楼{101 + i // 10 * 100 + i % 10}"}
        for i, name in enumerate(names)
    ]


def money(value) -> str:
    return f"{Decimal(value):.2f}"
