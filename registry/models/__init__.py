"""Nouns of the ground floor."""

from registry.models.law import LocalHoliday, Parameter
from registry.models.people import ApiToken, Post, User
from registry.models.places import Classroom, County, FormerName, School, Supplier, Township

__all__ = [
    "ApiToken",
    "Classroom",
    "County",
    "FormerName",
    "LocalHoliday",
    "Parameter",
    "Post",
    "School",
    "Supplier",
    "Township",
    "User",
]
