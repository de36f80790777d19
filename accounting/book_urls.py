"""Doors of the books: county finance keeps them, its readers read, a school reads its own part."""

from django.urls import path

from accounting.views.books import balances, closing, rules, vouchers

urlpatterns = [
    # the county's: finance keeps, cashier, auditor and leading group read
    path("books/", closing.books, name="books"),
    path("books/close/", closing.close, name="close_month"),
    path("books/close/waiting/", closing.close_waiting, name="close_waiting"),
    path("books/rules/", rules.rules, name="rules"),
    path("books/rules/<str:kind>/", rules.rule, name="rule"),
    path("books/accounts/new/", rules.account_new, name="account_new"),
    path("books/vouchers/make/", vouchers.make, name="vouchers_make"),
    # also a school's own part
    path("books/vouchers/", vouchers.Vouchers.as_view(), name="vouchers"),
    path("books/vouchers/<int:pk>/", vouchers.voucher, name="voucher"),
    path("books/entries/", vouchers.entries, name="entries"),
    path("books/balances/", balances.balances, name="balances"),
    path("books/payables/", balances.payable, name="payables"),
]
