"""The story of a school's assets on their way into the books."""

from viewflow import this

from assets.forms import BookForm, ConfirmCardsForm
from registry.enums import Role
from workflow.flows import Flow
from workflow.nodes import End, Start, Step


class RegistrationFlow(Flow):
    """资产登记

    生成资产卡 → 学校核对贴标签 → 入账
    """

    start = Start("生成资产卡").Next(this.confirm_cards)

    # the school's asset keeper
    confirm_cards = Step(
        ConfirmCardsForm,
        title="学校核对贴标签",
        role=Role.TECHNICIAN,
        within="assets.confirm",
    ).Next(this.book)

    # the school's finance
    book = Step(
        BookForm,
        title="入账",
        role=Role.SCHOOL_FINANCE,
        within="assets.book",
        unlike=("confirm_cards",),
    ).Next(this.end)
    end = End()
