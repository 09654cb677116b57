// Prints the supergraph of the three subgraphs.
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { ports, subgraphs } from './subgraphs.mjs';

const { errors, supergraphSdl } = composeServices(
  Object.entries(subgraphs).map(([name, { typeDefs }], number) => ({
    name,
    url: `http://127.0.0.1:${ports[number]}/graphql`,
    typeDefs: parse(typeDefs),
  })),
);
if (errors) throw new Error(errors.join('\n'));
console.log(supergraphSdl);
