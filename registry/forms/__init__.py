"""Forms of the settings pages."""

from registry.forms.law import HolidayForm, ParameterForm
from registry.forms.people import EndPostForm, PersonForm, PostForm, TokenForm
from registry.forms.places import (
    ClassroomForm,
    SchoolForm,
    SchoolSheetForm,
    SupplierForm,
    TownshipForm,
    TownshipRenameForm,
)

__all__ = [
    "ClassroomForm",
    "EndPostForm",
    "HolidayForm",
    "ParameterForm",
    "PersonForm",
    "PostForm",
    "SchoolForm",
    "SchoolSheetForm",
    "SupplierForm",
    "TokenForm",
    "TownshipForm",
    "TownshipRenameForm",
]
