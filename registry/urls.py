"""Doors of the ground floor, mounted under /settings/."""

from django.urls import path

from registry.views import hub, law, people, places, school_import, schools, tokens

app_name = "registry"
urlpatterns = [
    path("", hub.settings, name="settings"),
    # schools and classrooms: seen by whom they concern, kept by project office and administrator
    path("schools/", schools.Schools.as_view(), name="schools"),
    path("schools/new/", schools.school_create, name="school_create"),
    path("schools/import/", school_import.school_import, name="school_import"),
    path("schools/import/template.xlsx", school_import.template, name="school_template"),
    path("schools/import/marked.xlsx", school_import.marked_workbook, name="school_marked"),
    path("schools/<int:pk>/", schools.school, name="school"),
    path("schools/<int:pk>/edit/", schools.school_edit, name="school_edit"),
    path("schools/<int:pk>/classrooms/new/", schools.classroom_create, name="classroom_create"),
    path("classrooms/<int:pk>/edit/", schools.classroom_edit, name="classroom_edit"),
    # townships likewise; suppliers also by the procurement officer
    path("townships/", places.Townships.as_view(), name="townships"),
    path("townships/new/", places.township_create, name="township_create"),
    path("townships/<int:pk>/rename/", places.township_rename, name="township_rename"),
    path("suppliers/", places.Suppliers.as_view(), name="suppliers"),
    path("suppliers/new/", places.supplier_create, name="supplier_create"),
    path("suppliers/<int:pk>/edit/", places.supplier_edit, name="supplier_edit"),
    # people and posts: the administrator all, the project office those of its schools
    path("people/", people.People.as_view(), name="people"),
    path("people/new/", people.person_create, name="person_create"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/posts/new/", people.post_create, name="post_create"),
    path("people/<int:pk>/password/", people.person_password, name="person_password"),
    path("people/<int:pk>/active/", people.person_active, name="person_active"),
    path("posts/<int:pk>/end/", people.post_end, name="post_end"),
    # everybody reads the rules; the administrator sets them
    path("parameters/", law.Parameters.as_view(), name="parameters"),
    path("parameters/<str:code>/", law.parameter, name="parameter"),
    path("holidays/", law.holidays, name="holidays"),
    path("holidays/<int:pk>/drop/", law.holiday_drop, name="holiday_drop"),
    # everybody: their own tokens
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", tokens.token_revoke, name="token_revoke"),
]
