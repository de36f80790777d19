// Ticks every box of a name on this page, or clears them when all are ticked.
(() => {
  "use strict";
  document.querySelectorAll("[data-tick]").forEach((button) => {
    button.addEventListener("click", () => {
      const boxes = [...document.querySelectorAll(`input[type=checkbox][name="${button.dataset.tick}"]`)];
      const every = boxes.every((box) => box.checked);
      boxes.forEach((box) => { box.checked = !every; });
    });
  });
})();
