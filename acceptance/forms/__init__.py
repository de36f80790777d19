"""Forms of the school's steps; a step's form is its page and its act."""

from acceptance.forms.contract import ContractAcceptanceForm
from acceptance.forms.handover import (
    HandoverForm,
    SchoolSignForm,
    StationSignForm,
    SupplierSignForm,
)
from acceptance.forms.inspection import (
    CountyInspectionForm,
    CountyReinspectionForm,
    SchoolInspectionForm,
    SchoolReinspectionForm,
)
from acceptance.forms.install import InstallForm
from acceptance.forms.rectify import CountyRectifyForm, SchoolRectifyForm
from acceptance.forms.signing import HeadSignForm, ReviewForm
from acceptance.forms.site import SiteCheckForm, TrainingForm

__all__ = [
    "ContractAcceptanceForm",
    "CountyInspectionForm",
    "CountyRectifyForm",
    "CountyReinspectionForm",
    "HandoverForm",
    "HeadSignForm",
    "InstallForm",
    "ReviewForm",
    "SchoolInspectionForm",
    "SchoolRectifyForm",
    "SchoolReinspectionForm",
    "SchoolSignForm",
    "SiteCheckForm",
    "StationSignForm",
    "SupplierSignForm",
    "TrainingForm",
]
