"""Search keys of Chinese names: the first letters of their pinyin."""

from pypinyin import Style, lazy_pinyin


def initials(name: str) -> str:
    """``尚重中学`` gives ``szzx``: lower-case letters and digits, at most 60."""
    letters = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()
    return "".join(sign for sign in letters if sign.isascii() and sign.isalnum())[:60]
