"""Document + form -> ParsedForm: table, sections, labels and free text are the shapes that cover every form in the notices."""

from mailbot.domain.documents import Document
from mailbot.domain.forms import FormType, FreeLayout, LabelsLayout, ParsedForm, SectionsLayout, TableLayout
from parsers.layouts.free import parse_free
from parsers.layouts.labels import parse_labels
from parsers.layouts.sections import parse_sections
from parsers.layouts.table import parse_table

__all__ = ["parse"]


def parse(document: Document, form: FormType) -> ParsedForm:
    """What stands in a document, read by the form's layout. Never raises on any document."""
    match form.layout:
        case TableLayout() as layout:
            return parse_table(document, form, layout)
        case SectionsLayout() as layout:
            return parse_sections(document, form, layout)
        case LabelsLayout() as layout:
            return parse_labels(document, form, layout)
        case FreeLayout():
            return parse_free(document, form)
