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
