/* Starts GraphiQL with the settings written in the page: { endpoint, examples }. */

"use strict";

/* The dialogs' style elements carry this: the page's security policy lets no other in. */
window.__webpack_nonce__ = document.currentScript.nonce;

const settings = JSON.parse(document.getElementById("graphiql-settings").textContent);

/* Headers may hold an API key: they are never kept in the browser's storage. */
const graphiql = React.createElement(
  GraphiQL,
  {
    fetcher: GraphiQL.createFetcher({ url: settings.endpoint }),
    defaultTabs: settings.examples.map((query) => ({ query })),
    defaultQuery: "# Nouvelle requête : Ctrl+Espace propose les champs.\n\n",
    inputValueDeprecation: true,
    schemaDescription: true,
    shouldPersistHeaders: false,
  },
  React.createElement(GraphiQL.Logo, {}, null),
);

ReactDOM.createRoot(document.getElementById("graphiql")).render(graphiql);
