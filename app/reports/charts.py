"""Charts of a report: native ones, which the office program draws and a reader may restyle.

``{{ chart.categories }}`` in a template is where the chart of the list ``categories`` goes. Word and
Excel know the same form of chart; openpyxl writes it for both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import tostring

from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.shared import Cm
from docx.text.paragraph import Paragraph
from openpyxl import Workbook
from openpyxl.chart import BarChart
from openpyxl.chart.chartspace import ChartContainer, ChartSpace, ExternalData
from openpyxl.chart.data_source import (
    AxDataSource,
    NumData,
    NumDataSource,
    NumRef,
    NumVal,
    StrData,
    StrRef,
    StrVal,
)
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.series import Series
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties, ParagraphProperties
from openpyxl.drawing.text import Paragraph as TextLine

MEASURES = ("tickets", "seen", "returned", "gaps")
"""What a chart shows of a list: the first of these that its rows have."""
UPRIGHT = ("days", "hours", "volume")
"""Lists along the time stand as columns, the others lie as bars, the first on top."""
COLOUR, INK, LINE = "1A63D8", "566373", "D5DBE3"
POINTS = 9
MOST_SAID = 8
"""With more columns than these, they stand too close for numbers above them."""
WIDTH_CM, COLUMNS_CM, BAR_CM = 16.5, 5.6, 0.75
_CHART = re.compile(r"\s*{{\s*chart\.(\w+)\s*}}\s*")
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_INLINE = """<w:r xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
 xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"
 xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" xmlns:r="{relations}"><w:drawing>
<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{width}" cy="{height}"/>
<wp:docPr id="{number}" name="chart {number}" descr="{words}"/><wp:cNvGraphicFramePr/><a:graphic>
<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:chart r:id="{part}"/>
</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"""


@dataclass(frozen=True, slots=True)
class Charted:
    """What a chart shows: a list by name, its rows' words and numbers, and the cells that hold them."""

    name: str
    labels: Sequence[str]
    values: Sequence[float]
    label_cells: str
    value_cells: str


def chart_name(words: str) -> str | None:
    """The list whose chart goes where a template says just that."""
    found = _CHART.fullmatch(words)
    return found[1] if found else None


def measure_of(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """The number of its rows that a chart shows."""
    return next((name for name in MEASURES if rows and name in rows[0]), None)


def native_chart(shown: Charted) -> BarChart:
    """The chart, with its numbers kept besides the cells they come from."""
    upright, count = shown.name in UPRIGHT, len(shown.values)
    chart = BarChart()
    chart.type = "col" if upright else "bar"
    chart.gapWidth, chart.legend, chart.style = (40 if upright else 55), None, None
    chart.width, chart.height = WIDTH_CM, COLUMNS_CM if upright else 1.0 + BAR_CM * count
    numbers = [NumVal(idx=n, v=str(value)) for n, value in enumerate(shown.values)]
    words = [StrVal(idx=n, v=label) for n, label in enumerate(shown.labels)]
    series = Series(
        idx=0,
        order=0,
        cat=AxDataSource(strRef=StrRef(shown.label_cells, StrData(count, words))),
        val=NumDataSource(NumRef(shown.value_cells, NumData("General", count, numbers))),
        spPr=GraphicalProperties(solidFill=COLOUR),
        invertIfNegative=False,
    )
    if not upright or count <= MOST_SAID:
        series.dLbls = DataLabelList(showVal=True, txPr=_small())
        for other in ("showSerName", "showCatName", "showLegendKey", "showPercent"):
            setattr(series.dLbls, other, False)
    chart.series.append(series)
    chart.graphical_properties = GraphicalProperties(noFill=True, ln=LineProperties(noFill=True))
    _dress_axes(chart, upright)
    return chart


def _dress_axes(chart: BarChart, upright: bool) -> None:
    for axis in (chart.x_axis, chart.y_axis):
        axis.txPr = _small()
        axis.delete = False  # openpyxl leaves it open, which newer programs take for hidden
        axis.spPr = GraphicalProperties(ln=LineProperties(solidFill=LINE))
    chart.x_axis.majorTickMark = chart.y_axis.majorTickMark = "none"
    chart.y_axis.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill=LINE))
    chart.y_axis.number_format, chart.y_axis.scaling.min = "#,##0", 0
    if not upright:
        chart.x_axis.scaling.orientation = "maxMin"
        chart.y_axis.delete, chart.y_axis.majorGridlines = True, None  # the bars say their numbers


def _small() -> RichText:
    """Text of axes and numbers; each place of a chart wants its own."""
    looks = CharacterProperties(sz=POINTS * 100, solidFill=INK)
    return RichText(
        p=[TextLine(pPr=ParagraphProperties(defRPr=looks), endParaRPr=looks)],
    )


def chart_in_paragraph(
    document: Document, paragraph: Paragraph, name: str, rows: Sequence[Mapping[str, Any]], words: str
) -> bool:
    """Put the chart of a list in the place of a paragraph's words, its numbers as a workbook inside;
    whether there is anything to show."""
    measure = measure_of(rows)
    for old in list(paragraph.runs):
        paragraph._p.remove(old._r)
    if measure is None:
        return False
    book, last = _book(rows, measure), len(rows)
    labels, values = [str(row["name"]) for row in rows], [float(row[measure]) for row in rows]
    shown = Charted(name, labels, values, f"Sheet!$A$1:$A${last}", f"Sheet!$B$1:$B${last}")
    chart = native_chart(shown)
    package, number = document.part.package, _free_number(document)
    part = Part(PackURI(f"/word/charts/chart{number}.xml"), _CHART_TYPE, b"", package)
    inside = Part(PackURI(f"/word/embeddings/chart{number}.xlsx"), _BOOK_TYPE, book, package)
    part._blob = _chart_xml(chart, part.relate_to(inside, RELATIONSHIP_TYPE.PACKAGE))
    run = _INLINE.format(
        relations=_RELATIONS,
        width=Cm(chart.width),
        height=Cm(chart.height),
        number=1000 + number,
        words=_attribute(words),
        part=document.part.relate_to(part, RELATIONSHIP_TYPE.CHART),
    )
    paragraph._p.append(parse_xml(run))
    return True


def _chart_xml(chart: BarChart, book: str) -> bytes:
    chart.plot_area._charts = [chart]
    space = ChartSpace(chart=ChartContainer(plotArea=chart.plot_area, plotVisOnly=True))
    space.roundedCorners, space.spPr = False, chart.graphical_properties
    space.externalData = ExternalData(id=book, autoUpdate=False)
    tree = space.to_tree()
    for one in tree.iter():
        if one.tag.endswith("externalData"):  # openpyxl knows no namespace for its id
            one.set(f"{{{_RELATIONS}}}id", one.attrib.pop("id"))
    return b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + tostring(tree)


def _free_number(document: Document) -> int:
    taken = {str(part.partname) for part in document.part.package.iter_parts()}
    return next(n for n in range(1, 10_000) if f"/word/charts/chart{n}.xml" not in taken)


def _book(rows: Sequence[Mapping[str, Any]], measure: str) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Sheet"
    for number, row in enumerate(rows, 1):
        sheet.cell(number, 1, str(row["name"])).data_type = "s"
        sheet.cell(number, 2, row[measure])
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def _attribute(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
