// Hive Gateway over the supergraph of GraphQL Mesh. CACHE=1: its response cache is on.
import { defineConfig } from '@graphql-hive/gateway';
import InMemoryLRUCache from '@graphql-mesh/cache-inmemory-lru';

const KEYS = 200_000; // an answer writes a key for each entity that it tells: with the default, few answers would stay
const name = value => ({ kind: 'Name', value });
const field = (called, selections) => ({
  kind: 'Field', name: name(called), selectionSet: { kind: 'SelectionSet', selections },
});

export const gatewayConfig = defineConfig({
  host: '127.0.0.1',
  ...(process.env.CACHE === '1' && {
    cache: new InMemoryLRUCache({ max: KEYS }),
    responseCaching: { session: () => null, ttl: 3_600_000 },
  }),
  additionalResolvers: {
    Structure: {
      // a Bundle wraps what it holds: no directive says so, it has to be written
      health: {
        selectionSet: '{ id }',
        resolve: (root, _, context, info) =>
          context.healthDirectory.Query.healthBundle({
            root, context, info,
            key: root.id,
            argsFromKeys: ids => ({ ids }),
            selectionSet: ({ selections }) => ({
              kind: 'SelectionSet',
              selections: [field('entry', [field('resource', [...selections, { kind: 'Field', name: name('id') }])])],
            }),
            valuesFromResults: (bundle, ids) => {
              const byId = new Map(bundle.entry.map(({ resource }) => [resource.id, resource]));
              return ids.map(id => byId.get(id) ?? null);
            },
          }),
      },
    },
  },
});
