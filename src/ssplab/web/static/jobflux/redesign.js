// The column of ads: one page of the API after the other, as the reader scrolls.
(() => {
  const column = document.getElementById("colonne");
  const more = document.getElementById("plus");
  const state = document.getElementById("etat");
  const query = new URLSearchParams(location.search);
  let next = 1;
  let busy = false;

  const element = (tag, name, text) => {
    const node = document.createElement(tag);
    node.className = name;
    node.textContent = text;
    return node;
  };

  const row = (posting) => {
    const item = element("li", "Row-2e", "");
    const heading = element("h2", "Hed-6f", "");
    const link = element("a", "Lnk-1a", posting.title);
    link.href = posting.url;
    heading.append(link);
    item.append(heading);
    const facts = [posting.employer?.name ?? "Employeur non communiqué", posting.place, posting.contract];
    if (posting.pay) facts.push(posting.pay.label);
    item.append(element("p", "Fct-8a", facts.join(" · ")), element("p", "Txt-9c", posting.summary));
    return item;
  };

  const load = async () => {
    if (busy || !next) return;
    busy = true;
    const address = new URL(column.dataset.source, location.href);
    for (const name of ["q", "lieu", "categorie"]) if (query.get(name)) address.searchParams.set(name, query.get(name));
    address.searchParams.set("page", next);
    try {
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(answer.status);
      const page = await answer.json();
      page.data.forEach((posting) => column.append(row(posting)));
      next = page.meta.next_page;
      state.textContent = page.meta.count ? `${column.childElementCount} sur ${page.meta.count}` : "Aucune offre.";
      more.hidden = !next;
    } catch {
      state.textContent = "Le chargement a échoué. Essayez de nouveau dans un instant.";
      more.hidden = false;
    }
    busy = false;
  };

  more.addEventListener("click", load);
  new IntersectionObserver((seen) => {
    if (seen.some((entry) => entry.isIntersecting)) load();
  }, { rootMargin: "200px" }).observe(more);
  load();
})();
