// The authorization server: oidc-provider, and what SMART asks for besides or more strictly.

import { generateKeyPairSync } from 'node:crypto';

import Provider, { errors, interactionPolicy } from 'oidc-provider';

import { ALL } from './scopes.mjs';
import { ehrs, granted, launches, optionsOf, requests, Store, unpredictable } from './state.mjs';

const LONGEST_ASSERTION = 300;
const SIGNING = ['RS384', 'ES384'];

const isRequired = (what) => new errors.InvalidRequest(`${what} is required`);

const extraParams = {
  async aud(ctx, value) {
    if (!value) throw isRequired('aud');
    if (![...ehrs.values()].some(({ base }) => base === value)) {
      throw new errors.InvalidRequest('aud is no FHIR server of ours');
    }
  },
  async launch(ctx, value) {
    const scopes = (ctx.oidc.params.scope ?? '').split(' ');
    if (scopes.includes('launch') !== (value !== undefined)) {
      throw new errors.InvalidRequest('launch goes with the scope launch');
    }
    if (value === undefined) return;
    const launch = launches.get(value);
    if (!launch || launch.used) throw new errors.InvalidRequest('launch is not known');
    if (launch.base !== ctx.oidc.params.aud) throw new errors.InvalidRequest('launch of another');
    launch.used = true;
  },
  async state(ctx, value) {
    if (!value || value.length < 21) throw isRequired('an unpredictable state');
  },
};

function assertion(ctx, claims, header, client) {
  const wrong = (what) => new errors.InvalidClientAuth(`assertion: ${what}`);
  const now = Math.floor(Date.now() / 1000);
  if (header.typ !== 'JWT') throw wrong('typ is not JWT');
  if (!header.kid) throw wrong('no kid');
  if (header.jku && header.jku !== client.jwksUri) throw wrong('jku is not the registered one');
  if (claims.exp > now + LONGEST_ASSERTION) throw wrong('longer than five minutes');
  if (claims.sub !== claims.iss) throw wrong('sub is not iss');
  if (claims.aud !== `${ctx.oidc.issuer}/token`) throw wrong('aud is not the token endpoint');
  if (ctx.oidc.params.client_id) throw wrong('client_id is omitted by confidential clients');
}

function keys() {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
  return [rsa, ec].map((key) => ({ ...key.export({ format: 'jwk' }), use: 'sig' }));
}

// A launch asks anew, whoever is logged in from another one.
function policy() {
  const base = interactionPolicy.base();
  const { Check } = interactionPolicy;
  base.get('login').checks.add(new Check('each_launch', 'each launch asks', (ctx) =>
    (ctx.oidc.result?.login ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT)));
  return base;
}

export function providerAt(issuer) {
  const provider = new Provider(issuer, {
    adapter: Store,
    claims: { openid: ['sub'], fhirUser: ['fhirUser'] },
    conformIdTokenClaims: false,
    cookies: { keys: [unpredictable()] },
    clientAuthMethods: ['none', 'private_key_jwt'],
    assertJwtClientAuthClaimsAndHeader: assertion,
    enabledJWA: {
      clientAuthSigningAlgValues: SIGNING,
      idTokenSigningAlgValues: ['RS256', 'RS384', 'ES384'],
    },
    extraParams,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      revocation: { enabled: true },
    },
    async findAccount(ctx, id) {
      return { accountId: id, claims: async () => ({ sub: id, fhirUser: fhirUser(ctx, id) }) };
    },
    interactions: { policy: policy(), url: (ctx, { uid }) => `/interaction/${uid}` },
    issueRefreshToken: async (ctx, client, code) =>
      code.scopes.has('offline_access') || code.scopes.has('online_access'),
    jwks: { keys: keys() },
    loadExistingGrant: async (ctx) => {
      const id = ctx.oidc.result?.consent?.grantId;
      return id && ctx.oidc.provider.Grant.find(id);
    },
    pkce: { methods: ['S256'], required: () => true },
    rotateRefreshToken: (ctx) => optionsOf(ctx.oidc.client.clientId).rotate,
    scopes: ALL,
    ttl: {
      AccessToken: (ctx, token, client) => optionsOf(client.clientId).expiresIn,
      ClientCredentials: (ctx, token, client) =>
        Math.min(optionsOf(client.clientId).expiresIn, 300),
      AuthorizationCode: 60,
      Grant: 86400,
      IdToken: 300,
      Interaction: 600,
      RefreshToken: 86400,
      Session: 600,
    },
  });
  provider.use(asSmart);
  return provider;
}

function fhirUser(ctx, id) {
  const launch = granted.get(ctx.oidc.entities.Grant?.jti);
  return launch?.fhirUser ?? `${launch?.base}/${id}`;
}

async function asSmart(ctx, next) {
  // SMART apps ask for offline_access without `prompt`, which OpenID Connect wants beside it.
  if (ctx.path === '/auth' && ctx.query.scope?.split(' ').includes('offline_access')) {
    ctx.query = { ...ctx.query, prompt: 'consent' };
  }
  await next();
  if (ctx.oidc?.route !== 'token') return;
  const { client, params, entities } = ctx.oidc;
  const clientId = client?.clientId;
  requests.push({ token: params?.grant_type, clientId, status: ctx.status, error: ctx.body?.error });
  if (!client) return;
  const { delay, dropScopes } = optionsOf(clientId);
  if (delay) await new Promise((resolve) => { setTimeout(resolve, delay); });
  if (ctx.status !== 200) return;
  const launch = granted.get(entities.AccessToken?.grantId);
  if (launch) Object.assign(ctx.body, contextOf(launch, ctx.body.scope ?? ''));
  if (params.grant_type === 'client_credentials') {
    const scopes = (ctx.body.scope ?? '').split(' ');
    if (!scopes.every((scope) => scope.startsWith('system/'))) {
      ctx.status = 400;
      ctx.body = { error: 'invalid_scope' };
      return;
    }
    const kept = scopes.filter((scope) => !dropScopes.includes(scope));
    ctx.body.scope = kept.join(' ');
    granted.set(ctx.body.access_token, { scopes: kept });
  }
}

// What comes with a token: the context, where its scope was granted.
function contextOf(launch, scope) {
  const scopes = scope.split(' ');
  const has = (name) => scopes.includes('launch') || scopes.includes(`launch/${name}`);
  const { patient, encounter, fhirContext, appContext, need_patient_banner: banner } = launch;
  return {
    ...(patient && has('patient') && { patient }),
    ...(encounter && has('encounter') && { encounter }),
    ...(fhirContext && { fhirContext }),
    ...(appContext && { appContext }),
    need_patient_banner: banner ?? true,
    ...launch.answer, // what a test wants to see refused
  };
}
