/* What a trainer's phone keeps for the gym floor: today's sessions, for a day, and every entry until the server has given its receipt.
   The page and the worker use the same store. Nothing here holds a rule of the trial. */
(function (scope) {
  "use strict";
  var DAY = 24 * 3600 * 1000;
  var store = scope.idb.openDB("uplift-gym", 1, {
    upgrade: function (db) {
      db.createObjectStore("sessions", { keyPath: "place" });
      db.createObjectStore("entries", { keyPath: "uuid" });
      db.createObjectStore("about");
    }
  });

  function about() { return store.then(function (db) { return db.get("about", "owner"); }); }

  /* Today's sessions replace those of before; what another person kept is gone with them. */
  function keep(told) {
    return store.then(function (db) {
      var t = db.transaction(["sessions", "about"], "readwrite"), sessions = t.objectStore("sessions");
      sessions.clear();
      told.sessions.forEach(function (session) { sessions.put(session); });
      t.objectStore("about").put({ user: told.user, reasons: told.reasons, help: told.help, kept_at: Date.now() }, "owner");
      return t.done;
    });
  }

  function wipe() {
    return store.then(function (db) {
      var t = db.transaction(["sessions", "about"], "readwrite");
      t.objectStore("sessions").clear();
      t.objectStore("about").clear();
      return t.done;
    });
  }

  /* Sessions older than a day are wiped before anybody sees them. */
  function owner() {
    return about().then(function (known) {
      if (known && Date.now() - known.kept_at > DAY) return wipe().then(function () { return undefined; });
      return known;
    });
  }

  function sessions() { return owner().then(function () { return store; }).then(function (db) { return db.getAll("sessions"); }); }
  function session(place) { return owner().then(function () { return store; }).then(function (db) { return db.get("sessions", place); }); }
  function put(changed) { return store.then(function (db) { return db.put("sessions", changed); }); }
  function entries() {
    return store.then(function (db) { return db.getAll("entries"); }).then(function (all) {
      return all.sort(function (a, b) { return a.turn - b.turn; });
    });
  }
  function drop(uuid) { return store.then(function (db) { return db.delete("entries", uuid); }); }
  function hold(entry) { return store.then(function (db) { return db.put("entries", entry); }); }

  /* An entry and what it makes of the kept session are written together or not at all. */
  function add(place, kind, body, uuid, change) {
    return owner().then(function (known) {
      if (!known) throw new Error("nothing is kept");
      return store.then(function (db) {
        var t = db.transaction(["sessions", "entries"], "readwrite"), kept = t.objectStore("sessions"), now = Date.now();
        return kept.get(place).then(function (found) {
          if (!found) { t.abort(); throw new Error("this session is not kept"); }
          body.made_at = new Date(now).toISOString();
          t.objectStore("entries").put({ uuid: uuid || scope.crypto.randomUUID(), turn: now, user: known.user, place: place, trial_id: found.trial_id, session_no: found.session_no, kind: kind, body: body });
          change(found);
          kept.put(found);
          return t.done;
        });
      });
    });
  }

  function start(place) { return add(place, "start", {}, null, function (session) { session.started = true; }); }

  function log(place, done, uuid, flags) {
    return session(place).then(function (known) {
      var seen = [];
      done = done.map(filled);
      done.forEach(function (one) {
        var set = find(known, one.exercise_no, one.set_no);
        if (set && set.done_reps !== null) seen.push({ exercise_no: one.exercise_no, set_no: one.set_no, done_reps: set.done_reps, done_load_kg: set.done_load });
      });
      return add(place, "log", Object.assign({ sets: done, seen: seen }, flags || {}), uuid, function (session) {
        done.forEach(function (one) {
          var set = find(session, one.exercise_no, one.set_no);
          if (set) { set.done_reps = one.done_reps; set.done_load = one.done_load_kg || null; }
        });
      });
    });
  }

  function finish(place, ending) { return add(place, "finish", { ending: filled(ending) }, null, function (session) { session.ended = true; }); }

  /* What nobody filled in is not sent. */
  function filled(given) {
    return Object.fromEntries(Object.entries(given).filter(function (pair) { return pair[1] !== null && pair[1] !== "" && pair[1] !== undefined; }));
  }

  function find(session, exercise, no) {
    var lift = session && session.lifts.find(function (l) { return l.no === exercise; });
    return lift && lift.sets.find(function (s) { return s.no === no; });
  }

  /* Sends in the order of making. Answers "sent", "offline", "login" or "problem"; an entry goes only with the receipt of its own. */
  function sendAll() {
    return entries().then(function (waiting) {
      if (!waiting.length) return "sent";
      return fetch("/gym/token/", { credentials: "same-origin", cache: "no-store" }).then(function (answer) {
        if (answer.redirected || answer.status === 401 || answer.status === 403) return "login";
        if (!answer.ok) return "offline";
        return answer.json().then(function (told) { return sendEach(waiting, told); });
      }).catch(function () { return "offline"; });
    });
  }

  function sendEach(waiting, told) {
    var outcome = "sent", stopped = {};
    return waiting.reduce(function (before, entry) {
      return before.then(function () {
        if (outcome === "offline" || outcome === "login") return;
        if (entry.user !== told.user) { outcome = "problem"; return; }
        if (stopped[entry.place]) return;
        return sendOne(entry, told.token).then(function (how) {
          if (how !== "sent") { outcome = how; stopped[entry.place] = true; }
        });
      });
    }, Promise.resolve()).then(function () { return outcome; });
  }

  function sendOne(entry, token) {
    var address = "/api/v1/participants/" + entry.trial_id + "/sessions/" + entry.session_no + "/take-in/";
    var body = Object.assign({ uuid: entry.uuid, kind: entry.kind, phone_at: new Date().toISOString() }, entry.body);
    return fetch(address, { method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body: JSON.stringify(body) })
      .then(function (answer) {
        if (answer.redirected || answer.status === 401 || answer.status === 403) return "login";
        if (answer.status >= 500 || answer.status === 429) return "offline";
        return answer.json().then(function (said) {
          if (answer.ok && said.uuid === entry.uuid) return drop(entry.uuid).then(function () { return "sent"; });
          entry.problem = { code: said.code || "refused", sentence: said.detail || sentences(said).join(" ") };
          return hold(entry).then(function () { return "problem"; });
        });
      })
      .catch(function () { return "offline"; });
  }

  function sentences(said) { return said && typeof said === "object" ? Object.values(said).map(sentences).flat() : [String(said)]; }

  /* One sender at a time, on the page or in the worker. */
  function send() {
    var locks = scope.navigator && scope.navigator.locks;
    return locks ? locks.request("uplift-gym-send", sendAll) : sendAll();
  }

  /* Whether anything waits decides: first send, then keep today anew, so that what is shown is what the server has. */
  function refresh() {
    return send().then(function (outcome) {
      if (outcome !== "sent") return outcome;
      return fetch("/gym/kept/", { credentials: "same-origin", cache: "no-store" }).then(function (answer) {
        if (answer.redirected || answer.status === 401) return "login";
        if (!answer.ok) return "sent";
        return answer.json().then(keep).then(function () { return "sent"; });
      }).catch(function () { return "offline"; });
    });
  }

  scope.kept = { owner: owner, sessions: sessions, session: session, put: put, entries: entries, drop: drop, hold: hold, start: start, log: log, finish: finish, send: send, refresh: refresh, wipe: wipe };
})(self);
