// Copies a one-time token from the address's fragment into the form and takes it out of the address bar; nothing is sent by itself.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const token = new URLSearchParams(location.hash.slice(1)).get("t");
  const form = document.querySelector("form[data-fragment]");
  if (!token || !form) return;
  form.elements[form.dataset.fragment].value = token;
  document.querySelectorAll("a[data-keeps-fragment]").forEach((link) => { link.hash = location.hash; });
  history.replaceState(null, "", location.pathname + location.search);
});
