/* Keeps an answer when it is chosen and says so after the server did. Offline it keeps trying while the page is open. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-autosave]");
  if (!form || !window.fetch || !window.FormData) return;
  var saved = document.getElementById("saved"), strip = document.getElementById("offline"), support = document.getElementById("support");
  var supportAt = form.getAttribute("data-support-at");
  var busy = false, waiting = false, kept = true;
  var choice = document.createElement("input"), count = Date.now();  /* choices in order, also on a page shown again from memory */
  choice.type = "hidden"; choice.name = "choice"; form.appendChild(choice);

  function showSupport() {
    var chosen = form.querySelector("input[name=answer]:checked");
    if (support && chosen) support.hidden = Number(chosen.value) < Number(supportAt);
  }
  function told(offline) { if (strip) strip.hidden = !offline; }
  function keep() {
    if (busy) { waiting = true; return; }
    busy = true; kept = false;
    fetch(form.getAttribute("data-autosave"), { method: "POST", body: new URLSearchParams(new FormData(form)), credentials: "same-origin" })
      .then(function (answer) {
        busy = false;
        if (answer.status === 404 || answer.status === 403 || answer.status === 409) { location.reload(); return; }
        if (!answer.ok) throw new Error("not kept");
        return answer.json().then(function (body) { kept = true; told(false); if (saved) saved.textContent = form.getAttribute("data-saved").replace("{time}", body.saved); });
      })
      .catch(function () { busy = false; if (saved) saved.textContent = ""; told(true); })
      .then(function () { if (waiting) { waiting = false; keep(); } });
  }
  form.addEventListener("change", function (event) {
    if (event.target.name !== "answer") return;
    choice.value = count += 1;
    showSupport();
    keep();
  });
  form.addEventListener("submit", function () { choice.value = count += 1; });
  window.addEventListener("online", function () { if (!kept) keep(); });
  setInterval(function () { if (!kept && !busy && navigator.onLine !== false) keep(); }, 15000);
  window.addEventListener("pageshow", showSupport);
})();
