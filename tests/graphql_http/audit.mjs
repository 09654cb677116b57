// Usage: node audit.mjs URL. Runs every audit of the GraphQL over HTTP specification and prints a JSON list of
// { id, name, status, reason?, response? }; `status` is "ok", "notice" (MAY), "warn" (SHOULD) or "error" (MUST).

import { serverAudits } from "graphql-http";

const [url] = process.argv.slice(2);

async function run({ id, name, fn }) {
  const result = await fn();
  if (result.status === "ok") return { id, name, status: result.status };
  const { status, headers } = result.response;
  const body = await result.response.text().catch(() => "");
  const response = { status, contentType: headers.get("content-type"), body: body.slice(0, 2000) };
  return { id, name, status: result.status, reason: result.reason, response };
}

const results = [];
for (const audit of serverAudits({ url })) results.push(await run(audit));
console.log(JSON.stringify(results, null, 1));
