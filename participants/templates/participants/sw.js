{% load static %}/* Stands in for the pages of the gym while there is no line: a shell without data, and forms that failed are kept on the phone. */
"use strict";
importScripts("{% static 'ui/idb.js' %}", "{% static 'participants/kept.js' %}");

var SHELL = "{% url 'gym_floor' %}", CACHE = "uplift-gym-{{ version }}";
var FILES = [SHELL, "{% static 'ui/ui.css' %}", "{% static 'ui/ui.js' %}", "{% static 'ui/idb.js' %}", "{% static 'ui/icons.svg' %}", "{% static 'ui/favicon.svg' %}", "{% static 'ui/source-sans-3.woff2' %}", "{% static 'participants/kept.js' %}", "{% static 'participants/rest.js' %}", "{% static 'participants/floor.js' %}"];
var OF_THE_GYM = /^\/(gym\/|participants\/[^/]+\/sessions\/\d+\/)/, STEP = /^(\/participants\/[^/]+\/sessions\/\d+\/)(start|log|finish)\/$/;

self.addEventListener("install", function (event) {
  event.waitUntil(caches.open(CACHE).then(function (cache) { return cache.addAll(FILES); }).then(function () { return self.skipWaiting(); }));
});
self.addEventListener("activate", function (event) {
  event.waitUntil(caches.keys().then(function (names) {
    return Promise.all(names.filter(function (name) { return name !== CACHE; }).map(function (name) { return caches.delete(name); }));
  }).then(function () { return self.clients.claim(); }));
});

self.addEventListener("fetch", function (event) {
  var request = event.request, address = new URL(request.url);
  if (address.origin !== self.location.origin) return;
  if (request.method === "POST" && address.pathname === "{% url 'sign_out' %}") { event.respondWith(signOut(request)); return; }
  if (request.mode === "navigate" && OF_THE_GYM.test(address.pathname) && address.pathname !== SHELL) {
    event.respondWith(request.method === "POST" ? step(request, address) : page(request));
    return;
  }
  if (request.method === "GET" && (FILES.indexOf(address.pathname) > -1)) {
    event.respondWith(fetch(request).catch(function () { return caches.match(address.pathname); }));
  }
});

function page(request) { return fetch(request).catch(function () { return caches.match(SHELL); }); }

/* A form that did not reach the server is kept as an entry and the shell goes on from there. */
function step(request, address) {
  var copy = request.clone(), place = STEP.exec(address.pathname);
  return fetch(request).catch(function () {
    if (!place) return caches.match(SHELL);
    return copy.formData().then(function (form) { return keepForm(place[1], place[2], form); }).then(function () {
      return Response.redirect(place[1], 303);
    });
  }).catch(function () {
    return new Response("Not saved: this session is not kept on this phone. Go back and keep the page open until there is a line.", { status: 503, headers: { "Content-Type": "text/plain; charset=utf-8" } });
  });
}

function keepForm(place, kind, form) {
  function said(name) { return String(form.get(name) || "").trim(); }
  function figure(name) { return said(name).replace(",", ".") || null; }
  function whole(name) { return said(name) === "" ? null : Number(said(name)); }
  if (kind === "start") return kept.start(place);
  if (kind === "finish") {
    var early = form.get("ended_early") !== null;
    return kept.finish(place, {
      session_rpe: figure("session_rpe"), soreness: whole("soreness"), paused_seconds: 60 * (whole("paused_minutes") || 0),
      warmup_minutes: whole("warmup_minutes"), working_minutes: whole("working_minutes"), cooldown_minutes: whole("cooldown_minutes"),
      ended_early: early, ended_early_reason: early ? said("reason") : "", missed_reason: said("reason"), note: said("note")
    });
  }
  return kept.session(place).then(function (session) {
    var lift = session.lifts.find(function (l) { return String(l.no) === said("exercise_no"); });
    var done = form.get("as_planned") !== null ? lift.sets.filter(function (s) { return s.done_reps === null; }).map(function (s) {
      return { exercise_no: lift.no, set_no: s.no, done_reps: s.reps, done_load_kg: s.load };
    }) : [{ exercise_no: lift.no, set_no: Number(said("set_no")), done_reps: Number(said("reps")), done_load_kg: figure("load"), rir: figure("rir"), substitute: said("substitute"), substitute_reason: said("substitute_reason") }];
    return kept.log(place, done, said("client"), { confirmed: form.get("confirmed") !== null });
  });
}

/* Signing out wipes the kept sessions; with entries that only this phone has it asks first. */
function signOut(request) {
  return kept.entries().then(function (waiting) {
    if (waiting.length && new URL(request.url).search !== "?leave=1") return Response.redirect(SHELL + "#leaving", 303);
    return fetch(request).then(function (answer) { return kept.wipe().then(function () { return answer; }); });
  });
}
