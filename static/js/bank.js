// The matching desk by keyboard: j and k walk the lines, Enter confirms, e explains, o opens the
// line, a confirms all above the mark, / goes to the search.
(() => {
  "use strict";
  const desk = document.querySelector("[data-desk]");
  if (!desk) return;
  const rows = [...desk.querySelectorAll("[data-desk-row]")];
  const search = document.querySelector("[data-desk-search]");

  function go(row) {
    if (!row) return;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  // After a confirmation the desk comes back with the next line in its address.
  const wanted = location.hash && document.getElementById(location.hash.slice(1));
  if (rows.length && !document.querySelector("[data-mistakes]")) {
    go(wanted && rows.includes(wanted) ? wanted : rows[0]);
  }

  function here() {
    return document.activeElement.closest?.("[data-desk-row]");
  }

  const acts = {
    j: () => go(rows[Math.min(rows.indexOf(here()) + 1, rows.length - 1)]),
    k: () => go(rows[Math.max(rows.indexOf(here()) - 1, 0)]),
    e: () => {
      const box = here()?.querySelector("[data-desk-explain]");
      if (!box) return;
      box.open = true;
      box.querySelector("select").focus();
    },
    o: () => here()?.querySelector("[data-desk-open]").click(),
    a: () => desk.querySelector("[data-desk-all]")?.click(),
    "/": () => {
      search.focus();
      search.select();
    },
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "Escape" && typing) {
      const row = here();
      row?.querySelector("[data-desk-explain]")?.removeAttribute("open");
      return go(row || rows[0]);
    }
    if (typing) return;
    if (event.key === "Enter") {
      // Only on the line itself: on a button or link Enter keeps its own meaning.
      if (!event.target.matches?.("[data-desk-row]")) return;
      const form = event.target.querySelector("[data-desk-confirm]");
      if (form) form.requestSubmit();
      event.preventDefault();
      return;
    }
    if (!acts[event.key]) return;
    acts[event.key]();
    event.preventDefault();
  });
})();
