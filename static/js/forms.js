// What some forms need: searchable selects, rows that can be added, files that can be dropped.
(() => {
  "use strict";

  function dress(root) {
    root.querySelectorAll("select[data-search]").forEach((select) => {
      if (select.tomselect || !window.TomSelect) return;
      new TomSelect(select, {
        plugins: select.multiple ? ["remove_button"] : [],
        maxOptions: 500,
        hidePlaceholder: true,
        render: { no_results: () => '<div class="no-results">没有匹配的选项</div>' },
      });
    });
    root.querySelectorAll("input[type=file][data-drop]").forEach(filedrop);
  }

  // The plain file input works alone; here it becomes a place to drop files that says what it got.
  function filedrop(input) {
    if (input.closest(".filedrop")) return;
    const box = document.createElement("div");
    box.className = "filedrop";
    const words = document.createElement("p");
    words.textContent = input.multiple ? "把文件拖到这里，或点击选择（可多选）" : "把文件拖到这里，或点击选择";
    const hint = document.createElement("small");
    hint.textContent = input.dataset.drop;
    const names = document.createElement("ul");
    names.className = "filedrop-names";
    names.setAttribute("aria-live", "polite");
    input.replaceWith(box);
    box.append(words, hint, input, names);
    const limit = Number(input.dataset.maxBytes || 0);
    const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`);
    input.addEventListener("change", () => {
      names.replaceChildren(
        ...[...input.files].map((file) => {
          const line = document.createElement("li");
          const small = document.createElement("small");
          small.textContent = ` ${size(file.size)}`;
          line.append(file.name, small);
          if (limit && file.size > limit) {
            small.className = "late";
            small.textContent += `，超过 ${size(limit)}，请压缩后再传`;
          }
          return line;
        }),
      );
    });
    box.addEventListener("dragover", () => box.classList.add("over"));
    for (const gone of ["dragleave", "drop"]) box.addEventListener(gone, () => box.classList.remove("over"));
  }

  document.querySelectorAll("[data-formset]").forEach((box) => {
    const total = box.querySelector(`[name="${box.dataset.formset}-TOTAL_FORMS"]`);
    const most = Number(box.querySelector(`[name="${box.dataset.formset}-MAX_NUM_FORMS"]`)?.value || 1000);
    const rows = box.querySelector("[data-formset-rows]");
    const add = box.querySelector("[data-formset-add]");
    add?.addEventListener("click", () => {
      const number = Number(total.value);
      const holder = document.createElement("tbody");
      holder.innerHTML = box.querySelector("[data-formset-empty]").innerHTML.replaceAll("__prefix__", number);
      const row = holder.querySelector("tr");
      rows.append(row);
      total.value = number + 1;
      add.hidden = number + 1 >= most;
      dress(row);
      total.dispatchEvent(new Event("change", { bubbles: true }));
      row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    });
    box.addEventListener("change", (event) => {
      if (event.target.name?.endsWith("-DELETE")) event.target.closest("tr").classList.toggle("removed", event.target.checked);
    });
  });

  dress(document);
})();
