// Reading requests and answering them, with nothing but Node.

export async function bodyOf(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces);
}

export async function jsonOf(request) {
  const body = await bodyOf(request);
  return body.length ? JSON.parse(body) : {};
}

export function answer(response, status, body, headers = {}) {
  const isText = typeof body === 'string';
  response.writeHead(status, {
    'Content-Type': isText ? 'text/html; charset=utf-8' : 'application/json',
    'Cache-Control': 'no-store',
    ...headers,
  });
  response.end(isText ? body : JSON.stringify(body));
}

export function outcome(response, status, diagnostics, headers = {}) {
  const issue = [{ severity: 'error', code: 'security', diagnostics }];
  answer(response, status, { resourceType: 'OperationOutcome', issue }, {
    'Content-Type': 'application/fhir+json',
    ...headers,
  });
}
