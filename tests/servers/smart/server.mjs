// A strict SMART authorization server with FHIR servers behind it, for tests, on 127.0.0.1 alone.
//
// Prints `READY address` when it listens; ends when its standard input does.

import { createServer } from 'node:http';

import { admin } from './admin.mjs';
import { interaction } from './consent.mjs';
import { fhir } from './fhir.mjs';
import { answer } from './http.mjs';
import { providerAt } from './provider.mjs';

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = providerAt(issuer);
  const oidc = provider.callback();
  server.on('request', (request, response) => {
    route(provider, oidc, request, response).catch((error) => {
      console.error(error);
      if (!response.headersSent) answer(response, 500, { error: error.message });
    });
  });
  console.log(`READY ${issuer}`);
});

async function route(provider, oidc, request, response) {
  const url = new URL(request.url, provider.issuer);
  const [first, second] = url.pathname.split('/').filter(Boolean);
  if (first === 'metadata') return answer(response, 200, {}); // what the tests wait for
  if (first === 'admin') return admin(provider, second, request, response);
  if (first === 'ehr') return fhir(provider, second, url, request, response);
  if (first === 'interaction') return interaction(provider, request, response);
  return oidc(request, response);
}

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
