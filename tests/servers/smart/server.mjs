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
  forFrames(response);
  if (first === 'interaction') return interaction(provider, request, response);
  return oidc(request, response);
}

// An EHR opens apps in frames, where its authorization server's cookies are those of another site.
// The provider sets such cookies over https alone; browsers take them from this machine all the same.
function forFrames(response) {
  const set = response.setHeader.bind(response);
  response.setHeader = (name, value) => {
    const isCookie = name.toLowerCase() === 'set-cookie';
    return set(name, isCookie ? [value].flat().map(inFrames) : value);
  };
}

const inFrames = (cookie) => `${cookie.replace(/; (samesite=\w+|secure|partitioned)/gi, '')}; samesite=none; secure; partitioned`;

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
