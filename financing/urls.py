"""Doors of the financing floor, mounted under /financing/."""

from django.urls import path

from financing.views import agreements, applications, claims, payments, quotes

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
    # rebates: between schools and the levels of government, no supplier
    path("claims/", claims.Claims.as_view(), name="claims"),
    path("claims/bulk/", claims.bulk, name="claim_bulk"),
    path("claims/<int:pk>/", claims.claim, name="claim"),
    # a calculation that stores nothing: everybody who is signed in
    path("quote/", quotes.quote, name="quote"),
]
