"""Deadlines of the project's own steps: the county's plan, not law; overdue only warns."""

from datetime import date

_OWN = "县教育信息化建设工程领导小组工作安排"

PARAMETERS = [
    ("term.plan", "编制方案期限", 10, "工作日", date(2014, 1, 1), None, _OWN),
    ("term.approve", "领导小组审批期限", 5, "工作日", date(2014, 1, 1), None, _OWN),
    ("term.conclude", "履约验收期限", 10, "工作日", date(2014, 1, 1), None, _OWN),
    ("term.close", "结项期限", 10, "工作日", date(2014, 1, 1), None, _OWN),
]
