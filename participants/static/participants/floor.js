/* The gym floor without a line: the same steps as the pages, from what this phone keeps. It goes back to the pages when all is sent. */
(function () {
  "use strict";
  var view = document.querySelector("[data-view]"), held = document.querySelector("[data-held]"), strip = document.querySelector("[data-strip]");
  var path = /^\/participants\/[^/]+\/sessions\/\d+\//.exec(location.pathname), place = path && path[0], asked = "", turn = 0;

  function stamp(name) { return document.querySelector("template[data-name=" + name + "]").content.cloneNode(true); }
  function words(from, name, text) { var at = from.querySelector("[data-words=" + name + "]"); at.textContent = text; at.hidden = !text; return at; }
  function show(part) {
    view.replaceChildren(part);
    var h1 = view.querySelector("h1");
    if (turn++) { h1.tabIndex = -1; h1.focus(); }
    document.title = h1.textContent + " · Uplift";
  }
  function said(load, reps) { return load === null || load === "" ? reps + " repetitions" : load + " kg × " + reps; }
  function number(text) { return text === null || text === "" ? NaN : Number(String(text).trim().replace(",", ".")); }
  function count(n, one, many) { return n + " " + (n === 1 ? one : many); }

  function route() {
    var to = location.hash.slice(1);
    if (to === "held" || to === "leaving") return showHeld(to === "leaving");
    if (!place) return showList();
    kept.session(place).then(function (session) {
      if (!session) return showList();
      if (to === "unwell") return showUnwell();
      if (session.ended) return showOver(session);
      if (!session.started) return showPlan(session);
      if (to === "finish") return showFinish(session);
      var lift = session.lifts.find(function (l) { return "e" + l.no === to; }) || session.lifts.find(open);
      if (!lift) { location.hash = "finish"; return undefined; }
      return showSet(session, lift);
    });
  }
  function open(lift) { return lift.sets.some(function (s) { return s.done_reps === null; }); }

  function showList() {
    kept.sessions().then(function (all) {
      var part = stamp("list"), rows = part.querySelector("[data-rows]");
      all.sort(function (a, b) { return a.time < b.time ? -1 : 1; }).forEach(function (session) {
        var row = stamp("row"), link = row.querySelector("[data-link]");
        words(row, "what", session.time + " " + whom(session));
        words(row, "when", "session " + session.session_no + " of " + session.total + (session.ended ? ", finished" : ""));
        link.href = session.place;
        link.textContent = (session.started && !session.ended ? "Go on with " : "Open ") + session.trial_id;
        rows.append(row);
      });
      part.querySelector("[data-none]").hidden = all.length > 0;
      show(part);
    });
  }

  function whom(session) { return session.trial_id + (session.initials ? " (" + session.initials + ")" : ""); }
  function title(session) { return whom(session) + ", session " + session.session_no + " of " + session.total; }

  function showPlan(session) {
    var part = stamp("plan"), list = part.querySelector("[data-lifts]");
    words(part, "title", title(session));
    session.lifts.forEach(function (lift) {
      var item = document.createElement("li");
      item.textContent = lift.no + ". " + lift.label + ": " + lift.plan + ", last time " + (lift.last || "none");
      list.append(item);
    });
    show(part);
    view.querySelector("[data-press=start]").addEventListener("click", function () { kept.start(place).then(after, lost); });
  }

  function showSet(session, lift) {
    var at = session.lifts.indexOf(lift), set = lift.sets.find(function (s) { return s.done_reps === null; }) || lift.sets[lift.sets.length - 1];
    var part = stamp("set"), form = part.querySelector("form"), before = session.lifts[at - 1], next = session.lifts[at + 1];
    words(part, "place", whom(session) + ", session " + session.session_no + ", exercise " + (at + 1) + " of " + session.lifts.length + ", set " + set.no);
    words(part, "label", lift.label);
    words(part, "plan", "Plan " + lift.plan + " · last time " + (lift.last || "none"));
    var done = lift.sets.filter(function (s) { return s.done_reps !== null; });
    words(part, "done", done.map(function (s) { return "Set " + s.no + ": " + said(s.done_load, s.done_reps); }).join(", "));
    [["before", before, "Before"], ["after", next, "Next"]].forEach(function (way) {
      if (!way[1]) return;
      words(part, way[0], way[2] + ": " + way[1].label).href = "#e" + way[1].no;
    });
    form.querySelector("[data-load]").hidden = !lift.needs_load;
    form.querySelector("[data-load] [data-stepper]").setAttribute("data-stepper", lift.step);
    form.load.value = set.done_load || set.load || (done.length ? done[done.length - 1].done_load : "") || "";
    form.reps.value = set.done_reps === null ? set.reps || "" : set.done_reps;
    var todo = lift.sets.filter(function (s) { return s.done_reps === null; }), planned = form.querySelector("[data-press=planned]");
    if (todo.length && todo.every(function (s) { return s.reps && (!lift.needs_load || s.load !== null); })) {
      planned.hidden = false;
      planned.textContent = (todo.length > 1 ? todo.length + " sets as planned: " : "Done as planned: ") + said(todo[0].load, todo[0].reps);
      planned.addEventListener("click", function () {
        kept.log(place, todo.map(function (s) { return { exercise_no: lift.no, set_no: s.no, done_reps: s.reps, done_load_kg: s.load }; })).then(rested, lost);
      });
    }
    function name() { form.querySelector("[data-names]").textContent = form.reps.value ? "Save " + said(lift.needs_load ? form.load.value : "", form.reps.value) : "Save set " + set.no; }
    form.addEventListener("input", name);
    name();
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      saveSet(form, lift, set);
    });
    show(part);
    if (window.rest) rest.show();
  }

  function saveSet(form, lift, set) {
    var load = lift.needs_load ? number(form.load.value) : null, reps = number(form.reps.value), rir = form.rir.value.trim();
    var fault = !(Number.isInteger(reps) && reps >= 0 && reps <= 999) ? "Enter how many repetitions, like 12." :
      lift.needs_load && reps > 0 && !(load >= 0 && load < 1000) ? "Enter the load in kg, like 62.5." :
      rir && !(number(rir) >= 0 && number(rir) <= 50) ? "Enter how many more would have been possible, like 2." : "";
    var error = form.querySelector("[data-error]");
    error.textContent = fault;
    error.hidden = !fault;
    if (fault) return;
    var entered = lift.no + "|" + set.no + "|" + load;
    if (load > Number(lift.ask_above) && asked !== entered) {
      asked = entered;
      form.querySelector("[data-strip-question]").hidden = false;
      words(form, "question", load + " kg? " + (lift.last ? "Last time " + lift.last + "." : "That is more than " + lift.ask_above + " kg.") + " Save once more if it is right.");
      return;
    }
    var kg = lift.needs_load && !isNaN(load) ? String(load) : null;
    kept.log(place, [{ exercise_no: lift.no, set_no: set.no, done_reps: reps, done_load_kg: kg, rir: rir ? String(number(rir)) : null }], null, { confirmed: asked === entered }).then(rested, lost);
  }

  function showFinish(session) {
    kept.owner().then(function (owner) {
      var part = stamp("finish"), form = part.querySelector("form"), reasons = part.querySelector("[data-reasons]");
      var todo = session.lifts.reduce(function (n, l) { return n + l.sets.filter(function (s) { return s.done_reps === null; }).length; }, 0);
      var none = session.lifts.every(function (l) { return l.sets.every(function (s) { return !s.done_reps; }); });
      words(part, "todo", none ? "No set is recorded. Saved like this, the session counts as missed: choose a reason." : todo ? count(todo, "planned set", "planned sets") + " without a figure will be saved as not done." : "");
      words(part, "scale", "How hard was the session? " + (session.rpe_scale === "BORG20" ? "6 to 20" : "0 to 10"));
      (owner ? owner.reasons : []).forEach(function (reason, i) {
        var label = document.createElement("label"), input = document.createElement("input"), text = document.createElement("span");
        label.className = "choice"; label.htmlFor = input.id = "f_reason_" + i; input.type = "radio"; input.name = "reason"; input.value = reason[0]; text.textContent = reason[1];
        label.append(input, text);
        reasons.append(label);
      });
      form.addEventListener("submit", function (event) {
        event.preventDefault();
        var rpe = number(form.session_rpe.value), least = session.rpe_scale === "BORG20" ? 6 : 0, most = session.rpe_scale === "BORG20" ? 20 : 10, sore = number(form.soreness.value);
        var reason = (form.querySelector("[name=reason]:checked") || {}).value || "", early = form.ended_early.checked;
        var fault = form.session_rpe.value.trim() && !(rpe >= least && rpe <= most) ? "Enter how hard it was, " + least + " to " + most + "." :
          form.soreness.value.trim() && !(Number.isInteger(sore) && sore >= 0 && sore <= 10) ? "Enter soreness, 0 to 10." :
          (early || none) && !reason ? "Choose why." : "";
        var error = form.querySelector("[data-error]");
        error.textContent = fault;
        error.hidden = !fault;
        if (fault) return;
        kept.finish(place, { session_rpe: isNaN(rpe) ? null : String(rpe), soreness: isNaN(sore) ? null : sore, ended_early: early, ended_early_reason: early ? reason : "", missed_reason: none ? reason : "", note: form.note.value.trim() }).then(after, lost);
      });
      show(part);
    });
  }

  function showOver(session) { var part = stamp("over"); words(part, "title", title(session)); show(part); }

  function showUnwell() {
    if (window.rest) rest.end();
    kept.owner().then(function (owner) {
      var part = stamp("unwell"), calls = part.querySelector("[data-calls]");
      (owner ? owner.help : []).forEach(function (line) {
        var item = document.createElement("li"), call = document.createElement("a");
        call.className = "button"; call.href = "tel:" + line[1].replace(/[^+\d]/g, ""); call.textContent = "Call " + line[0] + ": " + line[1];
        item.append(call);
        calls.append(item);
      });
      show(part);
    });
  }

  var KINDS = { start: "session begun", log: "sets", finish: "session finished" };
  function showHeld(leaving) {
    Promise.all([kept.entries(), kept.owner()]).then(function (found) {
      var part = stamp("held"), list = part.querySelector("[data-entries]");
      words(part, "lead", found[0].length ? count(found[0].length, "entry is", "entries are") + " not on the server yet." : "Everything is on the server.");
      found[0].forEach(function (entry) {
        var item = stamp("entry"), choices = item.querySelector("[data-choices]"), code = entry.problem && entry.problem.code;
        var figures = (entry.body.sets || []).map(function (s) { return "exercise " + s.exercise_no + " set " + s.set_no + ": " + said(s.done_load_kg, s.done_reps); }).join(", ");
        words(item, "what", entry.trial_id + ", session " + entry.session_no + ", " + (figures || KINDS[entry.kind]) + ", " + new Date(entry.body.made_at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
        words(item, "problem", found[1] && entry.user !== found[1].user ? "Kept by somebody else, who has to sign in here to send it." : entry.problem ? entry.problem.sentence : "");
        choices.hidden = !entry.problem;
        choice(item, "instead", code === "changed", entry, { instead: true });
        choice(item, "confirm", code === "confirm", entry, { confirmed: true });
        item.querySelector("[data-press=discard]").addEventListener("click", function () { kept.drop(entry.uuid).then(tell).then(route); });
        list.append(item);
      });
      part.querySelector("[data-press=send]").hidden = !found[0].length;
      part.querySelector("[data-leave]").hidden = !leaving;
      show(part);
      view.querySelector("[data-press=send]").addEventListener("click", function () { send(true); });
    });
  }
  function choice(item, name, may, entry, flags) {
    var button = item.querySelector("[data-press=" + name + "]");
    button.hidden = !may;
    button.addEventListener("click", function () { Object.assign(entry.body, flags); delete entry.problem; kept.hold(entry).then(function () { send(true); }); });
  }

  function rested(outcome) { if (window.rest) rest.begin(); return after(outcome); }
  function after() { location.hash = ""; return tell().then(route).then(function () { send(false); }); }
  function lost(error) { told("Not saved: " + error.message + ". Keep this page open."); }
  function told(text) { strip.hidden = !text; strip.querySelector("[data-strip-words]").textContent = text; }
  function tell() {
    return kept.entries().then(function (waiting) {
      held.replaceChildren();
      if (!waiting.length) { held.textContent = "All saved"; return waiting; }
      var link = document.createElement("a");
      link.href = "#held"; link.textContent = waiting.length + " kept on this phone";
      held.append(link);
      return waiting;
    });
  }
  function send(shown) {
    return kept.send().then(function (outcome) {
      told(outcome === "login" ? "Sign in again to send what this phone keeps." : outcome === "problem" ? "An entry needs you: see what is kept on this phone." : outcome === "offline" && shown ? "There is no line yet." : "");
      if (outcome === "login") { var link = document.createElement("a"); link.className = "button"; link.href = "/login/?next=/gym/"; link.textContent = "Sign in"; strip.querySelector("[data-strip-words]").append(" ", link); }
      return tell().then(function (waiting) {
        if (outcome === "sent" && !waiting.length && !shown && (place || location.pathname === "/gym/")) { back(); return; }
        if (shown) route();
      });
    });
  }
  /* Back to the page itself, once the server has everything and answers. */
  function back() { fetch("/healthz", { cache: "no-store" }).then(function (answer) { if (answer.ok && location.hash === "") location.reload(); }).catch(function () {}); }

  window.addEventListener("hashchange", route);
  window.addEventListener("online", function () { send(false); });
  document.addEventListener("visibilitychange", function () { if (!document.hidden) send(false); });
  setInterval(function () { if (!document.hidden) send(false); }, 20000);
  tell().then(route).then(function () { if (location.hash === "") send(false); });
})();
