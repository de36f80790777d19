"""What 设置 offers, one line a door. Floors above append theirs when they are loaded."""

from __future__ import annotations

from dataclasses import dataclass

from registry.enums import Role

KEEPERS = (Role.ADMINISTRATOR, Role.PROJECT_OFFICE)


@dataclass(frozen=True)
class Door:
    """One line of the hub; ``roles`` empty: everybody."""

    group: str
    label: str
    note: str
    icon: str
    name: str
    roles: tuple = ()


DOORS = [
    Door("单位", "学校和班级", "学校标识码、规模、班级和教室", "school", "registry:schools"),
    Door("单位", "乡镇", "区划代码、现名和曾用名", "map-pin", "registry:townships"),
    Door("单位", "供应商", "统一社会信用代码和企业规模", "building", "registry:suppliers"),
    Door(
        "人员", "人员和岗位", "开通账号、任职和离任、重置密码", "users", "registry:people", KEEPERS
    ),
    Door(
        "规则", "法定参数", "期限、比例、限额的数值、生效日和依据", "scale", "registry:parameters"
    ),
    Door("规则", "地方节假日", "与全国放假安排不同的日子", "calendar", "registry:holidays"),
    Door("我的", "接口令牌", "让程序以您的身份读取数据，可随时停用", "key", "registry:tokens"),
]
