/* The week: a session dragged to another half hour is moved by the same form as on its own page, which says why where it can't be. */
(function () {
  "use strict";
  var form = document.getElementById("drag"), table = document.querySelector("table.week"), held = null;
  if (!form || !table) return;

  function cell(event) { return held && event.target instanceof Element ? event.target.closest("td[data-at]") : null; }
  function mark(over) {
    table.querySelectorAll("td.over").forEach(function (one) { one.classList.remove("over"); });
    if (over) over.classList.add("over");
  }

  table.addEventListener("dragstart", function (event) {
    held = event.target instanceof Element ? event.target.closest("a.block") : null;
    if (held) event.dataTransfer.effectAllowed = "move";
  });
  table.addEventListener("dragover", function (event) {
    var over = cell(event);
    mark(over);
    if (over) event.preventDefault();
  });
  table.addEventListener("dragend", function () { held = null; mark(null); });
  table.addEventListener("drop", function (event) {
    var over = cell(event);
    if (!over || over.contains(held)) return;
    event.preventDefault();
    form.action = held.getAttribute("href") + "move/";
    form.elements.slot.value = over.getAttribute("data-at");
    form.submit();
  });
})();
