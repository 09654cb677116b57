// The types of the API that every gateway serves, by the directory that they come from.
export const registry = `{ id: ID! name: String! category: String! lat: Float! lng: Float! priorities: [String!]!
  actions: [String!]! address: Address!`;

export const registryTypes = 'type Address { street: String! postcode: String! city: String! }';

export const childcareTypes = `
  type Childcare { id: ID! capacity: Int! openPlaces: Int! ageMinMonths: Int! ageMaxMonths: Int! phone: String!
    waitingList: Boolean! updatedAt: String! slots: [Slot!]! }
  type Slot { day: String! start: String! end: String! places: Int! }`;

export const healthTypes = `
  type Health { id: ID! active: Boolean! name: String! comment: String! appointmentRequired: Boolean!
    telecom: [Telecom!]! specialty: [Specialty!]! availableTime: [AvailableTime!]! }
  type Telecom { system: String! value: String! }
  type Specialty { text: String! }
  type AvailableTime { daysOfWeek: [String!]! availableStartTime: String! availableEndTime: String! }`;

export const query = 'type Query { structures(limit: Int!, offset: Int!): [Structure!]! }';
