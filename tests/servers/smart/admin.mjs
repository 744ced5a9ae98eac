// What tests set up: EHRs, clients, launches; and what they look at or take away.

import { answer, jsonOf } from './http.mjs';
import { ehrs, granted, launches, options, requests, Store, unpredictable } from './state.mjs';

const ACTIONS = {
  // {upstream, configuration?} → {base}: a FHIR server of an EHR of its own
  async ehrs(provider, { upstream, configuration }) {
    const number = unpredictable();
    const base = `${provider.issuer}/ehr/${number}/fhir`;
    ehrs.set(number, { upstream, base, configuration });
    return { base };
  },
  // {client, options?}: a client's metadata as of RFC 7591, without its id → {client_id}
  async clients(provider, { client, options: set }) {
    const clientId = `app-${unpredictable()}`;
    const metadata = { client_id: clientId, grant_types: ['authorization_code', 'refresh_token'], ...client };
    await new Store('Client').upsert(clientId, metadata);
    options.set(clientId, set ?? {});
    await provider.Client.find(clientId); // throws where the metadata is wrong
    return { client_id: clientId };
  },
  // {client_id, …options}
  async options(provider, { client_id: clientId, ...set }) {
    options.set(clientId, { ...options.get(clientId), ...set });
    return {};
  },
  // {client_id}: fetch its keys anew, as if the time had passed for which the server keeps them
  async keys(provider, { client_id: clientId }) {
    (await provider.Client.find(clientId)).asymmetricKeyStore.freshUntil = 0;
    return {};
  },
  // {base, user?, patient?, encounter?, …} → {launch, iss}
  async launches(provider, launch) {
    const id = unpredictable();
    launches.set(id, launch);
    return { launch: id, iss: launch.base };
  },
  // {token}: end an access token and all that was granted with it
  async revoke(provider, { token }) {
    const found = await provider.AccessToken.find(token);
    if (found) {
      await new Store('AccessToken').revokeByGrantId(found.grantId);
      await new Store('Grant').destroy(found.grantId);
    }
    granted.delete(token);
    return { revoked: found !== undefined };
  },
  // → what came to the token endpoint and the FHIR servers; `client_id` for its own
  async requests() {
    return { requests };
  },
};

export async function admin(provider, name, request, response) {
  const action = ACTIONS[name];
  if (!action || request.method !== 'POST') {
    answer(response, 404, {});
    return;
  }
  try {
    answer(response, 200, await action(provider, await jsonOf(request)));
  } catch (error) {
    answer(response, 400, { error: String(error.error_description ?? error.message) });
  }
}
