"""A request on paper: its eight items with their totals."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from campaigns.models import ProductionRequest, RequestKind
from campaigns.requests.amounts import plainly
from campaigns.requests.diff import label_of
from campaigns.requests.inputs import SampleKind
from campaigns.requests.reading import Reading
from portal.templatetags.portal_format import bytes_decimal

FONT_FOLDER = Path("/usr/share/fonts/truetype")
FONTS = (  # regular and bold; the first pair that is there. Without any, Helvetica, which knows western letters only
    ("dejavu/DejaVuSans.ttf", "dejavu/DejaVuSans-Bold.ttf"),
    ("liberation/LiberationSans-Regular.ttf", "liberation/LiberationSans-Bold.ttf"),
    ("liberation2/LiberationSans-Regular.ttf", "liberation2/LiberationSans-Bold.ttf"),
    ("noto/NotoSans-Regular.ttf", "noto/NotoSans-Bold.ttf"),
)
INSTEAD = str.maketrans(
    {"“": '"', "”": '"', "\u2018": "'", "\u2019": "'", "\u2013": "-", "—": "-", "…": "...", "→": "->", "≥": ">=", "\u202f": " "}
)
LONGEST_CELL = 200  # what is longer stands in full beneath its table, as a row of a table cannot pass the end of a page
UNREAD = "\u2013"  # of a number: not given, or not to be used as it was typed; the last section says which
GREY, RULE = (95, 95, 95), (190, 190, 190)


def written(request: ProductionRequest, reading: Reading) -> bytes:
    """The request as a PDF document."""
    sheet = Sheet(request)
    values, totals = reading.values, reading.totals
    sheet.put_title(values.title or f"Request {request.pk}", f"Request {request.pk}, {request.get_state_display()}")
    kind = dict(RequestKind.choices).get(values.kind, values.kind)
    sheet.put_facts(
        [
            ("Working group", values.working_group), ("Detector", values.detector), ("Kind", str(kind)),
            ("Contact", values.contact or request.requester.username),
            ("Wanted by", request.wanted_by_on.isoformat() if request.wanted_by_on else ""),
            ("Priority", str(request.priority or "")), ("Why", values.why),
        ]
    )  # fmt: skip
    code = values.code
    sheet.put_heading("1 Code version")
    sheet.put_facts([("Package", code.package), ("Tag", code.tag), ("Official repository", code.repository)])
    sheet.put_heading("2 Processing steps")
    sheet.put_table(
        ["Step", "fcl file", "Events per job"], (25, 55, 20),
        [[step.name, step.fcl, _n(step.n_events_per_job)] for step in values.steps], {2},
    )  # fmt: skip
    sheet.put_heading("3 Validation sample")
    validation = values.validation
    sheet.put_facts([("Sample", validation.what), ("Events", _n(validation.n_events)), ("Judged by", validation.judge)])
    sheet.put_heading("4 Outputs to copy to tape")
    sheet.put_table(
        ["File pattern", "Files", "Size of one", "Total"], (46, 18, 18, 18),
        [
            [output.pattern, _n(output.n_files), _size(output.size_bytes), _size(output.total_bytes)]
            for output in values.outputs
        ],
        {1, 2, 3}, last=["All", _n(totals.n_tape_files), "", _size(totals.tape_bytes)],
    )  # fmt: skip
    sheet.put_heading("5 Resources")
    need = values.resources
    sheet.put_facts(
        [
            ("CPU per event", f"{plainly(need.cpu_seconds_per_event)} s" if need.cpu_seconds_per_event is not None else UNREAD),
            ("Memory", f"{plainly(need.memory_mib)} MiB" if need.memory_mib is not None else UNREAD),
            ("Storage per event", _size(need.storage_bytes_per_event)),
            (
                "Whole request",
                f"{totals.cpu_hours:,.0f} CPU hours, {_size(totals.storage_bytes)}" if totals.cpu_hours is not None else UNREAD,
            ),
        ]
    )  # fmt: skip
    sheet.put_heading("6 and 7 Samples by priority, with their events")
    kinds = dict(SampleKind.choices)
    sheet.put_table(
        ["Priority", "Kind", "Dataset, query or runs", "Files", "Events"], (10, 16, 44, 14, 16),
        [
            [str(n), str(kinds.get(sample.kind, sample.kind)), sample.what, _n(sample.n_files), _n(sample.n_events)]
            for n, sample in enumerate(values.samples, 1)
        ],
        {0, 3, 4}, last=["All", "", "", _n(totals.n_files), _n(totals.n_events)],
    )  # fmt: skip
    sheet.put_heading("8 Final output datasets")
    sheet.put_lines(values.datasets)
    if reading.blocking:
        sheet.put_heading("Missing or wrong")
        sheet.put_facts([(label_of(problem.path), problem.message) for problem in reading.blocking])
    return bytes(sheet.output())


class Sheet(FPDF):
    """A4 with the request's number and the page's at the foot."""

    def __init__(self, request: ProductionRequest) -> None:
        super().__init__(format="A4")
        self.what = f"Request {request.pk}, version {request.version}, saved {request.saved_at:%Y-%m-%d %H:%M} UTC"
        self.set_creation_date(request.saved_at)  # not today's: the same request gives the same bytes
        self.set_title(f"Request {request.pk}")
        self.set_author("DUNE production")
        self.set_margins(18, 16, 18)
        self.set_auto_page_break(True, margin=18)
        self.alias_nb_pages()
        regular, bold = _fonts()
        self.is_unicode = bool(regular)
        self.face = "text" if regular else "helvetica"
        if regular:
            self.add_font("text", "", regular)
            self.add_font("text", "B", bold)
        self.add_page()

    def footer(self) -> None:
        self.set_y(-13)
        self.set_font(self.face, "", 8)
        self.set_text_color(*GREY)
        self.cell(0, 5, self.safe(self.what))
        self.set_x(self.l_margin)
        self.cell(0, 5, f"{self.page_no()} / {{nb}}", align="R")
        self.set_text_color(0)

    def safe(self, text: str) -> str:
        """The text in letters the font has."""
        return text if self.is_unicode else text.translate(INSTEAD).encode("latin-1", "replace").decode("latin-1")

    def put_title(self, text: str, under: str) -> None:
        """The title, and what stands under it."""
        self.set_font(self.face, "B", 16)
        self.block(text, 8)
        self.set_font(self.face, "", 10)
        self.set_text_color(*GREY)
        self.block(under, 5)
        self.set_text_color(0)
        self.ln(3)

    def put_heading(self, text: str) -> None:
        """The head of an item; it does not stand alone at the end of a page."""
        self.ln(2)
        if self.will_page_break(24):
            self.add_page()
        self.set_font(self.face, "B", 11)
        self.block(text, 6)
        self.ln(1)

    def put_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Names and what they are; what was not given says so."""
        for name, said in facts:
            self.set_font(self.face, "", 9)
            self.set_text_color(*GREY)
            self.cell(42, 5, self.safe(name))
            self.set_text_color(0)
            self.block(said or "not given", 5)

    def put_table(
        self, head: list[str], widths: tuple[int, ...], rows: list[list[str]], right: set[int], last: list[str] | None = None
    ) -> None:
        """A table; `right` are the columns of numbers, `last` the row of sums."""
        self.set_font(self.face, "", 9)
        if not rows:
            self.block("not given", 5)
            return
        self.set_draw_color(*RULE)
        align = tuple("RIGHT" if i in right else "LEFT" for i in range(len(head)))
        long: list[str] = []
        with self.table(
            col_widths=widths, text_align=align, line_height=5, borders_layout="HORIZONTAL_LINES",
            headings_style=FontFace(emphasis="BOLD"), padding=(0.6, 1),
        ) as table:  # fmt: skip
            table.row([self.safe(cell) for cell in head])
            for cells in rows:
                table.row([self.safe(self.short(cell, long)) for cell in cells])
            if last and len(rows) > 1:
                table.row([self.safe(cell) for cell in last], style=FontFace(emphasis="BOLD"))
        for n, text in enumerate(long, 1):
            self.ln(1)
            self.block(f"({n}) {text}", 4.5)

    def short(self, text: str, long: list[str]) -> str:
        """The text, or its beginning and the number under which `long` has it in full."""
        if len(text) <= LONGEST_CELL:
            return text
        long.append(text)
        return f"{text[:80]}… ({len(long)}, in full below)"

    def put_lines(self, lines: Sequence[str]) -> None:
        """One a line."""
        self.set_font(self.face, "", 9)
        for line in lines or ("not given",):
            self.block(line, 5)

    def block(self, text: str, height: float) -> None:
        """Text to the right margin, on as many lines as it takes."""
        self.multi_cell(0, height, self.safe(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")


@cache
def _fonts() -> tuple[str, str]:
    for regular, bold in FONTS:
        if (FONT_FOLDER / regular).is_file() and (FONT_FOLDER / bold).is_file():
            return str(FONT_FOLDER / regular), str(FONT_FOLDER / bold)
    return "", ""


def _n(n: int | None) -> str:
    return UNREAD if n is None else f"{n:,}"


def _size(n_bytes: object) -> str:
    return UNREAD if n_bytes is None else bytes_decimal(float(n_bytes))  # type: ignore[arg-type]
