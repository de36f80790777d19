"""Forms of the procurement floor."""

from procurement.forms.plan import ApprovalForm, ChangeDecisionForm, ChangeForm, PlanForm
from procurement.forms.project import OpenProjectForm, ProgrammeForm

__all__ = [
    "ApprovalForm",
    "ChangeDecisionForm",
    "ChangeForm",
    "OpenProjectForm",
    "PlanForm",
    "ProgrammeForm",
]
