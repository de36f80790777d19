// The inbox by keyboard: j and k walk the rows, Enter opens (the browser's own act on a link).
(() => {
  "use strict";
  const rows = [...document.querySelectorAll("[data-inbox] .inbox-row")];
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    const step = { j: 1, k: -1 }[event.key];
    if (!step || !rows.length) return;
    const at = rows.indexOf(document.activeElement);
    const next = at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1);
    rows[next].focus();
    rows[next].scrollIntoView({ block: "nearest" });
    event.preventDefault();
  });
})();
