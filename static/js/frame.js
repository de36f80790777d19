// What every page needs: one act per click, a question before what cannot be undone, tidy menus.
(() => {
  "use strict";
  const minute = 60_000;

  // A second click must not send a second time. The buttons are disabled only after the browser
  // has taken the pressed button's name and value into the request.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || "repeat" in form.dataset) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    setTimeout(() => setBusy(form, true));
    // A lost connection must not leave a dead form behind.
    setTimeout(() => setBusy(form, false), minute);
  });

  function setBusy(form, busy) {
    if (!busy) delete form.dataset.sent;
    for (const button of form.elements) {
      if (button.type !== "submit" || button.disabled !== !busy && !button.dataset.held) continue;
      button.disabled = busy;
      button.toggleAttribute("data-held", busy);
      busy ? button.setAttribute("aria-busy", "true") : button.removeAttribute("aria-busy");
    }
  }

  // Coming back with the browser's own button shows the page as it was left: ready again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach((form) => setBusy(form, false));
  });

  // The question before the act.
  const dialog = document.getElementById("confirm");
  let asking = null;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-confirm]");
    if (!button || !dialog || button.dataset.agreed) return;
    if (button.form && button.form.dataset.sent) return;
    event.preventDefault();
    asking = button;
    dialog.querySelector("[data-slot=title]").textContent = button.dataset.confirmTitle || "请确认";
    dialog.querySelector("[data-slot=text]").textContent = button.dataset.confirm;
    dialog.querySelector("[data-answer=yes]").textContent = button.dataset.confirmYes || button.textContent.trim() || "确定";
    dialog.returnValue = "";
    dialog.showModal();
    // Who came here by a key goes on by a key; a click is asked to look first.
    if ("confirmReady" in button.dataset) dialog.querySelector("[data-answer=yes]").focus();
  });
  dialog?.addEventListener("click", (event) => {
    const answer = event.target.closest("[data-answer]");
    if (answer) dialog.close(answer.dataset.answer);
    else if (event.target === dialog) dialog.close("no");
  });
  dialog?.addEventListener("close", () => {
    const button = asking;
    asking = null;
    if (!button || dialog.returnValue !== "yes") return button?.focus();
    button.dataset.agreed = "1";
    if (button.form && button.type === "submit") button.form.requestSubmit(button);
    else button.click();
    delete button.dataset.agreed;
  });

  // Menus close when the hand goes elsewhere.
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.drop[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    const close = event.target.closest("[data-close]");
    if (close) close.closest(close.dataset.close)?.remove();
    if (event.target.closest("[data-print]")) window.print();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.drop[open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  // Filters stand open on a desktop; on a phone they fold away unless they are in use.
  document.querySelectorAll("details.filters:not([data-used])").forEach((filters) => {
    if (window.matchMedia("(max-width: 767.98px)").matches) filters.open = false;
  });

  // After a refused form the eye and the screen reader start at the summary.
  document.querySelector("[data-mistakes]")?.focus();
})();
