"""Doors of the financing floor, mounted under /financing/."""

from django.urls import path

from financing.views import (
    agreements,
    applications,
    budgets,
    claim_ageing,
    claim_batches,
    claim_totals,
    claims,
    funds,
    gates,
    payments,
    quote_schools,
    quotes,
    revisions,
    risks,
)

app_name = "financing"
urlpatterns = [
    # the school's, its township's and county's, and the supplier's own
    path("agreements/", agreements.Agreements.as_view(), name="agreements"),
    path("agreements/<int:pk>/", agreements.agreement, name="agreement"),
    path("applications/", applications.Applications.as_view(), name="applications"),
    path("applications/review/", applications.review_many, name="review_many"),
    path("payments/", payments.Payments.as_view(), name="payments"),
    # county finance writes: notices, reversals
    path("instalments/<int:pk>/notice/", agreements.notice, name="notice"),
    path("payments/<int:pk>/reverse/", payments.reverse, name="payment_reverse"),
    path("agreements/<int:pk>/waiver/", payments.waiver, name="waiver"),
    path("agreements/<int:pk>/refund/", payments.refund, name="refund"),
    path("agreements/<int:pk>/revise/<str:kind>/", revisions.propose, name="revise"),
    # changes of a plan, and the plans that were: whoever reads the agreement
    path("agreements/<int:pk>/plans/", revisions.plans, name="plans"),
    path("revisions/<int:pk>/", revisions.revision, name="revision"),
    # rebates: between schools and the levels of government, no supplier
    path("claims/", claims.Claims.as_view(), name="claims"),
    path("claims/<int:pk>/", claims.claim, name="claim"),
    path("claims/ageing/", claim_ageing.ageing, name="claim_ageing"),
    path("claims/totals/", claim_totals.Totals.as_view(), name="claim_totals"),
    # the county's and the levels' above it: batches show many schools
    path("claims/batches/", claim_batches.Batches.as_view(), name="claim_batches"),
    path("claims/batches/new/", claim_batches.new, name="claim_batch_new"),
    path("claims/batches/marked.xlsx", claim_batches.marked_sheet, name="claim_sheet_marked"),
    path("claims/batches/<int:pk>/", claim_batches.batch, name="claim_batch"),
    path("claims/batches/<int:pk>/sheet.xlsx", claim_batches.sheet, name="claim_sheet"),
    path("claims/batches/<int:pk>/upload/", claim_batches.upload, name="claim_sheet_upload"),
    # before money leaves: the year's budgets (no supplier), maintenance checks, holds
    path("budgets/", budgets.Budgets.as_view(), name="budgets"),
    path("budgets/enter/", budgets.enter, name="budget_enter"),
    path("budgets/template.xlsx", budgets.template, name="budget_template"),
    path("budgets/schools/<int:pk>/", budgets.school, name="budget"),
    path("checks/", gates.Checks.as_view(), name="checks"),
    path("checks/enter/", gates.check_enter, name="check_enter"),
    path("holds/", gates.Holds.as_view(), name="holds"),
    path("holds/<int:pk>/", gates.hold, name="hold"),
    path("instalments/<int:pk>/hold/", gates.propose, name="hold_propose"),
    # red lines: the school's, its township's and county's
    path("risks/", risks.Risks.as_view(), name="risks"),
    path("agreements/<int:pk>/risks/<str:rule>/", risks.risk, name="risk"),
    # earmarked money: the county's own
    path("funds/", funds.Funds.as_view(), name="funds"),
    path("funds/new/", funds.new, name="fund_new"),
    path("funds/<int:pk>/", funds.fund, name="fund"),
    path("funds/<int:pk>/allocate/", funds.allocate, name="fund_allocate"),
    path("funds/<int:pk>/use/", funds.use, name="fund_use"),
    path("funds/uses/<int:pk>/correct/", funds.correct, name="fund_correct"),
    path("projects/<int:pk>/sources/", funds.sources, name="sources"),
    # a calculation that stores nothing: everybody who is signed in
    path("quote/", quotes.quote, name="quote"),
    path("quote/schools/", quote_schools.QuoteSchools.as_view(), name="quote_schools"),
]
