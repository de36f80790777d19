"""Doors of the procurement floor, mounted under /procurement/."""

from django.urls import path

from procurement.views import change, contract, plan, programme, tender

app_name = "procurement"
urlpatterns = [
    # the programme: county and region people read, the project office writes
    path("programmes/", programme.Programmes.as_view(), name="programmes"),
    path("programmes/new/", programme.programme_create, name="programme_create"),
    path("programmes/<int:pk>/", programme.programme, name="programme"),
    path("programmes/<int:pk>/edit/", programme.programme_edit, name="programme_edit"),
    # the plan's list; the template and the marked workbooks are the county's own
    path("projects/<int:pk>/plan/", plan.PlanLines.as_view(), name="plan"),
    path("projects/<int:pk>/plan/template.xlsx", plan.template, name="plan_template"),
    path("imports/<int:pk>/", plan.marked_workbook, name="plan_import"),
    # change orders: the project office proposes, the leading group decides
    path("projects/<int:pk>/changes/", change.changes, name="changes"),
    path("lines/<int:pk>/change/", change.propose, name="change_propose"),
    path("changes/<int:pk>/", change.change, name="change"),
    # the tender: county and region people read all, a supplier what it bid for or signed
    path("tenders/", tender.Tenders.as_view(), name="tenders"),
    path("tenders/<int:pk>/", tender.tender, name="tender"),
    path("contracts/<int:pk>/", contract.contract, name="contract"),
]
