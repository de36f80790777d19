"""The site map: every door starts here. Everything asks for a signed-in person unless said."""

from allauth.account import views as account
from django.urls import path
from django.views.decorators.http import require_POST

from banbantong.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    # Signing in. Of allauth's pages only these three have a door; its own names for them are
    # kept, because its code looks them up.
    path("accounts/login/", account.login, name="login"),
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", require_POST(account.logout), name="logout"),
    path("accounts/password/", account.password_change, name="password_change"),
]
