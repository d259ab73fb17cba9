/* Keeps an answer when it is chosen and says so after the server did. Offline it keeps trying while the page is open. A page holds one
   question (the form itself) or several (parts of the form), each with its own address. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-saved]");
  if (!form || !window.fetch || !window.FormData) return;
  var saved = document.getElementById("saved"), strip = document.getElementById("offline");
  var stale = false;
  var choice = document.createElement("input"), count = Date.now();  /* choices in order, also on a page shown again from memory */
  choice.type = "hidden"; choice.name = "choice"; form.appendChild(choice);

  var boxes = form.hasAttribute("data-autosave") ? [form] : Array.prototype.slice.call(form.querySelectorAll("[data-autosave]"));
  var parts = boxes.map(function (box) {
    return { box: box, support: box.querySelector("[data-support]"), supportAt: box.getAttribute("data-support-at"), choice: 0, busy: false, waiting: false, kept: true };
  });

  function chosen(part) { return part.box.querySelector("input[type=radio]:checked"); }
  function showSupport(part) {
    var answer = chosen(part);
    if (part.support && answer) part.support.hidden = answer.value === "skip" || Number(answer.value) < Number(part.supportAt);
  }
  function all(what) { return parts.every(function (part) { return part[what]; }); }
  function told(offline) { if (strip) strip.hidden = !offline; }
  function body(part) {
    var sent = new URLSearchParams(), answer = chosen(part);
    ["csrfmiddlewaretoken", "page"].forEach(function (name) { sent.set(name, form.elements[name].value); });
    sent.set("choice", part.choice);
    if (part.box !== form) sent.set("question", answer.name);  /* among several: a number moves on when an answer brings a question */
    if (answer.value === "skip") sent.set("skip", "1"); else sent.set("answer", answer.value);
    return sent;
  }
  function keep(part) {
    if (part.busy) { part.waiting = true; return; }
    part.busy = true; part.kept = false;
    fetch(part.box.getAttribute("data-autosave"), { method: "POST", body: body(part), credentials: "same-origin" })
      .then(function (answer) {
        part.busy = false;
        if (answer.status === 404 || answer.status === 403 || answer.status === 409) { part.kept = true; stale = true; return null; }
        if (!answer.ok) throw new Error("not kept");
        return answer.json();
      })
      .then(function (kept) {
        if (!kept) return;
        part.kept = true;
        if (all("kept")) { told(false); if (saved) saved.textContent = form.getAttribute("data-saved").replace("{time}", kept.saved); }
      })
      .catch(function () { part.busy = false; if (saved) saved.textContent = ""; told(true); })
      .then(function () {
        if (part.waiting) { part.waiting = false; keep(part); }
        else if (stale && all("kept")) location.reload();  /* once no other choice is on its way */
      });
  }
  form.addEventListener("change", function (event) {
    if (event.target.type !== "radio") return;
    choice.value = count += 1;
    parts.forEach(function (part) {
      if (!part.box.contains(event.target)) return;
      part.choice = count;
      showSupport(part);
      keep(part);
    });
  });
  form.addEventListener("submit", function () { choice.value = count += 1; });
  function again() { parts.forEach(function (part) { if (!part.kept && !part.busy && navigator.onLine !== false) keep(part); }); }
  window.addEventListener("online", again);
  setInterval(again, 15000);
  window.addEventListener("pageshow", function () { parts.forEach(showSupport); });
})();
