"""Doors of the acceptance floor; every one opens only for who sees the school."""

from django.urls import path

from acceptance.views import lists, school

app_name = "acceptance"
urlpatterns = [
    path("schools/", lists.SchoolList.as_view(), name="schools"),
    path("schools/<int:pk>/", school.school, name="school"),
    path("schools/<int:pk>/serials.xlsx", school.serials, name="serials"),
    path("schools/<int:pk>/files/", school.photo, name="photo"),
    path("rectifications/", lists.DefectList.as_view(), name="rectifications"),
]
