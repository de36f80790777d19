// Signing by hand: touch, pen or mouse; the strokes survive a turned phone; empty means not signed.
(() => {
  "use strict";
  if (window.signaturesReady) return;
  window.signaturesReady = true;

  document.querySelectorAll("[data-signature]").forEach((box) => {
    const canvas = box.querySelector("canvas");
    const input = box.querySelector("input[type=hidden]");
    const pad = new SignaturePad(canvas, { penColor: "#10161a", minWidth: 1, maxWidth: 3 });
    let kept = input.value; // what was signed before the form came back with errors
    let width = 0;

    const show = () => {
      input.value = pad.isEmpty() ? "" : pad.toDataURL("image/png");
      box.classList.toggle("written", !pad.isEmpty());
    };

    // The canvas follows its box; what was written is drawn again at the new width.
    function fit() {
      const now = canvas.clientWidth;
      if (!now || now === width) return;
      const strokes = pad.toData();
      const scale = width ? now / width : 1;
      const ratio = Math.max(window.devicePixelRatio || 1, 1);
      width = now;
      canvas.width = now * ratio;
      canvas.height = canvas.clientHeight * ratio;
      canvas.getContext("2d").scale(ratio, ratio);
      pad.clear();
      for (const stroke of strokes) {
        for (const point of stroke.points) point.x *= scale;
      }
      if (kept) pad.fromDataURL(kept, { width: now, height: canvas.clientHeight }).then(() => pad.fromData(strokes, { clear: false }));
      else if (strokes.length) pad.fromData(strokes);
      box.classList.toggle("written", Boolean(kept) || strokes.length > 0);
    }

    new ResizeObserver(fit).observe(canvas);
    fit();
    pad.addEventListener("endStroke", show);
    box.querySelector("[data-signature-clear]").addEventListener("click", () => {
      kept = "";
      pad.clear();
      show();
    });
  });
})();
