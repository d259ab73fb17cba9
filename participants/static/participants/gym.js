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

/* With a line: keep today's sessions for when there is none, and send what an earlier hour without one left on this phone. */
(function () {
  "use strict";
  if (!window.kept || !("serviceWorker" in navigator)) return;
  var told = document.querySelector("[data-kept]");
  navigator.serviceWorker.register("/sw.js");
  function refresh() {
    kept.refresh().then(function () { return kept.entries(); }).then(function (waiting) {
      if (!told) return;
      told.hidden = !waiting.length;
      told.querySelector("[data-kept-words]").textContent = waiting.length + " kept on this phone";
    });
  }
  refresh();
  window.addEventListener("online", refresh);
  document.addEventListener("visibilitychange", function () { if (!document.hidden) refresh(); });
})();
