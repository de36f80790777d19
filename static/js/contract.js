// The running total of the contract's items beside the price of a set that was bid.
(() => {
  "use strict";
  const box = document.querySelector("[data-set-price]");
  if (!box) return;
  const words = box.querySelector("[data-running]");
  const asked = words.textContent;
  const sets = BigInt(box.dataset.sets);
  const wanted = fen(box.dataset.setPrice);

  // Money in whole fen: a floating-point sum would now and then be a fen off.
  function fen(text) {
    const found = /^\s*(\d{1,12})(?:\.(\d{0,2}))?\s*$/.exec(text);
    return found ? BigInt(found[1]) * 100n + BigInt((found[2] || "").padEnd(2, "0")) : null;
  }

  function yuan(amount) {
    const whole = String(amount / 100n).replace(/\B(?=(\d{3})+$)/g, ",");
    return `${whole}.${String(amount % 100n).padStart(2, "0")} 元`;
  }

  function tell() {
    let sum = 0n;
    for (const input of box.querySelectorAll("[data-per-set]")) {
      sum += (fen(input.value) || 0n) * BigInt(input.dataset.perSet);
    }
    const gap = sum - wanted;
    words.classList.toggle("late", sum > 0n && gap !== 0n);
    if (sum === 0n) words.textContent = asked;
    else if (gap === 0n) words.textContent = `每套 ${yuan(sum)}，合计 ${yuan(sum * sets)}，与中标价一致。`;
    else {
      const off = gap > 0n ? gap : -gap;
      words.textContent = `每套 ${yuan(sum)}，比单套报价${gap > 0n ? "多" : "少"} ${yuan(off)}；合计 ${yuan(sum * sets)}，与中标价相差 ${yuan(off * sets)}。`;
    }
  }

  box.addEventListener("input", tell);
  tell();
})();
