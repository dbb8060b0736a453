// The wall of ads: one page of the API after the other, as the reader scrolls.
(() => {
  const wall = document.getElementById("flux");
  const more = document.getElementById("encore");
  const counter = document.getElementById("compteur");
  const model = document.getElementById("modele");
  const query = new URLSearchParams(location.search);
  let cursor = null;
  let busy = false;

  const card = (offer) => {
    const node = model.content.cloneNode(true);
    const field = (name) => node.querySelector(`[data-champ="${name}"]`);
    field("titre").textContent = offer.titre;
    field("titre").href = offer.lien;
    field("entreprise").textContent = offer.entreprise ?? "Entreprise non communiquée";
    field("lieu").textContent = offer.lieu;
    field("contrat").textContent = offer.contrat;
    if (offer.salaire) field("salaire").textContent = offer.salaire.texte;
    else field("salaire").remove();
    field("extrait").textContent = offer.extrait;
    field("date").textContent = new Date(offer.publie_le).toLocaleDateString("fr-FR", {
      day: "numeric", month: "long", year: "numeric", timeZone: "UTC",
    });
    return node;
  };

  const load = async () => {
    if (busy) return;
    busy = true;
    const address = new URL(wall.dataset.api, location.href);
    for (const name of ["q", "lieu", "categorie"]) if (query.get(name)) address.searchParams.set(name, query.get(name));
    if (cursor) address.searchParams.set("curseur", cursor);
    try {
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(answer.status);
      const page = await answer.json();
      page.offres.forEach((offer) => wall.append(card(offer)));
      cursor = page.curseur_suivant;
      const shown = wall.childElementCount;
      counter.textContent = page.total
        ? `${shown} offre${shown > 1 ? "s" : ""} affichée${shown > 1 ? "s" : ""} sur ${page.total}`
        : "Aucune offre dans le flux pour cette recherche.";
      more.hidden = !cursor;
    } catch {
      counter.textContent = "Le flux s’est interrompu. Essayez de nouveau dans un instant.";
      more.hidden = false;
    }
    busy = false;
  };

  more.addEventListener("click", load);
  new IntersectionObserver((seen) => {
    if (seen.some((entry) => entry.isIntersecting) && cursor) load();
  }, { rootMargin: "200px" }).observe(more);
  load();
})();
