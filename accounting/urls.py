"""Doors of the accounting floor, mounted under /accounting/."""

from django.urls import path

from accounting import book_urls, report_urls
from accounting.views import bank, desk, reconciliation, statements

MONTH = "bank/accounts/<int:pk>/months/<str:month>/"

app_name = "accounting"
urlpatterns = [
    # the bank: county finance and cashier work, auditors and the leading group read
    path("bank/", bank.accounts, name="bank_accounts"),
    path("bank/accounts/new/", bank.account_form, name="bank_account_new"),
    path("bank/accounts/<int:pk>/", bank.account, name="bank_account"),
    path("bank/accounts/<int:pk>/edit/", bank.account_form, name="bank_account_edit"),
    path("bank/accounts/<int:pk>/import/", statements.upload, name="statement_upload"),
    path("bank/accounts/<int:pk>/import/look/", statements.preview, name="statement_preview"),
    path(
        "bank/accounts/<int:pk>/import/marked.xlsx",
        statements.marked_statement,
        name="statement_marked",
    ),
    path("bank/accounts/<int:pk>/desk/", desk.desk, name="desk"),
    path("bank/accounts/<int:pk>/confirm/", desk.bulk_confirm, name="bulk_confirm"),
    path(MONTH, reconciliation.month, name="reconciliation"),
    path(f"{MONTH}close/", reconciliation.close, name="reconciliation_close"),
    path(f"{MONTH}sheet.xlsx", reconciliation.sheet, name="reconciliation_sheet"),
    path(f"{MONTH}paper.pdf", reconciliation.paper, name="reconciliation_paper"),
    path("bank/files/<int:pk>/", bank.statement_file, name="statement_file"),
    path("bank/lines/", bank.Lines.as_view(), name="bank_lines"),
    path("bank/lines/<int:pk>/", desk.line_page, name="bank_line"),
    path("bank/lines/<int:pk>/confirm/", desk.line_confirm, name="line_confirm"),
    path("bank/lines/<int:pk>/explain/", desk.line_explain, name="line_explain"),
    path("bank/matches/<int:pk>/undo/", desk.match_take_back, name="match_take_back"),
    *book_urls.urlpatterns,
    *report_urls.urlpatterns,
]
