// The FHIR servers: what comes with a valid access token whose scopes cover it is passed on.

import { answer, bodyOf, outcome } from './http.mjs';
import { ALL, deed, isUser, permits } from './scopes.mjs';
import { ehrs, granted, requests } from './state.mjs';

const CAPABILITIES = [
  'launch-ehr', 'launch-standalone', 'authorize-post', 'client-public',
  'client-confidential-asymmetric', 'sso-openid-connect', 'context-banner', 'context-ehr-patient',
  'context-ehr-encounter', 'context-standalone-patient', 'context-standalone-encounter',
  'permission-offline', 'permission-online', 'permission-patient', 'permission-user',
  'permission-v1', 'permission-v2',
];
const PASSED_ON = ['accept', 'content-type', 'if-none-exist', 'if-match', 'prefer', 'cache-control'];
const PASSED_BACK = ['content-type', 'etag', 'last-modified'];

export async function fhir(provider, number, url, request, response) {
  const ehr = ehrs.get(number);
  const path = url.pathname.slice(`/ehr/${number}/fhir`.length);
  if (!ehr) return outcome(response, 404, 'no such EHR');
  if (path === '/.well-known/smart-configuration') {
    return answer(response, 200, { ...configuration(provider.issuer), ...ehr.configuration });
  }
  const body = await bodyOf(request);
  if (path !== '/metadata') {
    const refused = await refusal(provider, ehr, request, path, url.searchParams, body);
    requests.push({ fhir: request.method, status: refused?.[0] ?? 200 });
    if (refused) return outcome(response, refused[0], refused[1], refused[2]);
  }
  return passOn(ehr, path + url.search, request, body, response);
}

function configuration(issuer) {
  return {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    revocation_endpoint: `${issuer}/token/revocation`,
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
    grant_types_supported: ['authorization_code', 'client_credentials'],
    scopes_supported: ALL.filter((scope) => !/\.[cruds]/.test(scope)),
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    capabilities: CAPABILITIES,
  };
}

// Why a request is refused: status, reason, headers; undefined where it is not.
async function refusal(provider, ehr, request, path, query, body) {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  const held = scheme === 'Bearer' && token && await permission(provider, ehr, token);
  if (!held) return [401, 'no valid access token', { 'WWW-Authenticate': 'Bearer' }];
  const deeds = path === '' || path === '/'
    ? deedsOf(body)
    : [deed(request.method, path, merged(query, request, body))];
  if (request.method === 'GET' && isUser(held.scopes, path, held.user)) return undefined;
  const refused = deeds.find(([type, verb, patients]) =>
    !permits(held.scopes, type, verb, patients, held.patient));
  return refused && [403, `the token does not permit ${refused[1]} of ${refused[0]}`];
}

async function permission(provider, ehr, token) {
  const person = await provider.AccessToken.find(token);
  if (person && !person.isExpired) {
    const launch = granted.get(person.grantId);
    if (launch?.base !== ehr.base) return undefined;
    return {
      scopes: (person.scope ?? '').split(' '), patient: launch.patient, user: launch.user,
    };
  }
  const service = await provider.ClientCredentials.find(token);
  return service && !service.isExpired ? granted.get(token) : undefined;
}

function deedsOf(body) {
  const bundle = JSON.parse(body.length ? body : '{}');
  return (bundle.entry ?? []).map(({ request }) => {
    const [path, query] = (request?.url ?? '').split('?');
    return deed(request?.method, path, new URLSearchParams(query));
  });
}

function merged(query, request, body) {
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  return isForm ? new URLSearchParams([...query, ...new URLSearchParams(body.toString())]) : query;
}

// Addresses of the server behind become ours, or a client would rightly not follow them.
async function passOn(ehr, rest, request, body, response) {
  const headers = Object.fromEntries(
    PASSED_ON.filter((name) => name in request.headers).map((name) => [name, request.headers[name]]),
  );
  const ours = (text) => text.replaceAll(ehr.upstream, ehr.base);
  const found = await fetch(ehr.upstream + rest, {
    method: request.method,
    headers,
    redirect: 'manual',
    ...(body.length && { body: body.toString().replaceAll(ehr.base, ehr.upstream) }),
  });
  const back = Object.fromEntries(
    PASSED_BACK.filter((name) => found.headers.has(name)).map((name) => [name, found.headers.get(name)]),
  );
  for (const name of ['location', 'content-location']) {
    if (found.headers.has(name)) back[name] = ours(found.headers.get(name));
  }
  response.writeHead(found.status, back);
  response.end(ours(await found.text()));
}
