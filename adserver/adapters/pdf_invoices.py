"""Invoices as PDF, by ReportLab: A4, text that can be searched, the same bytes for the same invoice."""

import io
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from adserver.billing.invoice import Invoice, InvoiceLine, LineKind, shown_number
from adserver.billing.tax import shown_percent

_FONTS = Path(__file__).parent / "fonts"
_SANS, _BOLD = "DejaVuSans", "DejaVuSans-Bold"
_MARGIN = 20 * mm
_WIDTHS = (70 * mm, 38 * mm, 24 * mm, 33 * mm)
_GREY = colors.HexColor("#667085")
KINDS = {
    LineKind.DELIVERY: "Delivered",
    LineKind.REFUND: "Refund",
    LineKind.MAKE_GOOD: "Make-good",
}
LATE = "of earlier months"

Say = Callable[[str, str], str]
"""A sentence in a language."""


class ShowMoney(Protocol):
    """Micros of a currency as a language writes them; ``exact`` to the micro."""

    def __call__(self, language: str, micros: int, currency: str, *, exact: bool = False) -> str:
        """Such as ``1 234,50 €``."""


class PdfInvoices:
    """Implements :class:`adserver.ports.PrintInvoice`.

    Args:
        say: of the language and the English sentence.
        money: of the language, micros and currency.
    """

    def __init__(self, say: Say, money: ShowMoney) -> None:
        self._say = say
        self._money = money

    def __call__(self, invoice: Invoice, language: str) -> bytes:
        """See the port."""
        _register()
        file = io.BytesIO()
        title = f"{self._title(invoice, language)} {invoice.shown_number}"
        document = SimpleDocTemplate(
            file, pagesize=A4, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN,
            bottomMargin=_MARGIN, title=title, author=invoice.issuer[0], invariant=1, lang=language,
        )  # fmt: skip

        def foot(canvas: Any, _document: Any) -> None:
            canvas.setFont(_SANS, 8)
            canvas.setFillColor(_GREY)
            canvas.drawString(_MARGIN, 12 * mm, title)
            canvas.drawRightString(A4[0] - _MARGIN, 12 * mm, str(canvas.getPageNumber()))

        document.build(self._story(invoice, language, title), onFirstPage=foot, onLaterPages=foot)
        return file.getvalue()

    def _title(self, invoice: Invoice, language: str) -> str:
        return self._say(language, "Credit note" if invoice.credit_note else "Invoice")

    def _story(self, invoice: Invoice, language: str, title: str) -> list[Flowable]:
        whom, *address = invoice.billed_to or (invoice.advertiser,)
        vat_id = self._say(language, "VAT id")
        facts = [
            (self._say(language, "Billed to"), whom),
            *(("", line) for line in address),
            *([(vat_id, invoice.vat_id)] if invoice.vat_id else []),
            (self._say(language, "Month"), f"{invoice.month} ({invoice.timezone})"),
            (self._say(language, "Issued on"), invoice.issued_on.isoformat()),
        ]
        told = [Paragraph(f"{escape(name)} <b>{escape(value)}</b>", _style()) for name, value in facts]
        lines = (*invoice.issuer, *([f"{vat_id} {invoice.issuer_vat_id}"] if invoice.issuer_vat_id else []))
        issuer = [Paragraph(escape(line), _style()) for line in lines]
        small = _style(8, colour=_GREY)
        return [
            *issuer,
            Spacer(0, 12 * mm),
            Paragraph(escape(title), _style(16, _BOLD)),
            Spacer(0, 4 * mm),
            *told,
            Spacer(0, 8 * mm),
            self._table(invoice, language),
            Spacer(0, 6 * mm),
            *(Paragraph(escape(note), small) for note in self._notes(invoice, language)),
        ]

    def _notes(self, invoice: Invoice, language: str) -> list[str]:
        notes = [self._say(language, note) for note in invoice.tax_notes]
        if invoice.corrects:
            numbers = ", ".join(map(shown_number, invoice.corrects))
            notes.append(f"{self._say(language, 'Corrects')} {numbers}")
        return notes

    def _table(self, invoice: Invoice, language: str) -> Table:
        def right(text: str, font: str = _SANS) -> Paragraph:
            return Paragraph(escape(text), _style(font=font, alignment=2))

        def amount(micros: int) -> str:
            return self._money(language, micros, invoice.currency, exact=True)

        heads = [self._say(language, word) for word in ("Campaign", "What", "Number", "Amount")]
        rows: list[list[Any]] = [
            [
                *(Paragraph(escape(word), _style(font=_BOLD)) for word in heads[:2]),
                *(right(w, _BOLD) for w in heads[2:]),
            ]
        ]
        for line in invoice.lines:
            what = self._what(line, language)
            name = Paragraph(escape(line.campaign or line.campaign_id), _style())
            rows.append(
                [
                    name,
                    Paragraph(escape(what), _style()),
                    right(f"{line.number}"),
                    right(amount(line.amount_micros)),
                ]
            )
        if invoice.total_micros != invoice.net_micros:
            total = Paragraph(escape(self._say(language, "Total, to be rounded to cents")), _style())
            rows.append([total, "", "", right(amount(invoice.total_micros))])
        if invoice.tax is not None:
            rate = shown_percent(invoice.tax.rate_bp, language)
            for name, micros in (
                (self._say(language, "Net"), invoice.net_micros),
                (f"{self._say(language, 'Tax')} {rate}", invoice.tax.amount_micros),
            ):
                rows.append([Paragraph(escape(name), _style()), "", "", right(amount(micros))])
        due = self._say(language, "To be paid")
        rows.append(
            [Paragraph(escape(due), _style(font=_BOLD)), "", "", right(amount(invoice.payable_micros), _BOLD)]
        )
        style = [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
            ("LINEABOVE", (0, -1), (-1, -1), 0.8, colors.black),
            ("LINEBELOW", (0, 1), (-1, -3), 0.3, _GREY),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
        ]
        return Table(rows, colWidths=_WIDTHS, repeatRows=1, style=style)

    def _what(self, line: InvoiceLine, language: str) -> str:
        kind = self._say(language, KINDS[line.kind])
        return f"{kind}, {self._say(language, LATE)}" if line.late else kind


def _style(
    size: float = 9.5, font: str = _SANS, colour: colors.Color = colors.black, alignment: int = 0
) -> ParagraphStyle:
    return ParagraphStyle(
        f"{font}-{size}",
        fontName=font,
        fontSize=size,
        leading=size * 1.4,
        textColor=colour,
        alignment=alignment,
    )


@lru_cache(1)
def _register() -> None:
    for name in (_SANS, _BOLD):
        pdfmetrics.registerFont(TTFont(name, str(_FONTS / f"{name}.ttf")))
    pdfmetrics.registerFontFamily(_SANS, normal=_SANS, bold=_BOLD, italic=_SANS, boldItalic=_BOLD)
