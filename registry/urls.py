"""Doors of the ground floor, mounted under /settings/."""

from django.urls import path

from registry.views import hub, tokens

app_name = "registry"
urlpatterns = [
    # everybody: what they may set, and their own tokens
    path("", hub.settings, name="settings"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", tokens.token_revoke, name="token_revoke"),
]
