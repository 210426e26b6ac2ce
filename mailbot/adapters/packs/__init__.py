"""Packs and forms as YAML files that people edit: written by hand rather than by a library, for the comments between the keys."""

from mailbot.adapters.packs.forms import form_yaml
from mailbot.adapters.packs.packs import pack_yaml
from mailbot.domain.notices.draft import DraftForm
from mailbot.domain.notices.pack import Pack

__all__ = ["YamlPacks", "form_yaml", "pack_yaml"]


class YamlPacks:
    def pack(self, pack: Pack, *, among_rules: bool = False) -> str:
        return pack_yaml(pack, among_rules=among_rules)

    def form(self, drafted: DraftForm, title: str, *, among_rules: bool = False) -> str:
        return form_yaml(drafted, title, among_rules=among_rules)
