// What scrolls can be reached with the Tab key, then scrolled with the arrow keys. The theme sees to
// code and outputs, on loading only; a box that is opened, tables and formulas are left to us.
const watch = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const scrolls =
      target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight;
    target.tabIndex = scrolls ? 0 : -1;
  }
});
document
  .querySelectorAll("pre, .cell_output > .output, .pst-scrollable-table-container, div.math")
  .forEach((region) => watch.observe(region));

// The button that opens a box is called as the box is, not "Toggle hidden content" all over a page.
document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll(".admonition-title > .toggle-button")) {
    button.setAttribute("aria-label", button.parentElement.textContent.trim());
  }
});

// The theme's button would print by a script in the page, which a web server may forbid.
document
  .querySelector(".btn-download-pdf-button")
  ?.addEventListener("click", () => window.print());

// The buttons of the two sidebars say whether theirs is open. Behind each is a box, which on a wide
// window closes the course's contents and on a narrow one opens them.
const wide = window.matchMedia("(min-width: 992px)");

function tell() {
  for (const name of ["primary", "secondary"]) {
    const checked = document.getElementById(`pst-${name}-sidebar-checkbox`).checked;
    const open = name === "primary" ? checked !== wide.matches : checked;
    document.querySelector(`.${name}-toggle`)?.setAttribute("aria-expanded", open);
  }
}

tell();
wide.addEventListener("change", tell);
for (const event of ["click", "keydown"]) {
  document.addEventListener(event, () => setTimeout(tell), true); // after the theme's own reaction
}

// A word of the glossary shows its definition when it is pointed at or has the focus: one can point
// at the definition too, and Escape closes it. What is shown is in the page already.
let shown = null;
let leaving = null;

function hide() {
  clearTimeout(leaving);
  if (shown) shown.hidden = true;
  shown = null;
}

function show(link, definition) {
  if (shown !== definition) hide();
  clearTimeout(leaving);
  shown = definition;
  definition.hidden = false;
  const frame = definition.offsetParent.getBoundingClientRect();
  const word = link.getClientRects()[0];
  const room = document.documentElement.clientWidth - definition.offsetWidth - 16;
  definition.style.left = `${Math.max(16, Math.min(word.left, room)) - frame.left}px`;
  const below = word.bottom + 6 + definition.offsetHeight < window.innerHeight;
  const top = below ? word.bottom + 6 : word.top - 6 - definition.offsetHeight;
  definition.style.top = `${top - frame.top}px`;
}

const leave = () => {
  leaving = setTimeout(hide, 200); // time enough to move from the word to its definition
};

for (const link of document.querySelectorAll("a.term[aria-describedby]")) {
  const definition = document.getElementById(link.getAttribute("aria-describedby"));
  link.addEventListener("mouseenter", () => show(link, definition));
  link.addEventListener("mouseleave", leave);
  link.addEventListener("focus", () => show(link, definition));
  link.addEventListener("blur", hide);
  definition.addEventListener("mouseenter", () => clearTimeout(leaving));
  definition.addEventListener("mouseleave", leave);
}
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") hide();
});
