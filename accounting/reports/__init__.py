"""Reports: computed when asked for, from the same rows that the lists behind them show."""
