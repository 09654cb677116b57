// The REST directories as a Node developer reaches them: fetch, and one batch of ids a request.
import DataLoader from 'dataloader';

const UPSTREAM = process.env.UPSTREAM;

const get = async path => (await fetch(UPSTREAM + path)).json();

const inOrder = (rows, ids) => {
  const byId = new Map(rows.map(row => [row.id, row]));
  return ids.map(id => byId.get(id) ?? null);
};

export const structures = (limit, offset) => get(`/registry/structures?limit=${limit}&offset=${offset}`);

export const childcareLoader = () =>
  new DataLoader(async ids => inOrder(await get(`/childcare/records?ids=${ids}`), ids));

export const healthLoader = () =>
  new DataLoader(async ids => {
    const bundle = await get(`/fhir/HealthcareService?_id=${ids}`);
    return inOrder(bundle.entry.map(entry => entry.resource), ids);
  });
