"""Doors of the reports, of the lists behind them, of notices and of the yearly disclosure."""

from django.urls import path

from accounting.views import (
    disclosures,
    forecast,
    hub,
    notices,
    report_lists,
    reports,
    supplier_statement,
)

urlpatterns = [
    # everybody sees the money of their own place
    path("", hub.hub, name="hub"),
    path("ledger/", reports.Ledger.as_view(), name="ledger"),
    path("ageing/", reports.Ageing.as_view(), name="ageing"),
    path("forecast/", forecast.ForecastPage.as_view(), name="forecast"),
    path("instalments/", report_lists.Instalments.as_view(), name="instalments"),
    path("rebates/", report_lists.Rebates.as_view(), name="rebates"),
    path(
        "suppliers/statement/",
        supplier_statement.SupplierStatement.as_view(),
        name="supplier_statement",
    ),
    # notices: read by all whom they concern, sent by county finance
    path("notices/", notices.Notices.as_view(), name="notices"),
    path("notices/send/", notices.send, name="notice_send"),
    path("notices/papers.pdf", notices.papers, name="notice_papers"),
    # the yearly disclosure: those who read a whole county
    path("disclosure/", disclosures.disclosure, name="disclosure"),
    path("disclosure/<int:pk>/", disclosures.disclosed, name="disclosed"),
]
