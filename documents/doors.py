"""What the documents floor adds to 设置."""

from registry.doors import Door
from registry.enums import Role

DOORS = [
    Door("档案", "文书", "方案、合同、验收表、移交单、回购计划表", "file-text", "documents:papers"),
    Door(
        "档案",
        "印章登记",
        "签署时盖的印章，登记和停用",
        "rubber-stamp",
        "documents:seals",
        (Role.PROJECT_OFFICE, Role.AUDITOR, Role.HEAD, Role.SUPPLIER),
    ),
    Door(
        "档案",
        "办理痕迹",
        "谁在何时办了什么，可校验是否被改动",
        "history",
        "documents:trail",
        (Role.AUDITOR, Role.PROJECT_OFFICE, Role.LEADING_GROUP),
    ),
]
