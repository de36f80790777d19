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

  function show() {
    const hundredths = inputs.map((input) => Math.round((Number(input.value) || 0) * 100));
    const sum = hundredths.reduce((a, b) => a + b, 0);
    const fen = Math.round((Number(budget?.value) || 0) * 100);
    inputs.forEach((input, n) => {
      const cell = input.closest("tr").querySelector("[data-amount]");
      cell.textContent = fen && hundredths[n] ? yuan(Math.round((fen * hundredths[n]) / 10000)) : "—";
    });
    const gap = 10000 - sum;
    total.textContent = `${(sum / 100).toFixed(2)}%` + (gap > 0 ? `，还差 ${(gap / 100).toFixed(2)}` : gap < 0 ? `，多 ${(-gap / 100).toFixed(2)}` : "");
    total.classList.toggle("late", gap !== 0);
    whole.textContent = fen && gap === 0 ? yuan(fen) : "—";
  }

  [...inputs, budget].forEach((input) => input?.addEventListener("input", show));
  show();
})();
