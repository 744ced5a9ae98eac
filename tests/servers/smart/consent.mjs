// Log in and consent: at once, or by a page where a person may deny.

import { answer, bodyOf } from './http.mjs';
import { granted, launches, optionsOf } from './state.mjs';

const PAGE = `<!doctype html><html lang="en"><title>Test authorization</title>
<h1>Test authorization</h1><form method="post">
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button></form></html>`;

export async function interaction(provider, request, response) {
  const { params, prompt } = await provider.interactionDetails(request, response);
  const options = optionsOf(params.client_id);
  const launch = launchOf(params, options);
  let isDenied = launch.deny ?? options.deny;
  if (!options.auto) {
    if (request.method !== 'POST') {
      answer(response, 200, PAGE);
      return;
    }
    isDenied = (await bodyOf(request)).toString() !== 'decision=allow';
  }
  const result = isDenied
    ? { error: 'access_denied', error_description: 'they said no' }
    : await consent(provider, params, launch, options, prompt);
  await provider.interactionFinished(request, response, result, {
    mergeWithLastSubmission: false,
  });
}

function launchOf(params, options) {
  const launch = params.launch ? launches.get(params.launch) : options.standalone;
  return { user: 'Practitioner/test-user', ...launch, base: params.aud };
}

async function consent(provider, params, launch, options) {
  const grant = new provider.Grant({ accountId: launch.user, clientId: params.client_id });
  const dropped = new Set([...options.dropScopes, ...(launch.dropScopes ?? [])]);
  const scopes = params.scope.split(' ');
  grant.addOIDCScope(scopes.filter((scope) => !dropped.has(scope)).join(' '));
  grant.rejectOIDCScope(scopes.filter((scope) => dropped.has(scope)).join(' '));
  const grantId = await grant.save();
  granted.set(grantId, launch);
  return { login: { accountId: launch.user, remember: false }, consent: { grantId } };
}
