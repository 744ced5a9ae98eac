// What tests told the server: EHRs, launches, clients' options, and what was granted to whom.

import { randomBytes } from 'node:crypto';

export const ehrs = new Map(); // number → { upstream, base }
export const launches = new Map(); // launch → what the EHR knows of it
export const options = new Map(); // client_id → options
export const granted = new Map(); // grant id → what the EHR knows of the launch
export const requests = []; // what came to the token endpoint and to the FHIR servers

export const unpredictable = () => randomBytes(16).toString('base64url');

const USUAL = {
  auto: true, // log in and consent without anybody; else a page asks
  expiresIn: 3600, // of access tokens, in seconds
  rotate: true, // a refresh token serves once
  delay: 0, // of token answers, in milliseconds
  dropScopes: [], // granted to nobody, and not mentioned
  deny: false,
  standalone: {}, // the launch that an app gets that was not opened by the EHR
};

export function optionsOf(clientId) {
  return { ...USUAL, ...(options.get(clientId) ?? {}) };
}

// Everything the provider keeps: sessions, codes, tokens, clients.
const stored = new Map();
const ofGrant = new Map();

export class Store {
  constructor(model) {
    this.model = model;
  }

  #key(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload) {
    stored.set(this.#key(id), payload);
    if (payload.grantId && this.model !== 'Interaction') {
      const keys = ofGrant.get(payload.grantId) ?? new Set();
      ofGrant.set(payload.grantId, keys.add(this.#key(id)));
    }
  }

  async find(id) {
    return stored.get(this.#key(id));
  }

  async findByUid(uid) {
    return [...stored.values()].find((each) => each.uid === uid && each.kind === this.model);
  }

  async consume(id) {
    stored.get(this.#key(id)).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    stored.delete(this.#key(id));
  }

  async revokeByGrantId(grantId) {
    for (const key of ofGrant.get(grantId) ?? []) stored.delete(key);
  }
}
