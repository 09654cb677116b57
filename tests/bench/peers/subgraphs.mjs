// Three subgraphs of Apollo Federation 2 over the REST directories, in one process, on the ports PORTS.
import { createServer } from 'node:http';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { createYoga } from 'graphql-yoga';
import { childcareLoader, healthLoader, structures } from './directories.mjs';
import { childcareTypes, healthTypes, query, registry, registryTypes } from './types.mjs';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])';
const KEYED = 'type Structure @key(fields: "id")';
const reference = { __resolveReference: structure => structure };

export const subgraphs = {
  registry: {
    typeDefs: `${LINK} ${query} ${KEYED} ${registry} } ${registryTypes}`,
    resolvers: {
      Query: { structures: (_, { limit, offset }) => structures(limit, offset) },
      Structure: reference,
    },
  },
  childcare: {
    typeDefs: `${LINK} ${KEYED} { id: ID! childcare: Childcare } ${childcareTypes}`,
    resolvers: { Structure: { ...reference, childcare: (structure, _, { loader }) => loader.load(structure.id) } },
    loader: childcareLoader,
  },
  health: {
    typeDefs: `${LINK} ${KEYED} { id: ID! health: Health } ${healthTypes}`,
    resolvers: { Structure: { ...reference, health: (structure, _, { loader }) => loader.load(structure.id) } },
    loader: healthLoader,
  },
};

export const ports = process.env.PORTS.split(',').map(Number);

if (import.meta.url === `file://${process.argv[1]}`)
  Object.values(subgraphs).forEach(({ typeDefs, resolvers, loader }, number) => {
    const yoga = createYoga({
      schema: buildSubgraphSchema({ typeDefs: parse(typeDefs), resolvers }),
      logging: false,
      graphiql: false,
      context: () => ({ loader: loader?.() }),
    });
    createServer((request, response) => {
      response.setHeader('cache-control', 'max-age=3600'); // lets a gateway keep answers, when it is told to
      return yoga(request, response);
    }).listen(ports[number], '127.0.0.1');
  });
