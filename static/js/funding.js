// The funding table of 立项: the sum of the percentages and each level's part of the budget, live.
// The server checks the sum again; amounts here are for orientation, in whole fen.
(() => {
  "use strict";
  const table = document.querySelector("[data-funding]");
  if (!table) return;
  const budget = document.querySelector("[name=budget]");
  const inputs = [...table.querySelectorAll("[data-percent]")];
  const total = table.querySelector("[data-total]");
  const whole = table.querySelector("[data-amount-total]");
  const yuan = (fen) => (fen / 100).toLocaleString("zh-CN", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

  // One payment without interest of the whole budget: what caps and bases keep back is the school's.
  function byRule(hundredths, fen) {
    const value = (name, level) => document.querySelector(`[name=${name}_${level}]`)?.value;
    const rooms = Number(document.querySelector("[name=target_classrooms]")?.value) || 0;
    const parts = inputs.map((input, n) => ({ n, level: input.dataset.percent, share: hundredths[n] }));
    const levels = parts.filter((part) => value("base", part.level) !== undefined);
    levels.sort((a, b) => (Number(value("order", a.level)) || 1) - (Number(value("order", b.level)) || 1));
    const amounts = hundredths.map((share) => Math.round((fen * share) / 10000));
    let left = fen;
    let plain = true;
    levels.forEach(({ n, level, share }) => {
      const cap = Math.round((Number(value("cap", level)) || 0) * 100) * rooms;
      if (value("base", level) === "rest") { amounts[n] = Math.round((left * share) / 10000); plain = false; }
      if (cap && amounts[n] > cap) { amounts[n] = cap; plain = false; }
      left -= amounts[n];
    });
    const school = parts.find((part) => value("base", part.level) === undefined);
    if (school && !plain) amounts[school.n] = Math.max(left, 0);
    return amounts;
  }

  function show() {
    const hundredths = inputs.map((input) => Math.round((Number(input.value) || 0) * 100));
    const sum = hundredths.reduce((a, b) => a + b, 0);
    const fen = Math.round((Number(budget?.value) || 0) * 100);
    const amounts = byRule(hundredths, fen);
    inputs.forEach((input, n) => {
      const cell = input.closest("tr").querySelector("[data-amount]");
      cell.textContent = fen && amounts[n] ? yuan(amounts[n]) : "—";
    });
    const gap = 10000 - sum;
    total.textContent = `${(sum / 100).toFixed(2)}%` + (gap > 0 ? `，还差 ${(gap / 100).toFixed(2)}` : gap < 0 ? `，多 ${(-gap / 100).toFixed(2)}` : "");
    total.classList.toggle("late", gap !== 0);
    whole.textContent = fen && gap === 0 ? yuan(fen) : "—";
  }

  const rules = [...document.querySelectorAll("[data-rule] select, [data-rule] input, [name=target_classrooms]")];
  [...inputs, ...rules, budget].forEach((input) => input?.addEventListener("input", show));
  show();
})();
