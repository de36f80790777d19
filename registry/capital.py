"""Amounts in Chinese capitals (人民币大写), for contracts, receipts and payment orders."""

from decimal import Decimal

import cn2an

from registry.money import cents


def capital(amount: Decimal | int) -> str:
    """``amount`` in yuan in capitals: 1409.50 gives 壹仟肆佰零玖元伍角.

    Ends in 整 when there are neither 角 nor 分 (支付结算办法附一). Rounded to the fen first,
    because the converter would drop a third decimal without a word. Raises like ``cents``.
    """
    return cn2an.an2cn(str(cents(amount)), "rmb")
