// A certified OpenID provider on a loopback port (npm package oidc-provider), with forms that log anybody in:
//     node provider.mjs <redirect uri> <post logout redirect uri> [port]
// It prints its issuer once it listens. Whoever logs in is who they say they are, and has the roles that are in the
// name: "alice+moderator" is alice, with the role moderator.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const [back, farewell, port = "0"] = process.argv.slice(2);

const signing = (type, options, alg) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }),
  kid: randomUUID(),
  use: "sig",
  alg,
});

const client = (id, more) => ({
  client_id: id,
  client_secret: "a secret of the hub, which is long enough",
  redirect_uris: [back],
  post_logout_redirect_uris: [farewell],
  ...more,
});

const configuration = {
  clients: [
    client("plain", {}),
    client("signed", {
      id_token_signed_response_alg: "ES256",
      userinfo_signed_response_alg: "ES256",
    }),
    client("public", { token_endpoint_auth_method: "none", client_secret: undefined }),
  ],
  jwks: {
    keys: [signing("rsa", { modulusLength: 2048 }, "RS256"), signing("ec", { namedCurve: "P-256" }, "ES256")],
  },
  acrValues: ["eidas1"],
  claims: { openid: ["sub", "acr"], profile: ["given_name", "usual_name", "roles"] },
  cookies: { keys: [randomUUID()] },
  features: {
    devInteractions: { enabled: true },
    jwtUserinfo: { enabled: true },
    rpInitiatedLogout: { enabled: true },
  },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => {
      const [name, ...roles] = id.split("+");
      return { sub: id, given_name: name, usual_name: "Durand", roles: { hub: roles } };
    },
  }),
};

const server = createServer();
server.listen(Number(port), "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration);
  provider.on("server_error", (_, error) => console.error(error));
  server.on("request", provider.callback());
  console.log(issuer);
});
