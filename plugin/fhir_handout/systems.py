"""One spelling for code systems and codes, because charts write the same one in many ways.

In: the `system` and `code` of a Coding. Out: the spelling that value sets use. A system may come
with stray spaces, as an OID, with or without https or a version; ICD-10-CM codes with or without
their dot; an NDC in any of its forms. Sources: FHIR R4, "Using Codes"; FDA, 21 CFR 207.33 (NDC).
"""

from __future__ import annotations

import re
from functools import lru_cache

ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD_10 = "http://hl7.org/fhir/sid/icd-10"
SNOMED_CT = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
NDC = "http://hl7.org/fhir/sid/ndc"
LOINC = "http://loinc.org"

_SAME_SYSTEM = {
    "urn:oid:2.16.840.1.113883.6.90": ICD_10_CM,
    "urn:oid:2.16.840.1.113883.6.3": ICD_10,
    "urn:oid:2.16.840.1.113883.6.96": SNOMED_CT,
    "urn:oid:2.16.840.1.113883.6.88": RXNORM,
    "urn:oid:2.16.840.1.113883.6.73": ATC,
    "http://whocc.no/atc": ATC,
    "http://fhir.de/codesystem/bfarm/atc": ATC,
    "http://fhir.de/codesystem/dimdi/atc": ATC,
    "urn:oid:2.16.840.1.113883.6.69": NDC,
    "urn:oid:2.16.840.1.113883.6.1": LOINC,
}
# NDC is not among them: its tables are far from complete, so that one alone tells nothing.
_KNOWN_SYSTEMS = frozenset({ICD_10_CM, ICD_10, SNOMED_CT, RXNORM, ATC})
# The WHO's ICD-10 and what countries other than the US have made of it, such as icd-10-gm. The
# WHO's signs at the end of a code (dagger, asterisk, German exclamation mark) are no part of it.
_ICD_10 = re.compile(r".*/icd-?10(-(?!cm$|pcs$|us$)[a-z]{2,3})?")
_ICD_SIGNS = "+*!†"
# Codes that stand where nothing is known: IPS says with them that a list is empty (no-known-...) or
# that there is none (no-...-info).
_IPS_ABSENT = "http://hl7.org/fhir/uv/ips/codesystem/absent-unknown-uv-ips"
_NOTHING_KNOWN = {
    "http://terminology.hl7.org/codesystem/v3-nullflavor",
    "http://hl7.org/fhir/v3/nullflavor",
    "urn:oid:2.16.840.1.113883.5.1008",
    "http://terminology.hl7.org/codesystem/data-absent-reason",
}
_OTHER = {"oth", "na", "not-applicable"}
_STRAY = "\ufeff\u200b"
_STRAYS = frozenset(_STRAY)
_LABELER, _PRODUCT = 5, 4
_DIGITS = re.compile(r"[0-9]+", re.ASCII)


@lru_cache(maxsize=256)
def normal_system(system: str) -> str:
    """The one spelling of a code system that value sets use."""
    url = system.partition("|")[0].strip(_STRAY).strip().rstrip("/").lower()
    if url.startswith("https://"):
        url = "http://" + url.removeprefix("https://")
    if url.startswith("2.16.840."):
        url = "urn:oid:" + url
    if url.startswith(SNOMED_CT + "/"):
        return SNOMED_CT
    if _ICD_10.fullmatch(url):
        return ICD_10
    return _SAME_SYSTEM.get(url, url)


def normal_code(system: str, code: str) -> str:
    """The one spelling of a code of a normal system: ICD codes in capitals with their dot."""
    code = code.strip()
    if code[:1] in _STRAYS or code[-1:] in _STRAYS:
        code = code.strip(_STRAY).strip()
    if system in (ICD_10_CM, ICD_10):
        code = code.rstrip(_ICD_SIGNS)
        bare = code.upper().replace(".", "")
        return bare if len(bare) <= 3 else f"{bare[:3]}.{bare[3:]}"
    return code.upper() if system == ATC else code


def normal_key(system: str, code: str) -> tuple[str, str]:
    """The one spelling of a code system and of a code in it."""
    normal = normal_system(system)
    return normal, normal_code(normal, code)


def is_known_system(system: str) -> bool:
    """Whether codes of this system can be judged at all."""
    return normal_system(system) in _KNOWN_SYSTEMS


def is_absence(system: str, code: str) -> bool:
    """Whether a code says that there is nothing of the kind, such as no known problems."""
    return normal_system(system) == _IPS_ABSENT and code.strip().startswith("no-known-")


def is_unknown(system: str, code: str) -> bool:
    """Whether a code says no more than that nothing is known."""
    url, name = normal_system(system), code.strip().lower()
    if url == _IPS_ABSENT:
        return not is_absence(system, name)
    return url in _NOTHING_KNOWN and name not in _OTHER


def normal_unit(unit: str) -> str:
    """The one spelling of a unit: in small letters and without spaces."""
    return "".join(unit.split()).lower()


def ndc_products(code: str) -> tuple[str, ...]:
    """The products an NDC may mean, each as 5 digits of the labeler and 4 of the product.

    With hyphens, or with 9 or 11 digits, it means one. Ten bare digits may have been written as
    4-4-2, 5-3-2 or 5-4-1: they mean three. `*` stands for a filled-in zero. None where it is none.
    """
    code = code.strip().strip(_STRAY).strip()
    if "-" in code:
        return _hyphenated(code.replace("*", "").split("-"))
    code = code.replace("*", "0")
    if not _DIGITS.fullmatch(code):
        return ()
    if len(code) == 12 and code[0] == "0":
        code = code[1:]
    if len(code) in (9, 11):
        return (code[:9],)
    if len(code) == 10:
        return (f"0{code[:8]}", f"{code[:5]}0{code[5:8]}", code[:9])
    return ()


def _hyphenated(parts: list[str]) -> tuple[str, ...]:
    if len(parts) not in (2, 3) or not all(_DIGITS.fullmatch(part) for part in parts):
        return ()
    labeler, product = parts[0].lstrip("0"), parts[1]
    if len(labeler) > _LABELER or len(product) > _PRODUCT:
        return ()
    return (f"{labeler:0>{_LABELER}}{product:0>{_PRODUCT}}",)
