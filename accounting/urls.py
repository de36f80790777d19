"""Doors of the accounting floor, mounted under /accounting/."""

from django.urls import URLPattern

app_name = "accounting"
urlpatterns: list[URLPattern] = []
