/* While staff enter a form, an answer that needs help at once shows the script and the duty number beside the question. */
(function () {
  "use strict";
  document.addEventListener("change", function (event) {
    Array.prototype.forEach.call(document.querySelectorAll("[data-threshold]"), function (note) {
      if (event.target.name !== note.getAttribute("data-threshold")) return;
      note.hidden = !(/^\d+$/.test(event.target.value) && Number(event.target.value) >= Number(note.getAttribute("data-least")));
    });
    var shown = document.querySelector("[data-threshold]:not([hidden])");
    var handOver = document.querySelector("[data-hand-over]");
    if (handOver) handOver.hidden = !shown;
  });
})();
