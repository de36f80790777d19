// What is typed into <form data-draft="key"> is kept on this machine until the server took it.
// Kept per person; never files, passwords or the security token; thrown away after 14 days.
(() => {
  "use strict";
  const PREFIX = "draft:";
  const AGE = 14 * 24 * 3600 * 1000;
  const user = document.body.dataset.user || "";
  const keyOf = (form) => `${PREFIX}${user}:${form.dataset.draft}`;
  const forms = [...document.querySelectorAll("form[data-draft]")];

  const read = (key) => {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  };
  const write = (key, value) => {
    try {
      localStorage.setItem(key, JSON.stringify(value));
      return true;
    } catch {
      return false; // storage full or forbidden: the form works as any other
    }
  };

  // Only the next page tells whether the server took what was sent.
  const sent = sessionStorage.getItem("draft-sent");
  sessionStorage.removeItem("draft-sent");
  const refused = "refused" in document.body.dataset; // sign-in and error pages
  const again = forms.some((form) => keyOf(form) === sent && "bound" in form.dataset);
  if (sent && !refused && !again) localStorage.removeItem(sent);

  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(PREFIX) && Date.now() - (read(key)?.at ?? 0) > AGE) localStorage.removeItem(key);
  }

  const keeps = (field) =>
    field.name && !["file", "password", "submit", "button"].includes(field.type) &&
    field.name !== "csrfmiddlewaretoken" && !field.closest("[data-signature]");

  function values(form) {
    const found = {};
    for (const field of form.elements) {
      if (!keeps(field)) continue;
      const list = (found[field.name] ??= []);
      if (field.type === "checkbox" || field.type === "radio") {
        if (field.checked) list.push(field.value);
      } else if (field.multiple) list.push(...[...field.selectedOptions].map((option) => option.value));
      else list.push(field.value);
    }
    return found;
  }

  function fill(form, kept) {
    // Rows that were added by hand must exist before their fields can be filled.
    for (const total of form.querySelectorAll("[name$=-TOTAL_FORMS]")) {
      const prefix = total.name.replace(/-TOTAL_FORMS$/, "");
      const wanted = Number(kept[total.name]?.[0] ?? 0);
      const add = form.querySelector(`[data-formset="${prefix}"] [data-formset-add]`);
      for (let guard = 0; add && Number(total.value) < wanted && guard < 500; guard++) add.click();
    }
    const used = {};
    for (const field of form.elements) {
      if (!keeps(field) || !(field.name in kept) || field.type === "hidden") continue;
      const list = kept[field.name];
      if (field.type === "checkbox" || field.type === "radio") field.checked = list.includes(field.value);
      else if (field.multiple) for (const option of field.options) option.selected = list.includes(option.value);
      else field.value = list[(used[field.name] = (used[field.name] ?? -1) + 1)] ?? field.value;
      if (field.tomselect) field.tomselect.sync();
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }

  function say(form, at, restored, act) {
    const note = document.createElement("div");
    note.className = "draft-note";
    note.setAttribute("role", "status");
    const words = document.createElement("p");
    const when = new Date(at).toLocaleString("zh-CN", { month: "long", day: "numeric", hour: "2-digit", minute: "2-digit" });
    words.textContent = restored
      ? `您 ${when} 填写的内容没有提交，已为您恢复。`
      : `您 ${when} 填写的内容没有提交，此后这里的数据已有变动。`;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn";
    button.textContent = restored ? "不要，重新填写" : "恢复我填写的内容";
    button.addEventListener("click", () => {
      act();
      note.remove();
    });
    note.append(words, button);
    form.before(note);
  }

  function keep(form) {
    const key = keyOf(form);
    const start = JSON.stringify(values(form));
    const draft = read(key);
    if (draft && !("bound" in form.dataset) && JSON.stringify(draft.values) !== start) {
      if (draft.start === start) {
        fill(form, draft.values);
        say(form, draft.at, true, () => {
          localStorage.removeItem(key);
          location.reload();
        });
      } else say(form, draft.at, false, () => fill(form, draft.values));
    }
    let timer = 0;
    const save = () => {
      clearTimeout(timer);
      const now = values(form);
      const word = form.querySelector("[data-draft-word]");
      if (JSON.stringify(now) === start) localStorage.removeItem(key);
      else if (write(key, { at: Date.now(), start, values: now }) && word) word.textContent = "填写内容已暂存在本机";
    };
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(save, 600);
    };
    form.addEventListener("input", later);
    form.addEventListener("change", later);
    document.addEventListener("visibilitychange", () => timer && document.hidden && save());
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      save();
      sessionStorage.setItem("draft-sent", key);
    });
  }

  // forms.js (also deferred, later in the page) must have dressed the fields first.
  window.addEventListener("DOMContentLoaded", () => forms.forEach(keep));
})();
