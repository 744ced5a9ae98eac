// Which scopes there are, and what they permit; written from the specification, not from our client.

const TYPES = [
  '*', 'AllergyIntolerance', 'Binary', 'Condition', 'Device', 'DocumentReference', 'Encounter',
  'Medication', 'MedicationAdministration', 'MedicationRequest', 'MedicationStatement',
  'Observation', 'Organization', 'Patient', 'Person', 'Practitioner', 'PractitionerRole',
  'Procedure', 'Provenance', 'RelatedPerson',
];
const CONTEXT = [
  'openid', 'fhirUser', 'profile', 'launch', 'launch/patient', 'launch/encounter',
  'online_access', 'offline_access',
];
const OF_VERSION_1 = { read: 'rs', write: 'cud', '*': 'cruds' };

// Every way to choose letters of `cruds` in that order.
function choices(letters) {
  if (!letters) return [''];
  const rest = choices(letters.slice(1));
  return [...rest.map((each) => letters[0] + each), ...rest];
}

const VERBS = [...choices('cruds').filter(Boolean), ...Object.keys(OF_VERSION_1)];

export const ALL = [
  ...CONTEXT,
  ...['patient', 'user', 'system'].flatMap((level) =>
    TYPES.flatMap((type) => VERBS.map((verbs) => `${level}/${type}.${verbs}`))),
];

function parsed(scope) {
  const found = /^(patient|user|system)\/([A-Za-z]+|\*)\.([a-z]+|\*)$/.exec(scope);
  return found && { level: found[1], type: found[2], verbs: OF_VERSION_1[found[3]] ?? found[3] };
}

// Who has fhirUser may read the resource of the user, and no other one of its type.
export function isUser(scopes, path, user) {
  return scopes.includes('fhirUser') && user !== undefined && path === `/${user}`;
}

// Whether one of the scopes permits this on resources of the type; a patient's only for them.
export function permits(scopes, type, verb, patients, patient) {
  return scopes.map(parsed).some((scope) => scope
    && ['*', type].includes(scope.type)
    && scope.verbs.includes(verb)
    && (scope.level !== 'patient' || patients.every((id) => id === patient)));
}

const VERB = { GET: 'r', POST: 'c', PUT: 'u', PATCH: 'u', DELETE: 'd' };

// What a FHIR request does, as [type, verb, the patients it names].
export function deed(method, path, query) {
  const [type, id] = path.split('/').filter(Boolean);
  const isSearch = (method === 'GET' && !id) || id === '_search';
  const named = ['patient', 'subject', 'Patient.identifier']
    .flatMap((name) => query.getAll(name))
    .map((value) => value.replace(/^.*Patient\//, ''));
  if (type === 'Patient' && query.has('_id')) named.push(query.get('_id'));
  if (type === 'Patient' && id && !isSearch) named.push(id);
  return [type, isSearch ? 's' : VERB[method] ?? '?', named];
}
