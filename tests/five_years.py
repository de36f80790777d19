"""Five years of a county's buyback, told by those who do it: apply, review, the bank's file, claims,
vouchers, reconciled months. Everything goes through the same acts as the pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from contextlib import contextmanager
from decimal import Decimal

from accounting.actions.books import make_vouchers
from accounting.actions.closing import close_month, month_to_close
from accounting.actions.matching import confirm, confirm_all, explain
from accounting.actions.reconcile import close_month as reconcile_month
from accounting.actions.statements import import_statement
from accounting.forms.bank import USUAL_LEVEL
from accounting.models import StatementLine
from accounting.periods import next_month
from financing.actions import account_of, amount_due, pass_applications
from financing.actions.claims import claim_batch, decide_claims, receive_batch
from financing.actions.revision import decide_revision, propose_revision
from financing.enums import ClaimStatus, RevisionKind
from financing.models import Agreement, ClaimBatch, PaymentApplication, Rebate, RebateReceipt
from procurement.enums import Funder
from registry import clock
from registry.enums import Role
from registry.money import from_fen
from tests.buyback import do, make_buybacks
from tests.statements import as_xlsx, make_account, movement, two_columns
from tests.world import make_user, make_world

OPENING = Decimal("50000000.00")
LEVELS = {  # who reviews, who approves
    Funder.COUNTY: ("second", Role.LEADING_GROUP),
    Funder.PREFECTURE: ("second", Role.PREFECTURE),
    Funder.PROVINCE: (Role.PREFECTURE, Role.PROVINCE),
}


class County:
    """The people of a county and what they do; the calendar only goes forward."""

    def __init__(self, schools: int, begins: dt.date):
        with clock.at(begins):
            self.world = make_world(schools=schools, rooms=1)
            self.second = make_user("县财务二", Role.COUNTY_FINANCE, self.world.county)
            self.agreements = make_buybacks(self.world)
            self.bank = make_account(self.world, opening=OPENING)
        self.serial, self.balance = 0, OPENING
        self.project = self.agreements[0].project_school.project
        with clock.at(begins):
            self._interest_of_the_account()

    def person(self, role) -> object:
        return self.second if role == "second" else self.world.person(role)

    def fresh(self, agreement) -> Agreement:
        return Agreement.objects.get(pk=agreement.pk)

    @contextmanager
    def on(self, day: dt.date):
        """What happens on ``day``; the months before it are reconciled and closed first."""
        with clock.at(day):
            self.keep_books(day)
            yield

    # --- paying ---------------------------------------------------------------------------------
    def ask(self, agreements: Iterable[Agreement]) -> None:
        """Schools apply for what is due soon, with the late interest to today."""
        for agreement in map(self.fresh, agreements):
            account = account_of(agreement)
            do(
                agreement,
                "apply",
                self.world.person(Role.SCHOOL_FINANCE, agreement.school),
                amount=amount_due(account, clock.today() + dt.timedelta(days=30)),
                budget_note="公用经费—设备租赁",
            )

    def pass_all(self) -> None:
        waiting = PaymentApplication.objects.filter(passed=None).order_by("pk")
        _, refused = pass_applications(applications=waiting, user=self.person(Role.COUNTY_FINANCE))
        assert not refused, refused[:3]

    def pay_ordered(self) -> int:
        """The bank pays every order; the cashier takes its file in and confirms what matches."""
        orders = PaymentApplication.objects.live().filter(passed=True).order_by("pk")
        rows = [
            self._line(-order.amount, order.instalment.agreement.supplier.name, _summary(order))
            for order in orders.select_related("instalment__agreement__project_school__school")
        ]
        return self._take_in(rows)

    def pay(self, agreements: Iterable[Agreement]) -> int:
        """Apply, review, pay on one day."""
        self.ask(agreements)
        self.pass_all()
        return self.pay_ordered()

    def _line(self, amount: Decimal, party: str, summary: str) -> dict:
        self.serial += 1
        return movement(
            clock.today().isoformat(), f"{amount:.2f}", party, summary, f"示例流水{self.serial:06d}"
        )

    def _file(self, rows: list) -> bytes:
        """The bank's file of these rows, with its running balance."""
        content = as_xlsx(two_columns(rows, opening=str(self.balance)))
        self.balance += sum(row["amount"] for row in rows)
        return content

    def _take_in(self, rows: list) -> int:
        cashier = self.person(Role.COUNTY_CASHIER)
        content = self._file(rows)
        for _ in range(2):  # the same file again adds nothing
            import_statement(account=self.bank, user=cashier, name="示例流水.xlsx", content=content)
        verdicts = confirm_all(account=self.bank, user=cashier, level=USUAL_LEVEL)
        refused = [verdict.sentence for verdict in verdicts if not verdict.done]
        assert not refused, refused[:3]
        return len(verdicts)

    def _interest_of_the_account(self) -> None:
        """A line that is nobody's instalment: explained."""
        cashier = self.person(Role.COUNTY_CASHIER)
        rows = [self._line(Decimal("12.34"), "示例农村商业银行", "结息")]
        content = self._file(rows)
        import_statement(account=self.bank, user=cashier, name="示例.xlsx", content=content)
        explain(line=StatementLine.objects.get(), user=cashier, reason="interest")

    # --- rebates --------------------------------------------------------------------------------
    def claim(self, year: int) -> list[ClaimBatch]:
        """Every level is asked for what it owes; reviewed and approved the same day."""
        batches = []
        for funder, (reviews, approves) in LEVELS.items():
            wanted = Rebate.objects.claimable().filter(funder=funder).values_list("pk", flat=True)
            batch = claim_batch(
                project=self.project,
                funder=funder,
                rebates=list(wanted),
                document=f"示例教财〔{year}〕{funder}号",
                user=self.person(Role.COUNTY_FINANCE),
            )
            for stage, role in ((ClaimStatus.REVIEWED, reviews), (ClaimStatus.APPROVED, approves)):
                decide_claims(
                    claims=list(batch.claims.values_list("pk", flat=True)),
                    stage=stage,
                    user=self.person(role),
                    document=f"示例财教〔{year}〕{funder}{stage}号",
                    decided_on=clock.today(),
                    verdicts={},
                )
            batches.append(batch)
        return batches

    def receive(self, batches: Iterable[ClaimBatch]) -> None:
        """One transfer of the level for a whole batch; its line is matched with its receipts."""
        cashier = self.person(Role.COUNTY_CASHIER)
        for batch in batches:
            granted = sum(batch.claims.values_list("approved_amount", flat=True), Decimal(0))
            row = self._line(granted, "示例上级财政", f"奖补 {batch.document}")
            content = self._file([row])
            import_statement(account=self.bank, user=cashier, name="示例.xlsx", content=content)
            receive_batch(
                batch=batch, user=cashier, amount=granted, voucher=f"示例流水{self.serial:06d}"
            )
            line = StatementLine.objects.get(serial=f"示例流水{self.serial:06d}")
            receipts = RebateReceipt.objects.filter(claim__batch=batch)
            keys = [f"receipt:{receipt.pk}" for receipt in receipts]
            confirm(line=line, keys=keys, user=cashier)

    # --- changes --------------------------------------------------------------------------------
    def revise(self, agreement: Agreement, kind: RevisionKind, **what) -> None:
        decides = Role.LEADING_GROUP if kind == RevisionKind.AMENDMENT else Role.COUNTY_FINANCE
        revision = propose_revision(
            agreement=self.fresh(agreement),
            user=self.second,
            reason="按领导小组会议纪要",
            kind=kind,
            effective_on=clock.today(),
            **what,
        )
        decide_revision(revision=revision, user=self.person(decides), passed=True)

    # --- books ----------------------------------------------------------------------------------
    def keep_books(self, until: dt.date) -> None:
        """Every month that is over gets its vouchers, is reconciled with the bank, and is closed."""
        officer = self.person(Role.COUNTY_FINANCE)
        while (turn := month_to_close(self.world.county)) and next_month(turn) <= until:
            make_vouchers(county=self.world.county, month=turn, user=officer)
            first = self.bank.lines.order_by("day").values_list("day", flat=True).first()
            if first and turn >= first.replace(day=1):
                reconcile_month(account=self.bank, first=turn, user=officer)
            close_month(county=self.world.county, month=turn, user=officer)


def _summary(order: PaymentApplication) -> str:
    return f"回购款 {order.instalment.agreement.number}"


def owed(agreement: Agreement) -> Decimal:
    return from_fen(account_of(agreement).owed)
