"""Everything that is known about ID photos, as one frozen value that is handed around."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from daemon.domain.idphoto.colour import Colour, Gradient, SpecialGround
from daemon.domain.idphoto.preset import Ambiguity, Paper, Preset


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """The rules, the colours and the words.

    Attributes:
        presets: By key, in the order of the data.
        papers: By key.
        colours: By key.
        gradients: By key.
        specials: ``transparent`` and ``keep``, by key.
        ambiguities: Words that name more than one frame.
        countries: ISO code → words for the country.
        lexicon: What is asked for → phrases that ask for it.
    """

    presets: Mapping[str, Preset]
    papers: Mapping[str, Paper]
    colours: Mapping[str, Colour]
    gradients: Mapping[str, Gradient]
    specials: Mapping[str, SpecialGround]
    ambiguities: tuple[Ambiguity, ...]
    countries: Mapping[str, tuple[str, ...]]
    lexicon: Mapping[str, tuple[str, ...]]

    def search(self, country: str = "", words: str = "") -> Iterator[Preset]:
        """Presets of a country (code or one of its words) whose key or names hold the words."""
        code = self.country_code(country)
        wanted = words.casefold().strip()
        for preset in self.presets.values():
            named = " ".join((preset.key, preset.document, *preset.names.every)).casefold()
            if (not country or preset.country == code) and wanted in named:
                yield preset

    def country_code(self, words: str) -> str:
        """The code of a country by code or by word; what is unknown comes back in capitals."""
        folded = words.casefold().strip()
        for code, names in self.countries.items():
            if folded == code.casefold() or folded in (name.casefold() for name in names):
                return code
        return words.upper().strip()

    def preset_called(self, words: str) -> Preset | None:
        """The preset of that key, or the only one that is called so."""
        if words in self.presets:
            return self.presets[words]
        folded = words.casefold().strip()
        found = [
            preset
            for preset in self.presets.values()
            if folded in {preset.key, *(name.casefold() for name in preset.names.every)}
        ]
        return found[0] if len(found) == 1 else None

    def nearest_preset(self, key: str) -> str | None:
        """The key that was probably meant."""
        return next(iter(difflib.get_close_matches(key, self.presets, n=1, cutoff=0.5)), None)
