/* The docked button names what it saves: "Save 60 kg × 10". Without script it says "Save set 1". */
(function () {
  "use strict";
  var form = document.querySelector("[data-set-form]"), button = form && form.querySelector("[data-names-set]");
  if (!button) return;
  var load = form.querySelector("[name=load]"), reps = form.querySelector("[name=reps]");
  function name() {
    var kg = load ? load.value.trim() : "", times = reps.value.trim();
    if (!times || (load && !kg)) { button.textContent = "Save set " + button.getAttribute("data-names-set"); return; }
    button.textContent = load ? "Save " + kg + " kg \u00d7 " + times : "Save " + times + " repetitions";
  }
  form.addEventListener("input", name);
  name();
})();
