"""An empty form as a file: a Page of the domain written by python-docx or openpyxl."""

from mailbot.domain.blanks import Ending, Page

__all__ = ["written"]


def written(page: Page, ending: Ending) -> bytes:
    """The file. An Excel file needs a page with a grid."""
    if ending == ".docx":
        from mailbot.adapters.blanks.word import word

        return word(page)
    from mailbot.adapters.blanks.excel import excel

    return excel(page)
