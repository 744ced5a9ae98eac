"""RxNorm releases made for tests: made-up products in the real columns and relationships.

Ingredients have their real RXCUIs, so that the pack's value sets start from them; everything else
has numbers above nine million, which no release has reached.
"""

from dataclasses import dataclass, field
from pathlib import Path

FUROSEMIDE, AMILORIDE, HYDROCHLOROTHIAZIDE, MANNITOL = "4603", "644", "5487", "6628"
ACETAMINOPHEN = "161"

INVERSE = {
    "consists_of": "constitutes",
    "contains": "contained_in",
    "form_of": "has_form",
    "has_dose_form": "dose_form_of",
    "has_ingredient": "ingredient_of",
    "has_ingredients": "ingredients_of",
    "has_part": "part_of",
    "has_precise_ingredient": "precise_ingredient_of",
    "isa": "inverse_isa",
    "tradename_of": "has_tradename",
}


@dataclass
class Release:
    """The rows of a release, as lists of columns, until `write` makes files of them."""

    conso: list[list[str]] = field(default_factory=list)
    rel: list[list[str]] = field(default_factory=list)
    sat: list[list[str]] = field(default_factory=list)
    sab: list[list[str]] = field(default_factory=list)

    def named(self, rxcui, term_type, name, source="RXNORM", suppress="N"):
        atom = f"8{len(self.conso)}"
        row = [rxcui, "ENG", *[""] * 5, atom, "", rxcui, "", source, term_type, rxcui, name]
        self.conso.append([*row, "", suppress, "4096"])
        return rxcui

    def related(self, second, relation, first, source="RXNORM"):
        """`second` has this relationship to `first`; a release has a row for either direction."""
        for row in ((first, second, relation), (second, first, INVERSE[relation])):
            self.one_row(*row, source)

    def one_row(self, rxcui1, rxcui2, relation, source="RXNORM"):
        row = [rxcui1, "", "CUI", "RO", rxcui2, "", "CUI", relation, f"7{len(self.rel)}", ""]
        self.rel.append([*row, source, "", "", "", "", "4096"])

    def ndc(self, rxcui, code, source="RXNORM", suppress="N"):
        row = [rxcui, "", "", f"8{len(self.sat)}", "AUI", rxcui, "", "", "NDC", source, code]
        self.sat.append([*row, suppress, "4096"])

    def versioned(self, version):
        row = ["", "", f"RXNORM_{version}", "RXNORM", "RxNorm", "RXNORM", version, *[""] * 14]
        self.sab.append([*row, "Y", "Y", "RxNorm", ""])

    def product(self, rxcui, name, ingredients, brand=None):
        """A product of components: SCD with an SCDC and a form for it, or an SBD of that."""
        generic = self.named(rxcui, "SCD", name)
        for number, ingredient in enumerate(ingredients, start=1):
            component = self.named(f"{rxcui}{number}", "SCDC", f"{name.split(' Oral')[0]}")
            self.related(component, "has_ingredient", ingredient)
            self.related(generic, "consists_of", component)
        if brand:
            branded = self.named(f"{rxcui}9", "SBD", f"{name} [{brand}]")
            self.related(branded, "tradename_of", generic)
            self.related(branded, "has_ingredient", brand)
            return branded
        return generic

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("conso", "rel", "sat", "sab"):
            rows = getattr(self, name)
            if rows or name != "sab":
                text = "".join("|".join(row) + "|\n" for row in rows)
                (folder / f"RXN{name.upper()}.RRF").write_text(text, "utf-8")
        return folder


# What the release below has of furosemide, by what it is
SALT, COMPONENT, FORM, GROUP, TABLET = "9000001", "9000002", "9000003", "9000004", "9000005"
SALT_COMPONENT, SALT_FORM, SALT_GROUP, INJECTION = "9000006", "9000007", "9000008", "9000009"
BRAND, BRAND_COMPONENT, BRAND_FORM, BRAND_GROUP, BRAND_TABLET, BRAND_SALT_FORM = (
    *("9000010", "9000011", "9000012", "9000013", "9000014", "9000015"),
)
MIXED_BRAND, MIXED_WITH, MIXED_WITHOUT = "9000020", "90000219", "90000229"
COMBINED, COMBINATION_TABLET = "9000030", "9000031"
GENERIC_PACK, CREAM_IN_PACK, BRAND_PACK = "9000040", "9000041", "9000042"
LOCAL_BRAND, LOCAL_FORM, LOCAL_CREAM = "9000050", "9000051", "9000052"
LOCAL_COMPONENT, LOCAL_BRANDED = "9000053", "9000054"
RETIRED = "9000060"
OF_ANOTHER_SOURCE, TABLET_FORM, PAINKILLER, POWDER, OLD_POWDER = (
    *("9000070", "9000080", "9000090", "9000095", "9000096"),
)

LOCAL = {LOCAL_BRAND, LOCAL_FORM, LOCAL_CREAM, LOCAL_COMPONENT, LOCAL_BRANDED, CREAM_IN_PACK}


def small_release() -> Release:
    """One of everything that RxNorm knows, around furosemide."""
    r = Release()
    r.versioned("20AA_261102F")
    for rxcui, name in (
        *((FUROSEMIDE, "furosemide"), (AMILORIDE, "amiloride"), (MANNITOL, "mannitol")),
        *((HYDROCHLOROTHIAZIDE, "hydrochlorothiazide"), (ACETAMINOPHEN, "acetaminophen")),
    ):
        r.named(rxcui, "IN", name)
    _generics(r)
    _brands(r)
    _combinations_and_packs(r)
    _local(r)
    _what_does_not_count(r)
    _ndcs(r)
    return r


def _generics(r: Release) -> None:
    r.named(SALT, "PIN", "furosemide sodium")
    r.related(SALT, "form_of", FUROSEMIDE)
    r.named(COMPONENT, "SCDC", "furosemide 40 MG")
    r.named(FORM, "SCDF", "furosemide Oral Tablet")
    r.named(GROUP, "SCDG", "furosemide Oral Product")
    r.named(TABLET, "SCD", "furosemide 40 MG Oral Tablet")
    r.named(TABLET, "PSN", "furosemide 40 MG tablet")
    for having in (COMPONENT, FORM, GROUP):
        r.related(having, "has_ingredient", FUROSEMIDE)
    r.related(TABLET, "consists_of", COMPONENT)
    for general in (FORM, GROUP):
        r.related(TABLET, "isa", general)
    r.named(SALT_COMPONENT, "SCDC", "furosemide sodium 10 MG/ML")
    r.named(SALT_FORM, "SCDFP", "furosemide sodium Injection")
    r.named(SALT_GROUP, "SCDGP", "furosemide sodium Injectable Product")
    r.named(INJECTION, "SCD", "furosemide sodium 10 MG/ML Injection")
    for having in (SALT_COMPONENT, SALT_FORM, SALT_GROUP):
        r.related(having, "has_precise_ingredient", SALT)
    r.related(INJECTION, "consists_of", SALT_COMPONENT)
    r.named(TABLET_FORM, "DF", "Oral Tablet")
    r.related(TABLET, "has_dose_form", TABLET_FORM)
    r.product(RETIRED, "furosemide 60 MG Oral Tablet", [FUROSEMIDE])
    r.conso[-2][16] = "O"


def _brands(r: Release) -> None:
    r.named(BRAND, "BN", "Waterlix")
    r.related(BRAND, "tradename_of", FUROSEMIDE)
    for rxcui, term_type, name, generic in (
        (BRAND_COMPONENT, "SBDC", "furosemide 40 MG [Waterlix]", COMPONENT),
        (BRAND_FORM, "SBDF", "furosemide Oral Tablet [Waterlix]", FORM),
        (BRAND_SALT_FORM, "SBDFP", "furosemide sodium Injection [Waterlix]", SALT_FORM),
        (BRAND_GROUP, "SBDG", "Waterlix Oral Product", GROUP),
        (BRAND_TABLET, "SBD", "furosemide 40 MG Oral Tablet [Waterlix]", TABLET),
    ):
        r.named(rxcui, term_type, name)
        r.related(rxcui, "tradename_of", generic)
        r.related(rxcui, "has_ingredient", BRAND)
    r.named(MIXED_BRAND, "BN", "Mixol")
    for ingredient in (FUROSEMIDE, ACETAMINOPHEN):
        r.related(MIXED_BRAND, "tradename_of", ingredient)
    r.product(MIXED_WITH[:-1], "furosemide 20 MG Oral Capsule", [FUROSEMIDE], MIXED_BRAND)
    r.product(MIXED_WITHOUT[:-1], "acetaminophen 5 MG Oral Capsule", [ACETAMINOPHEN], MIXED_BRAND)


def _combinations_and_packs(r: Release) -> None:
    r.named(COMBINED, "MIN", "amiloride / hydrochlorothiazide")
    both = (AMILORIDE, HYDROCHLOROTHIAZIDE)
    for ingredient in both:
        r.related(COMBINED, "has_part", ingredient)
    name = "amiloride 5 MG / hydrochlorothiazide 50 MG Oral Tablet"
    r.related(r.product(COMBINATION_TABLET, name, both), "has_ingredients", COMBINED)
    r.named(CREAM_IN_PACK, "SCD", "furosemide 1 MG/ML Topical Cream")
    r.related(CREAM_IN_PACK, "consists_of", LOCAL_COMPONENT)
    name = "{10 (furosemide 40 MG Oral Tablet) / 1 (furosemide 1 MG/ML Topical Cream) } Pack"
    r.named(GENERIC_PACK, "GPCK", name)
    for inside in (TABLET, CREAM_IN_PACK):
        r.related(GENERIC_PACK, "contains", inside)
    r.named(BRAND_PACK, "BPCK", f"{name} [Waterlix Kit]")
    r.related(BRAND_PACK, "tradename_of", GENERIC_PACK)


def _local(r: Release) -> None:
    r.named(LOCAL_BRAND, "BN", "Skinlix")
    r.related(LOCAL_BRAND, "tradename_of", FUROSEMIDE)
    r.named(LOCAL_FORM, "SCDF", "furosemide Topical Cream")
    r.related(LOCAL_FORM, "has_ingredient", FUROSEMIDE)
    r.named(LOCAL_COMPONENT, "SCDC", "furosemide 1 MG/ML")
    r.related(LOCAL_COMPONENT, "has_ingredient", FUROSEMIDE)
    r.named(LOCAL_CREAM, "SCD", "furosemide 1 MG/ML Topical Cream, mild")
    r.related(LOCAL_CREAM, "consists_of", LOCAL_COMPONENT)
    r.related(LOCAL_CREAM, "isa", LOCAL_FORM)
    r.named(LOCAL_BRANDED, "SBD", "furosemide 1 MG/ML Topical Cream [Skinlix]")
    r.related(LOCAL_BRANDED, "tradename_of", LOCAL_CREAM)
    r.related(LOCAL_BRANDED, "has_ingredient", LOCAL_BRAND)
    r.product(POWDER, "mannitol 40 MG Inhalation Powder", [MANNITOL])
    r.product(OLD_POWDER, "mannitol 5 MG Inhalant Powder", [MANNITOL])


def _what_does_not_count(r: Release) -> None:
    r.product(PAINKILLER, "acetaminophen 325 MG Oral Tablet", [ACETAMINOPHEN])
    r.named(OF_ANOTHER_SOURCE, "CD", "FUROSEMIDE 40MG TAB", source="VANDF")
    r.named(FUROSEMIDE, "IN", "FUROSEMIDE, AS ANOTHER SOURCE SAYS", source="MTHSPL")
    r.conso[-1][10] = "RXNORM"
    r.conso.insert(0, r.conso.pop())
    r.related(OF_ANOTHER_SOURCE, "has_ingredient", FUROSEMIDE, source="VANDF")
    r.related(PAINKILLER, "has_ingredient", FUROSEMIDE, source="MMSL")  # of a source, and wrong
    for row in r.rel[-2:]:
        row[11] = "RXNORM"  # named beside the source, it is not the source
    r.rel.append(["", "81", "AUI", "SY", "", "82", "AUI", "isa", "", "", "RXNORM", *[""] * 5])


def _ndcs(r: Release) -> None:
    for rxcui, code in (
        (TABLET, "00054429725"),
        (TABLET, "0054-3298-63"),
        (BRAND_TABLET, "12345-678-90"),
        (INJECTION, "12345-6789-1"),
        (INJECTION, "1234567890"),  # ten digits: which part lacks its zero?
        (COMBINATION_TABLET, "00378057701"),
        (LOCAL_CREAM, "00111222233"),
        (PAINKILLER, "00111222244"),
        (GENERIC_PACK, "00111222255"),
    ):
        r.ndc(rxcui, code)
    r.ndc(RETIRED, "00111222266", suppress="O")
    r.ndc(TABLET, "000111222277", source="VANDF")
    r.sat[-1][7] = "RXNORM"
