"""试算工作簿: a quote as an Excel workbook whose own formulas give our amounts to the fen.

A spreadsheet counts in binary floating point, where 0.005 is a little less than a half. So every
formula works on whole numbers of fen and on the rate as a fraction of whole numbers, which a
float holds exactly; yuan are only shown. Two things cannot be whole numbers, the annuity and a
rate derived from a payment: ``critical`` says how those are kept from falling on the wrong side
of a half.

    book(variants, schools)   the sheets 条款, one per variant, 学校 and 各校, 核对
"""

from financing.quote_book.book import MAX_ROWS, BookSchool, book

__all__ = ["MAX_ROWS", "BookSchool", "book"]
