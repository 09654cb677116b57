// GraphQL Yoga with resolvers written by hand: no gateway, no cache.
import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';
import { childcareLoader, healthLoader, structures } from './directories.mjs';
import { childcareTypes, healthTypes, query, registry, registryTypes } from './types.mjs';

const schema = createSchema({
  typeDefs: `${query}
    type Structure ${registry} childcare: Childcare health: Health }
    ${registryTypes} ${childcareTypes} ${healthTypes}`,
  resolvers: {
    Query: { structures: (_, { limit, offset }) => structures(limit, offset) },
    Structure: {
      childcare: (structure, _, context) => context.childcare.load(structure.id),
      health: (structure, _, context) => context.health.load(structure.id),
    },
  },
});

const yoga = createYoga({
  schema,
  logging: false,
  context: () => ({ childcare: childcareLoader(), health: healthLoader() }),
});

createServer(yoga).listen(Number(process.env.PORT), '127.0.0.1');
