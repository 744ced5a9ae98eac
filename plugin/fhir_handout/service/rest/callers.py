"""Who calls, and which EHRs they may use.

In: a request with `Authorization: Bearer TOKEN`. Out: the `ApiClient` whose token it is;
`Unauthorized` without one, `NotAllowed` not-your-tenant for an EHR that is not theirs. A client
whose settings name no tenant may use none: it gets handouts only for records that it sends.
"""

from __future__ import annotations

import hashlib
from secrets import compare_digest
from typing import Annotated, cast

from fastapi import Depends, Request

from fhir_handout.errors import NotAllowed
from fhir_handout.service.asked import service_of
from fhir_handout.service.problems import Unauthorized
from fhir_handout.service.running import Ready, Service
from fhir_handout.service.tables import ApiClient


def authorized(request: Request) -> ApiClient:
    """The client whose token came with a request; every known token is compared."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("this needs a token: Authorization: Bearer TOKEN", "no-token")
    digest = hashlib.sha256(token.strip().encode("latin-1")).hexdigest()
    clients = service_of(request).settings.table.clients
    found = [client for client in clients if compare_digest(client.token_sha256, digest)]
    if not found:
        raise Unauthorized(
            "nobody has this token here; check service.clients",
            "invalid-token",
            'Bearer error="invalid_token"',
        )
    return found[0]


def caller_of(request: Request) -> ApiClient:
    """The client that `routes.ApiRoute` let in."""
    return cast(ApiClient, request.state.caller)


Caller = Annotated[ApiClient, Depends(caller_of)]


def tenant_for(caller: ApiClient, name: str, service: Service) -> Ready:
    """An EHR that this client may use; of any other it does not learn whether there is one."""
    if name not in caller.tenants:
        raise NotAllowed(
            "not-your-tenant",
            "this token is for no EHR of this name; check the tenants of its "
            "client in service.clients",
        )
    return service.tenant(name)
