// GraphQL Mesh: the three REST directories as one supergraph, described by their JSON schemas.
import { defineConfig } from '@graphql-mesh/compose-cli';
import { loadJSONSchemaSubgraph } from '@omnigraph/json-schema';

const string = { type: 'string' };
const integer = { type: 'integer' };
const number = { type: 'number' };
const boolean = { type: 'boolean' };
const array = items => ({ type: 'array', items });
const object = (title, properties) => ({ title, type: 'object', properties, required: Object.keys(properties) });

const address = object('Address', { street: string, postcode: string, city: string });
const structure = object('Structure', {
  id: string, name: string, category: string, lat: number, lng: number,
  priorities: array(string), actions: array(string), address,
});
const slot = object('Slot', { day: string, start: string, end: string, places: integer });
const childcare = object('Childcare', {
  id: string, capacity: integer, openPlaces: integer, ageMinMonths: integer, ageMaxMonths: integer, phone: string,
  waitingList: boolean, updatedAt: string, slots: array(slot),
});
const telecom = object('Telecom', { system: string, value: string });
const availableTime = object('AvailableTime', {
  daysOfWeek: array(string), availableStartTime: string, availableEndTime: string,
});
const health = object('Health', {
  id: string, active: boolean, name: string, comment: string, appointmentRequired: boolean,
  telecom: array(telecom), specialty: array(object('Specialty', { text: string })), availableTime: array(availableTime),
});
const bundle = object('Bundle', { entry: array(object('BundleEntry', { resource: health })) });

const directory = (name, operation) => ({
  sourceHandler: loadJSONSchemaSubgraph(name, {
    endpoint: process.env.UPSTREAM,
    operations: [{ type: 'Query', method: 'GET', ...operation }],
  }),
});
const batch = parameter => ({
  queryParamArgMap: { [parameter]: 'ids' },
  queryStringOptionsByParam: { [parameter]: { arrayFormat: 'comma' } },
  argTypeMap: { ids: array(string) },
});

export const composeConfig = defineConfig({
  subgraphs: [
    directory('registry', {
      field: 'structures', path: '/registry/structures', responseSchema: array(structure),
      queryParamArgMap: { limit: 'limit', offset: 'offset' }, argTypeMap: { limit: integer, offset: integer },
    }),
    directory('childcareDirectory', {
      field: 'childcareByIds', path: '/childcare/records', responseSchema: array(childcare), ...batch('ids'),
    }),
    directory('healthDirectory', {
      field: 'healthBundle', path: '/fhir/HealthcareService', responseSchema: bundle, ...batch('_id'),
    }),
  ],
  additionalTypeDefs: `
    extend type Structure {
      childcare: Childcare @resolveTo(
        sourceName: "childcareDirectory", sourceTypeName: "Query", sourceFieldName: "childcareByIds",
        keyField: "id", keysArg: "ids")
      health: Health
    }`,
});
