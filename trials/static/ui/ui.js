/* Uplift: what the pages gain where script runs. Every page works without it; nothing here holds a rule. */
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");

  function all(selector, from) { return Array.prototype.slice.call((from || document).querySelectorAll(selector)); }
  function closest(event, selector) { return event.target instanceof Element ? event.target.closest(selector) : null; }
  function cookie(name) { return (document.cookie.match("(?:^|; )" + name + "=([^;]*)") || [])[1] || ""; }
  function keep(name, value) { document.cookie = name + "=" + value + ";path=/;max-age=31536000;samesite=lax" + (location.protocol === "https:" ? ";secure" : ""); }

  /* Toast: stays till closed; the region is there from the start, so each text that enters it is spoken. */
  function toast(text) {
    var region = document.getElementById("toasts");
    if (!region || !text) return;
    var box = document.createElement("div"), words = document.createElement("p"), close = document.createElement("button");
    box.className = "toast"; box.setAttribute("data-toast", "");
    words.textContent = text;
    close.type = "button"; close.className = "button"; close.textContent = "Close"; close.setAttribute("data-dismiss", "");
    close.setAttribute("aria-label", "Close message: " + text);
    box.append(words, close);
    region.append(box);
  }
  document.addEventListener("toast", function (event) { toast(event.detail && (event.detail.text || event.detail.value) || event.detail); });

  function speakWaitingToasts() {
    var region = document.getElementById("toasts");
    if (!region || !region.children.length) return;
    var waiting = Array.prototype.slice.call(region.children);
    waiting.forEach(function (t) { t.remove(); });
    setTimeout(function () { region.prepend.apply(region, waiting); }, 150);
  }

  /* Presses */
  document.addEventListener("click", function (event) {
    var refused = closest(event, "[aria-disabled='true']");
    if (refused) { event.preventDefault(); event.stopPropagation(); return; }

    var dismiss = closest(event, "[data-dismiss]");
    if (dismiss) { var box = dismiss.closest("[data-toast]"); box.remove(); document.getElementById("main").focus({ preventScroll: true }); return; }

    var step = closest(event, "[data-step]");
    if (step) { nudge(step); return; }

    var copy = closest(event, "[data-copy]");
    if (copy && navigator.clipboard) {
      navigator.clipboard.writeText(copy.getAttribute("data-copy")).then(function () { toast("Copied " + (copy.getAttribute("data-copy-name") || "text")); });
      return;
    }
    if (closest(event, "[data-print]")) { window.print(); return; }

    var toggle = closest(event, ".nav-toggle");
    if (toggle) {
      var open = document.getElementById("nav").classList.toggle("open");
      toggle.setAttribute("aria-expanded", String(open));
      return;
    }
    var opener = closest(event, "[data-open]");
    if (opener) { show(document.getElementById(opener.getAttribute("data-open")), opener); return; }
    var closer = closest(event, "dialog [data-close]");
    if (closer) { closer.closest("dialog").close(); return; }
    if (closest(event, "[data-shortcuts-switch]")) { keep("shortcuts", shortcutsOn() ? "off" : ""); wordSwitch(); return; }

    var link = closest(event, "a[data-dialog]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0 && window.HTMLDialogElement) { event.preventDefault(); confirmHere(link); return; }

    all("details.menu[open], details.help-now[open]").forEach(function (d) { if (!d.contains(event.target)) d.open = false; });
  }, true);

  document.addEventListener("change", function (event) {
    var choice = closest(event, ".choice");
    if (!choice) return;
    all(".choice", choice.parentElement).forEach(function (c) { c.classList.toggle("on", c.querySelector("input").checked); });
  });

  function nudge(button) {
    var box = button.closest("[data-stepper]"), input = box.querySelector("input");
    var step = parseFloat(box.getAttribute("data-stepper")), now = parseFloat(input.value.replace(",", "."));
    var next = (isNaN(now) ? 0 : now) + step * Number(button.getAttribute("data-step"));
    var places = (String(step).split(".")[1] || "").length;
    places = Math.max(places, (input.value.replace(",", ".").split(".")[1] || "").length);
    input.value = String(Number(Math.max(next, 0).toFixed(places)));
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /* A form is sent once. After 300 ms its button says what is going on; going back makes it usable again. */
  window.addEventListener("submit", function (event) {
    var form = event.target, button = event.submitter;
    if (event.defaultPrevented || form.method === "get") return;
    if (form.hasAttribute("data-sent")) { event.preventDefault(); return; }
    form.setAttribute("data-sent", "");
    if (!button) return;
    setTimeout(function () { button.setAttribute("aria-disabled", "true"); button.classList.add("busy"); }, 0);
    setTimeout(function () { button.setAttribute("data-words", button.textContent); button.textContent = button.getAttribute("data-busy") || document.body.getAttribute("data-busy") || "Working\u2026"; }, 300);
  });
  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    all("form[data-sent]").forEach(function (f) { f.removeAttribute("data-sent"); });
    all(".button.busy").forEach(function (b) {
      b.classList.remove("busy"); b.removeAttribute("aria-disabled");
      if (b.hasAttribute("data-words")) b.textContent = b.getAttribute("data-words");
    });
  });

  /* Dialogs: focus goes to Cancel first and back to where it came from. */
  function show(dialog, from) {
    if (!dialog || !dialog.showModal || dialog.open) return;
    dialog.addEventListener("close", function () { (from && from.isConnected ? from : document.getElementById("main")).focus(); }, { once: true });
    dialog.showModal();
    var first = dialog.querySelector("[data-cancel], [autofocus]");
    if (first) first.focus();
  }
  function confirmHere(link) {
    fetch(link.href, { headers: { Accept: "text/html" }, credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok || answer.redirected) throw new Error("page");
      return answer.text();
    }).then(function (html) {
      var page = new DOMParser().parseFromString(html, "text/html").querySelector("[data-confirm-page] > form");
      if (!page) throw new Error("page");
      var dialog = document.createElement("dialog"), title = page.querySelector("h1"), cancel = page.querySelector("[data-cancel]");
      title.id = "dialog-title"; dialog.setAttribute("aria-labelledby", title.id);
      if (!page.getAttribute("action")) page.setAttribute("action", link.href);
      dialog.append(document.importNode(page, true));
      document.body.append(dialog);
      cancel = dialog.querySelector("[data-cancel]");
      cancel.setAttribute("role", "button");
      cancel.addEventListener("click", function (event) { event.preventDefault(); event.stopPropagation(); dialog.close(); });
      dialog.addEventListener("close", function () { dialog.remove(); });
      show(dialog, link);
    }).catch(function () { location.assign(link.href); });
  }

  /* Keyboard: / search, g t Today, j k rows, ? list. One cookie turns them off. */
  var before = "";
  function shortcutsOn() { return cookie("shortcuts") !== "off"; }
  function wordSwitch() {
    all("[data-shortcuts-switch]").forEach(function (b) { b.textContent = shortcutsOn() ? "Turn shortcuts off" : "Turn shortcuts on"; });
  }
  function typing(target) { return target instanceof Element && target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable], dialog"); }
  function row(by) {
    var rows = all("[data-row], .table tbody tr").filter(function (r) { return r.querySelector("a[href], button"); });
    if (!rows.length) return;
    var now = rows.findIndex(function (r) { return r.contains(document.activeElement); });
    var next = rows[Math.min(Math.max(now + by, 0), rows.length - 1)];
    next.querySelector("a[href], button").focus();
    next.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      all("details.menu[open], details.help-now[open]").forEach(function (d) { d.open = false; d.querySelector("summary").focus(); });
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !shortcutsOn() || !document.getElementById("shortcuts")) { before = ""; return; }
    var pressed = (before ? before + " " : "") + event.key;
    before = event.key === "g" ? "g" : "";
    var target = all("[data-shortcut]").find(function (e) { return e.getAttribute("data-shortcut") === pressed; });
    if (target) { event.preventDefault(); if (target.tagName === "A") location.assign(target.href); else { target.focus(); target.select(); } }
    else if (pressed === "j" || pressed === "k") { event.preventDefault(); row(pressed === "j" ? 1 : -1); }
    else if (pressed === "?") { event.preventDefault(); show(document.getElementById("shortcuts"), document.activeElement); }
  });

  /* News: asks every 60 s unless the tab is hidden or focus is in the region; says what waits and never moves the page. */
  function watch(note) {
    var url = note.getAttribute("data-fresh");
    if (!url) return;
    setInterval(function () {
      var region = note.getAttribute("data-region") && document.getElementById(note.getAttribute("data-region"));
      if (document.hidden || (region && region.contains(document.activeElement))) return;
      fetch(url, { credentials: "same-origin", headers: { Accept: "application/json" } }).then(function (answer) {
        if (!answer.ok || answer.redirected) throw new Error("stale");
        return answer.json();
      }).then(function (news) { say(note, news.waiting ? news.waiting + " new: " : "As of " + news.at, news.waiting ? "show" : ""); })
        .catch(function () { say(note, "Not updated since " + note.getAttribute("data-at") + ". ", "Reload"); });
    }, 60000);
  }
  function say(note, text, action) {
    if (note.textContent === text + action) return;
    note.textContent = text;
    if (!action) return;
    var again = document.createElement("a");
    again.href = location.href; again.textContent = action;
    note.append(again);
  }

  function showToday() {
    all(".timeline .region").forEach(function (region) {
      var now = region.querySelector(".now");
      if (now && !region.scrollLeft) region.scrollLeft = now.getBoundingClientRect().left - region.getBoundingClientRect().left - region.clientWidth / 2;
    });
  }
  document.addEventListener("htmx:after:swap", showToday);

  document.addEventListener("DOMContentLoaded", function () {
    speakWaitingToasts();
    wordSwitch();
    all("[data-fresh]").forEach(watch);
    showToday();
    var summary = document.getElementById("error-summary");
    if (summary) setTimeout(function () { if (document.activeElement === document.body) summary.focus(); }, 50);
    var strip = document.getElementById("offline");
    if (strip) {
      var tell = function () { strip.hidden = navigator.onLine !== false; };
      window.addEventListener("online", tell); window.addEventListener("offline", tell); tell();
    }
  });
})();
