"""Codes of schools and enterprises, checked at the border."""

from django.core.exceptions import ValidationError
from stdnum.cn import uscc

from registry.enums import SchoolKind

_KINDS = set(SchoolKind.values)


def validate_school_code(value: str) -> None:
    """学校标识码: kind 2 + province 2 + serial 6 (教育部学校(机构)标识码).

    Raises ``ValidationError`` with a sentence for the user.
    """
    if len(value) != 10 or not value.isascii() or not value.isdigit():
        raise ValidationError("学校标识码应为 10 位数字，如 2152900001。")
    if value[:2] not in _KINDS:
        raise ValidationError(f"学校标识码前两位“{value[:2]}”不是已知的办学类别，请核对。")


def validate_uscc(value: str) -> None:
    """统一社会信用代码 by GB 32100-2015, check digit included."""
    if not uscc.is_valid(value) or value != uscc.compact(value).upper():
        raise ValidationError("统一社会信用代码不正确：应为 18 位，校验位须相符，请对照营业执照。")
