/* Says beside each directory whether it answers, as the API itself tells it. Without JavaScript the page is whole. */

"use strict";

const QUERY = "{ sources { id name url sandbox status } }";

const WORDS = {
  ANSWERING: "répond",
  FAILING: "ne répond pas pour le moment",
  NOT_ASKED_YET: "pas encore interrogé",
};

/** The card of a source; one is made for a source that the page does not know (a partner's directory). */
function cardOf({ id, name, url }) {
  const cards = document.getElementById("cards");
  const known = [...cards.children].find((card) => card.dataset.source === id);
  if (known) return known;
  const card = document.createElement("li");
  card.dataset.source = id;
  const title = document.createElement(url ? "a" : "span");
  if (url) title.href = url;
  title.textContent = name;
  const heading = document.createElement("h3");
  heading.append(title);
  card.append(heading);
  cards.append(card);
  return card;
}

function show(sources) {
  for (const source of sources) {
    const state = document.createElement("p");
    state.className = `state ${source.status.toLowerCase()}`;
    state.textContent = WORDS[source.status] + (source.sandbox ? " (données fictives)" : "");
    cardOf(source).append(state);
  }
  const silent = sources.filter(({ status }) => status === "FAILING").length;
  document.getElementById("summary").textContent =
    silent === 0 ? "Aucune panne connue." : `Annuaires en panne : ${silent}.`;
}

fetch(`/graphql?${new URLSearchParams({ query: QUERY })}`, { headers: { accept: "application/json" } })
  .then((response) => response.json())
  .then(({ data }) => show(data.sources))
  .catch(() => {
    document.getElementById("summary").textContent = "L’état des annuaires n’a pas pu être lu.";
  });
