/* How long the rest since the last set has been, and a screen that stays lit while sets are entered. Both are only help: nothing waits for
   them, nothing is sent. The moment of the last set lies in this tab alone and is gone with it, and when somebody is unwell. */
(function () {
  "use strict";
  var KEY = "uplift-rest", LONGEST = 30 * 60, ticking = 0, lock = null, asking = false;

  function store(work) { try { return work(window.sessionStorage); } catch (blocked) { return null; } }
  function place() { return location.pathname.replace(/[a-z_]+\/$/, ""); }
  function seconds() {
    var kept = store(function (s) { return JSON.parse(s.getItem(KEY)); });
    if (!kept || kept.place !== place()) return null;
    var gone = Math.floor((Date.now() - kept.at) / 1000);
    return gone >= 0 && gone <= LONGEST ? gone : null;
  }
  function said(n) { return "Rest " + Math.floor(n / 60) + ":" + String(n % 60).padStart(2, "0"); }
  function tick() {
    var at = document.querySelector("[data-rest]"), gone = seconds();
    if (at) {
      at.hidden = gone === null;
      at.textContent = gone === null ? "" : said(gone);
    }
    if (!at || gone === null) { clearInterval(ticking); ticking = 0; }
  }

  function begin() { store(function (s) { s.setItem(KEY, JSON.stringify({ at: Date.now(), place: place() })); }); }
  function end() { store(function (s) { s.removeItem(KEY); }); tick(); }
  function show() {
    tick();
    if (!ticking && seconds() !== null) ticking = setInterval(tick, 1000);
    light();
  }

  /* The browser lets go of the lock whenever the page is hidden; a phone that refuses (low battery) is left alone. */
  function light() {
    if (!navigator.wakeLock || lock || asking || document.hidden || !document.querySelector("[data-rest]")) return;
    asking = true;
    navigator.wakeLock.request("screen").then(function (given) {
      asking = false;
      lock = given;
      given.addEventListener("release", function () { lock = null; });
    }, function () { asking = false; });
  }

  window.rest = { begin: begin, end: end, show: show };
  document.addEventListener("visibilitychange", function () { if (document.querySelector("[data-rest]")) show(); });
  if (document.querySelector("[data-rest-ends]")) end();
  var form = document.querySelector("[data-set-form]");
  if (form) {
    form.addEventListener("submit", begin);
    show();
  }
})();
