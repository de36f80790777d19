// Of each variant only the fields that its method asks for; what is hidden is not counted either.
(() => {
  "use strict";
  const asked = {
    level_payment: ["annual_rate", "grace", "residual"],
    equal_principal: ["annual_rate", "grace", "residual"],
    fixed_payment: ["fixed_payment", "residual"],
    custom_percent: ["annual_rate", "percents"],
  };
  const some = new Set(Object.values(asked).flat());
  document.querySelectorAll("[data-variant]").forEach((variant) => {
    const method = variant.querySelector("select[name$='-method']");
    const show = () => {
      variant.querySelectorAll("[data-field]").forEach((field) => {
        const name = field.dataset.field;
        const wrong = field.querySelector(".is-invalid");
        field.hidden = some.has(name) && !asked[method.value].includes(name) && !wrong;
      });
    };
    method.addEventListener("change", show);
    show();
  });
})();
