"""Doors of the assets floor, mounted under /assets/."""

from django.urls import path

from assets.views import cards, classes, labels, registrations

app_name = "assets"
urlpatterns = [
    # county and region people, the township office and the school; each sees its own rows
    path("cards/", cards.Cards.as_view(), name="cards"),
    path("cards/<int:pk>/", cards.card, name="card"),
    path("registrations/", registrations.Registrations.as_view(), name="registrations"),
    path("registrations/<int:pk>/", registrations.registration, name="registration"),
    path(
        "registrations/<int:pk>/labels.pdf",
        labels.registration_labels,
        name="registration_labels",
    ),
    path("labels.pdf", labels.labels, name="labels"),
    # asset classes: everybody reads, the project office and the administrator add
    path("classes/", classes.Classes.as_view(), name="classes"),
    path("classes/new/", classes.class_create, name="class_create"),
]
