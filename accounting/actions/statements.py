"""Take a bank's file in: look at it, remember how it is laid out, import it whole or not at all."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import transaction

from accounting.models import (
    BankAccount,
    ReconciledMonth,
    StatementFile,
    StatementLayout,
    StatementLine,
)
from accounting.models.bank import WORKING, bank_counties
from accounting.statement_files import rows_of
from accounting.statements.keys import keys_of, known_otherwise
from accounting.statements.layout import Header, Layout, doubts, find_header, order_of
from accounting.statements.reading import (
    Entry,
    Reading,
    account_named,
    breaks,
    read,
    same_account,
)
from registry import clock
from registry.marking import marked
from registry.workbook import Table

FORMULA = "不能用公式，请粘贴为数值。"
BATCH = 1000


@dataclass
class Look:
    """What a file says: its table, its header, the columns as guessed or remembered, its entries.

    ``doubts``: sentences a person must settle first. ``new``: positions in ``reading.entries`` of
    movements that the account does not hold yet.
    """

    table: Table
    header: Header
    layout: Layout
    remembered: bool
    doubts: list[str]
    reading: Reading = field(default_factory=Reading)
    new: list[int] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    @property
    def below(self) -> list[list]:
        return self.table.rows[self.header.at + 1 :]

    @property
    def breaks(self) -> list[tuple]:
        return breaks(self.reading.entries)

    @property
    def new_entries(self) -> list[Entry]:
        return [self.reading.entries[at] for at in self.new]

    def marked(self) -> bytes:
        """The file as a workbook with the reasons beside the rows."""
        first = self.header.at + 2
        table = dataclasses.replace(
            self.table, headers=self.header.titles, first_row=first, rows=self.below
        )
        return marked(table, self.reading.problems)


@dataclass
class Outcome:
    """What an import did; with ``problems`` nothing was taken over and ``workbook`` tells why."""

    read: int = 0
    added: int = 0
    file: StatementFile | None = None
    problems: dict = field(default_factory=dict)
    workbook: bytes = b""


def must_work(user, county_id: int) -> None:
    """Raises ``PermissionDenied`` for whoever does not work on this county's bank accounts."""
    if county_id not in bank_counties(user, WORKING):
        raise PermissionDenied("银行流水由县财务审核岗和出纳办理。")


@transaction.atomic
def save_account(*, account: BankAccount, user) -> BankAccount:
    """Register an account or change its words; the number stays once there are lines.

    Choosing it as the main one takes that from the account that had it.
    """
    must_work(user, account.county_id)
    if account.pk and account.lines.exists():
        before = BankAccount.objects.get(pk=account.pk)
        if before.number != account.number:
            raise ValidationError({"number": "已导入流水，账号不能再改。请另行登记新账户。"})
    if account.main:
        BankAccount.objects.filter(county=account.county, main=True).exclude(pk=account.pk).update(
            main=False
        )
    account.full_clean()
    account.save()
    return account


def look(*, account: BankAccount, name: str, content: bytes, layout: Layout | None = None) -> Look:
    """Read a file without writing anything. Raises ``ValidationError`` when it is no statement of
    this account."""
    table = rows_of(name=name, content=content)
    header = find_header(table.rows)
    if header is None:
        raise ValidationError(
            f"“{name}”里没有找到流水的表头（日期、金额等列名）。请上传银行导出的交易明细。"
        )
    named = account_named(table.rows, header)
    if named and not same_account(named, account.number):
        raise ValidationError(
            f"这份文件写的账号（尾号 {named[-4:]}）不是所选账户（尾号 {account.number[-4:]}），没有导入。"
        )
    below = table.rows[header.at + 1 :]
    remembered = StatementLayout.objects.filter(
        county=account.county_id, signature=header.signature
    ).first()
    found = layout or _layout(header, remembered, below)
    seen = Look(table, header, found, remembered is not None, doubts(found, below))
    if not found.lacks:
        seen.reading = read(table.rows, header, found, today=clock.today())
        if not seen.doubts and len(seen.breaks) * 2 > len(seen.reading.entries):
            seen.doubts.append("多数余额和金额对不上，很可能借方、贷方两列指反了，请核对各列。")
        _formulas(seen)
        _compare(seen, account)
    return seen


def _layout(header: Header, remembered: StatementLayout | None, below: list) -> Layout:
    if remembered:
        return Layout(remembered.columns, remembered.order)
    at = header.layout.columns.get("day")
    days = [row[at] for row in below if at < len(row)] if at is not None else []
    return Layout(header.layout.columns, order_of(days) or "ymd")


def _formulas(seen: Look) -> None:
    """A number that Excel computes may change on the next machine: only typed values count."""
    used = {at: seen.header.titles[at] for at in seen.layout.columns.values()}
    rows = {entry.row for entry in seen.reading.entries} | set(seen.reading.problems)
    for row, column in seen.table.formulas:
        if row in rows and column - 1 in used:
            found = seen.reading.problems.setdefault(row, {})
            found.setdefault(used[column - 1], []).append(FORMULA)


def _compare(seen: Look, account: BankAccount) -> None:
    """Find out which entries are new, and refuse new ones in months that are reconciled."""
    entries = seen.reading.entries
    if not entries:
        return
    seen.keys = keys_of(entries)
    days = [entry.day for entry in entries]
    lines = list(
        StatementLine.objects.filter(account=account, day__range=(min(days), max(days)))
        .in_order()
        .values_list("key", "day", "amount", "balance", "file__signature")
    )
    known, wanted = {line[0] for line in lines}, set(seen.keys)
    fresh = [at for at, key in enumerate(seen.keys) if key not in known]
    others = [
        line[1:4] for line in lines if line[0] not in wanted and line[4] != seen.header.signature
    ]
    met = known_otherwise([entries[at] for at in fresh], others)
    seen.new = [at for n, at in enumerate(fresh) if n not in met]
    last = ReconciledMonth.objects.filter(account=account).order_by("-month").first()
    for at in seen.new:
        entry = entries[at]
        if last and (entry.day.year, entry.day.month) <= (last.month.year, last.month.month):
            found = seen.reading.problems.setdefault(entry.row, {})
            found.setdefault("", []).append(
                f"{last.month:%Y-%m} 及以前已完成对账，不能再增加 {entry.day} 的流水，请先核实。"
            )


@transaction.atomic
def import_statement(
    *, account: BankAccount, user, name: str, content: bytes, layout: Layout | None = None
) -> Outcome:
    """Take over what is new in the file, all of it or nothing; the same file again adds nothing.

    A ``layout`` given by a person is remembered for files with the same header. Raises
    ``ValidationError`` when the file as a whole cannot be read or its columns are in doubt.
    """
    must_work(user, account.county_id)
    account = BankAccount.objects.select_for_update().get(pk=account.pk)
    seen = look(account=account, name=name, content=content, layout=layout)
    if seen.doubts:
        raise ValidationError(seen.doubts[0])
    outcome = Outcome(read=len(seen.reading.entries), problems=seen.reading.problems)
    if outcome.problems:
        outcome.workbook = seen.marked()
        return outcome
    if layout:
        _remember(account, seen, layout, user)
    if seen.new:
        outcome.file = _store(account, user, name, content, seen)
        outcome.added = outcome.file.added
    return outcome


def _remember(account: BankAccount, seen: Look, layout: Layout, user) -> None:
    StatementLayout.objects.update_or_create(
        county=account.county,
        signature=seen.header.signature,
        defaults={
            "columns": layout.columns,
            "order": layout.order,
            "set_by": user,
            "set_at": clock.now(),
        },
    )


def _store(account: BankAccount, user, name: str, content: bytes, seen: Look) -> StatementFile:
    entries, digest = seen.reading.entries, hashlib.sha256(content).hexdigest()
    row = StatementFile(
        account=account,
        name=name[-120:],
        sha256=digest,
        signature=seen.header.signature,
        first_day=min(entry.day for entry in entries),
        last_day=max(entry.day for entry in entries),
        read=len(entries),
        added=len(seen.new),
        imported_by=user,
        imported_at=clock.now(),
    )
    suffix = name.rpartition(".")[2].lower()
    suffix = suffix if suffix in ("xlsx", "csv", "txt") else "bin"
    row.file.save(f"{digest[:20]}.{suffix}", ContentFile(content), save=False)
    row.full_clean()
    row.save(force_insert=True)
    StatementLine.objects.bulk_create(
        (_line(account, row, at, entries[at], seen.keys[at]) for at in seen.new), BATCH
    )
    return row


def _line(account: BankAccount, file: StatementFile, at: int, entry: Entry, key: str):
    return StatementLine(
        account=account,
        file=file,
        position=at + 1,
        key=key,
        day=entry.day,
        amount=entry.amount,
        party=entry.party,
        party_account=entry.party_account,
        summary=entry.summary,
        serial=entry.serial,
        balance=entry.balance,
    )
