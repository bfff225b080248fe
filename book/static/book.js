/* Three small helps; the pages are complete without them.
   1. a box that scrolls sideways can be reached with the keyboard;
   2. pointing at "(3.7)" shows that formula, where it stands on the same page;
   3. a code cell hidden behind "Show code" opens when a mark links into it. */
(function () {
  "use strict";

  function reachable() {
    document.querySelectorAll(".math-scroll, .table-scroll, .bd-article pre").forEach(
      function (box) {
        if (box.scrollWidth > box.clientWidth + 1) {
          box.setAttribute("tabindex", "0");
          if (!box.matches("pre")) {
            box.setAttribute("role", "group");
            box.setAttribute("aria-label", "scrolls sideways");
          }
        } else {
          box.removeAttribute("tabindex");
        }
      }
    );
  }

  var preview = null;

  function hide() {
    if (preview) {
      preview.remove();
      preview = null;
    }
  }

  function show(event) {
    var link = event.target.closest ? event.target.closest("a.eqref") : null;
    if (!link || link.getAttribute("href").charAt(0) !== "#") return;
    var target = document.getElementById(link.getAttribute("href").slice(1));
    if (!target) return;
    hide();
    preview = document.createElement("div");
    preview.className = "eq-preview";
    preview.setAttribute("aria-hidden", "true");
    var copy = target.cloneNode(true);
    copy.removeAttribute("id");
    preview.appendChild(copy);
    document.body.appendChild(preview);
    var at = link.getBoundingClientRect();
    var left = Math.min(at.left, window.innerWidth - preview.offsetWidth - 16);
    var above = at.top - preview.offsetHeight - 8;
    preview.style.left = Math.max(8, left) + window.scrollX + "px";
    preview.style.top = (above > 0 ? above : at.bottom + 8) + window.scrollY + "px";
  }

  function open() {
    var name = decodeURIComponent(location.hash.slice(1));
    var target = name && document.getElementById(name);
    if (!target) return;
    target.querySelectorAll("details").forEach(function (box) {
      box.open = true;
    });
  }

  ["mouseover", "focusin"].forEach(function (name) {
    document.addEventListener(name, show);
  });
  ["mouseout", "focusout"].forEach(function (name) {
    document.addEventListener(name, hide);
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") hide();
  });
  window.addEventListener("hashchange", open);
  window.addEventListener("resize", reachable);
  window.addEventListener("load", function () {
    reachable();
    open();
  });
})();
