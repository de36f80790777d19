"""Pages of the books: vouchers, balances, rules, closing."""
