// Filters over a list, and what of a calendar is past. Without this script everything is shown.
// An item has a class NAME--VALUE for each choice under which it is found.
const now = new Date();

// An hour of the calendar is that of its place, with its offset; a day ends where the reader is.
for (const time of document.querySelectorAll("time[data-ends]")) {
  const { ends } = time.dataset;
  const past = new Date(ends.includes("T") ? ends : `${ends}T00:00`) <= now;
  const item = time.closest(".filterable");
  item?.classList.add(past ? "when--past" : "when--to-come");
  if (past) time.insertAdjacentHTML("afterend", ' <span class="past">past</span>');
}

for (const form of document.querySelectorAll("form.filters")) {
  const items = [...document.querySelectorAll(".filterable")];
  const status = form.querySelector("[role=status]");

  if (document.querySelector("time[data-ends]")) {
    form.insertAdjacentHTML(
      "afterbegin",
      '<span><label for="filter-when">When</label><select id="filter-when" name="when">' +
        '<option value="">all<option value="to-come">to come<option value="past">past' +
        "</select></span>",
    );
  }

  const chosen = () => [...new FormData(form)].filter(([, value]) => value);

  const apply = () => {
    const names = chosen().map((pair) => pair.join("--"));
    for (const item of items) {
      item.hidden = !names.every((name) => item.classList.contains(name));
    }
    const shown = items.filter((item) => !item.hidden).length;
    status.textContent = `${shown} of ${items.length} ${form.dataset.of} shown`;
  };

  // The address keeps what is chosen, so that it can be sent to somebody.
  const keep = () => {
    const query = new URLSearchParams(chosen()).toString();
    history.replaceState(null, "", query ? `?${query}` : location.pathname);
  };

  // A link to an item that is filtered away shows everything again.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target?.closest(".filterable[hidden]")) {
      form.reset();
      apply();
      target.scrollIntoView();
    }
  };

  for (const [name, value] of new URLSearchParams(location.search)) {
    const select = form.elements.namedItem(name);
    if (select && [...select.options].some((option) => option.value === value)) {
      select.value = value;
    }
  }
  form.hidden = false;
  form.addEventListener("change", () => (apply(), keep()));
  form.addEventListener("reset", () => setTimeout(() => (apply(), keep())));
  window.addEventListener("hashchange", reveal);
  apply();
  reveal();
}
