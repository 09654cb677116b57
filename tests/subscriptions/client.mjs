// Usage: node client.mjs ws|sse URL REQUEST [OPTIONS]. Subscribes, and prints one JSON object a line:
// {connected}, {next}, {error}, {complete}, {closed} (the code of a WebSocket). It ends at {complete} or {error}.
// REQUEST: { query, variables }; OPTIONS: { key, retries }, `key` being an Authorization header.

import { createClient as createSse } from "graphql-sse";
import { createClient as createWs } from "graphql-ws";
import WebSocket from "ws";

const [transport, url, request, options = "{}"] = process.argv.slice(2);
const { key, retries = 0 } = JSON.parse(options);
const tell = (told) => console.log(JSON.stringify(told));
const pause = () => new Promise((resolve) => setTimeout(resolve, 200));

const sockets = () =>
  createWs({
    url: url.replace(/^http/, "ws"),
    webSocketImpl: WebSocket,
    retryAttempts: retries,
    retryWait: pause,
    shouldRetry: () => true,
    connectionParams: key ? { authorization: key } : undefined,
    on: { connected: () => tell({ connected: true }), closed: (event) => tell({ closed: event.code ?? String(event) }) },
  });
const events = () =>
  createSse({
    url,
    retryAttempts: retries,
    retry: pause,
    headers: key ? { authorization: key } : undefined,
    on: { connected: () => tell({ connected: true }) },
  });

const client = transport === "ws" ? sockets() : events();
client.subscribe(JSON.parse(request), {
  next: (next) => tell({ next }),
  error: (error) => {
    tell({ error: Array.isArray(error) ? error : { code: error.code, message: error.message ?? String(error) } });
    process.exit(0);
  },
  complete: () => {
    tell({ complete: true });
    process.exit(0);
  },
});
