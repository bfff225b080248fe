/* Small helps; the pages are complete without them.
   1. a box that scrolls sideways can be reached with the keyboard;
   2. pointing at "(3.7)" shows that formula, where it stands on the same page;
   3. a code cell hidden behind "Show code" opens when a mark links into it;
   4. the cards of "Find the fault" get two buttons, and their page a score. */
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

(function () {
  "use strict";

  var KEY = "unrolled.find-the-fault";
  var cards = Array.from(document.querySelectorAll(".fault-card"));
  var board = document.querySelector(".fault-score");
  if (!cards.length || !board) return;
  var said = read(); // card's key -> "right" or "wrong", as the reader said
  var line = document.createElement("p");
  var bar = document.createElement("progress");
  var reset = element("button", "Start again");

  function element(name, text) {
    var made = document.createElement(name);
    made.textContent = text;
    if (name === "button") made.type = "button";
    return made;
  }

  function read() {
    try {
      return JSON.parse(localStorage.getItem(KEY)) || {};
    } catch (error) {
      return {};
    }
  }

  function keep() {
    try {
      localStorage.setItem(KEY, JSON.stringify(said));
    } catch (error) {
      /* no storage: the score lasts as long as the page */
    }
  }

  function truth(card) {
    return card.dataset.holds === "true" ? "right" : "wrong";
  }

  // of the cards of one kind: how many were played, how many judged rightly
  function tally(kind) {
    var played = cards.filter(function (card) {
      return said[card.dataset.key] && truth(card) === kind;
    });
    return {
      played: played.length,
      hits: played.filter(function (card) {
        return said[card.dataset.key] === kind;
      }).length
    };
  }

  // Faults and true statements count alike, though there are more faults: whoever
  // gives one answer to everything has 50.
  function count() {
    var wrong = tally("wrong");
    var right = tally("right");
    var played = wrong.played + right.played;
    var text = played ? "" : "No card played yet";
    if (wrong.played && right.played) {
      var score = Math.round(50 * (wrong.hits / wrong.played + right.hits / right.played));
      text = "Score " + score + " (a guess: 50) \u00b7 ";
    }
    if (played) {
      text += "faults found " + wrong.hits + "/" + wrong.played +
        ", true statements " + right.hits + "/" + right.played;
    }
    line.textContent = text + " \u00b7 " + (cards.length - played) + " left";
    bar.max = cards.length;
    bar.value = played;
    reset.disabled = !played;
  }

  function show(card) {
    var choice = said[card.dataset.key];
    var result = card.querySelector(".fault-result");
    card.querySelectorAll(".fault-buttons button").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.value === choice));
      button.setAttribute("aria-disabled", String(Boolean(choice)));
    });
    card.classList.toggle("played", Boolean(choice));
    card.classList.toggle("hit", choice === truth(card));
    result.textContent = !choice
      ? ""
      : choice === truth(card)
        ? "\u2713 Yes, this card is " + truth(card) + ". "
        : "\u2717 No, this card is " + truth(card) + ". ";
    if (!choice) {
      card.querySelector(".fault-answer").open = false;
      return;
    }
    var next = cards.find(function (other, i) {
      return i > cards.indexOf(card) && !said[other.dataset.key];
    });
    if (next) {
      var link = element("a", "Next card");
      link.href = "#" + next.id;
      result.appendChild(link);
    }
  }

  function build(card) {
    var group = document.createElement("div");
    group.className = "fault-buttons";
    group.setAttribute("role", "group");
    group.setAttribute("aria-labelledby", card.id + "-head");
    ["right", "wrong"].forEach(function (value) {
      var button = element("button", value === "right" ? "Right" : "Wrong");
      button.value = value;
      button.addEventListener("click", function () {
        if (said[card.dataset.key]) return; // the first answer counts
        said[card.dataset.key] = value;
        keep();
        show(card);
        card.querySelector(".fault-answer").open = true;
        count();
      });
      group.appendChild(button);
    });
    var result = document.createElement("p");
    result.className = "fault-result";
    result.setAttribute("role", "status");
    card.tabIndex = -1; // the target of "Next card"
    card.insertBefore(result, card.querySelector(".fault-answer"));
    card.insertBefore(group, result);
    show(card);
  }

  reset.addEventListener("click", function () {
    said = {};
    keep();
    cards.forEach(show);
    count();
    cards[0].focus();
  });
  line.setAttribute("role", "status");
  bar.setAttribute("aria-label", "cards played");
  [line, bar, reset].forEach(function (part) {
    board.appendChild(part);
  });
  // at the end of the article, so that it stays in sight below every section
  (board.closest("article") || board.parentNode).appendChild(board);
  board.hidden = false;
  cards.forEach(build);
  count();
})();
