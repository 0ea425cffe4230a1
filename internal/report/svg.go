// SPDX-License-Identifier: GPL-2.0

package report

import (
	"fmt"
	"strconv"
	"strings"
)

// AppendSVG appends a chart of the shutdown: one row for each process, from its
// first signal to its end. It is one file without scripts or fonts, readable in
// light and dark, with the verdict as its text alternative.
func (s *Shutdown) AppendSVG(b []byte) []byte {
	what := "Shutdown"
	if s.Trail.Number > 0 {
		what = fmt.Sprintf("Shutdown %d", s.Trail.Number)
	}
	switch {
	case s.Way == WayNone:
		what += ": not orderly"
	case s.Duration() > 0:
		what += ": " + deed(s.Code) + ", " + string(appendSeconds(nil, s.Duration())) + " s"
	default:
		what += ": " + deed(s.Code)
	}
	c := chart{b: b, title: what, axis: "seconds from the beginning", begin: s.Begin, end: s.End, phases: s.Phases, stalls: s.Stalls}
	c.subtitle = string(s.appendAsked(nil))
	c.ending = "the trail ends"
	if s.Ending == EndReboot {
		c.ending = "reboot(2)"
	}
	if s.Way == WayNone {
		c.subtitle = string(s.appendReset(nil))
		if len(s.Failures) > 0 {
			c.subtitle = string(appendText(nil, s.Failures[0].Note.Text))
		}
		c.begin, c.end = spread(s.Processes)
	}
	return c.draw(s.Processes, string(s.appendVerdict(nil, "")))
}

// AppendSVG appends a chart of the boot's signals, as Shutdown.AppendSVG does.
func (r *Boot) AppendSVG(b []byte) []byte {
	text := string(r.AppendText(nil))
	head, _, _ := strings.Cut(text, "\n")
	c := chart{b: b, title: "Boot", subtitle: strings.TrimPrefix(head, "Boot: "), axis: "seconds since boot", end: r.End}
	return c.draw(r.Processes, head)
}

// spread returns the times of the first and of the last event of the processes.
func spread(list []Process) (first, last uint64) {
	for i := range list {
		for _, e := range list[i].events() {
			if e.Time != 0 && (first == 0 || e.Time < first) {
				first = e.Time
			}
			last = max(last, e.Time)
		}
	}
	return first, last
}

// Where things stand, in pixels.
const (
	svgWidth   = 1080
	plotLeft   = 214
	plotWidth  = 636
	plotRight  = plotLeft + plotWidth
	tookRight  = plotRight + 76
	endLeft    = plotRight + 88
	legendY    = 78
	headY      = 92 // under the legend
	phaseSpace = 32 // for the phases' names
	rowHeight  = 18
	stallSpace = 16
	maxRows    = 500
	maxHead    = 150 // characters of the subtitle
)

// Two classes of colours: fills and strokes of what is drawn, by what it means.
// No CSS variables: not every viewer knows them.
const (
	svgStyle = `<style>
text{font:12px system-ui,sans-serif;fill:#1f2328}
.h{font-size:18px;font-weight:600}.m{fill:#59636e}.n{font-family:ui-monospace,monospace}.b{font-weight:600}.s{font-size:11px}
.bg{fill:#fff}.p0{fill:#eaf1fb}.p1{fill:#fdf3dc}.p2{fill:#fbe6e6}.g{stroke:#d5dae0}.r{stroke:#1f2328;stroke-opacity:.1}.e{stroke:#59636e}
.bar{fill:#8c97a5}.open{stroke:#8c97a5}.t{fill:#0a5dc2;stroke:#0a5dc2}.ti{fill:#fff;stroke:#0a5dc2}.k{stroke:#c4161c}
.o{stroke:#59636e}.x{fill:#1a7f37}.xk{fill:#9a4d00}.st{stroke:#9a4d00}.sb{stroke:#9a4d00}
@media (prefers-color-scheme:dark){
text{fill:#e6edf3}.m{fill:#9aa5b1}
.bg{fill:#0f1419}.p0{fill:#14233a}.p1{fill:#2d2612}.p2{fill:#361b1e}.g{stroke:#36404b}.r{stroke:#fff}.e{stroke:#9aa5b1}
.bar{fill:#66727f}.open{stroke:#66727f}.t{fill:#6cb3ff;stroke:#6cb3ff}.ti{fill:#0f1419;stroke:#6cb3ff}.k{stroke:#ff7b72}
.o{stroke:#9aa5b1}.x{fill:#56d364}.xk{fill:#f0a84a}.st{stroke:#f0a84a}.sb{stroke:#f0a84a}
}
</style>
`
	stallPattern = `<defs><pattern id="stall" width="6" height="6" patternUnits="userSpaceOnUse">` +
		`<path class="st" d="M0 6L6 0" stroke-width="1.4"/></pattern></defs>` + "\n"
)

// chart is an SVG file in the making.
type chart struct {
	b               []byte
	title, subtitle string
	axis            string
	begin, end      uint64 // ns of the kernel's clock, at both ends of the axis
	phases          []Phase
	stalls          []Stall
	ending          string // what the right end of the axis is; "": nothing

	head, top, bottom int // above the axis, above the rows, below them
}

func (c *chart) add(format string, args ...any) { c.b = fmt.Appendf(c.b, format, args...) }

func (c *chart) draw(list []Process, alternative string) []byte {
	rows := list[:min(maxRows, len(list))]
	c.head = headY
	if len(c.phases) > 0 {
		c.head += phaseSpace
	}
	c.top = c.head + 30
	if len(c.stalls) > 0 {
		c.top += stallSpace
	}
	c.bottom = c.top + max(1, len(rows))*rowHeight + 4
	height := c.bottom + 44
	c.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title desc">`+"\n",
		svgWidth, height, svgWidth, height)
	c.add("<title id=\"title\">%s</title>\n<desc id=\"desc\">%s</desc>\n", escapeXML(c.title), escapeXML(alternative))
	c.add("%s", svgStyle)
	if len(c.stalls) > 0 {
		c.add("%s", stallPattern)
	}
	c.add("<rect class=\"bg\" width=\"%d\" height=\"%d\"/>\n", svgWidth, height)
	c.add("<text class=\"h\" x=\"20\" y=\"32\">%s</text>\n", escapeXML(c.title))
	c.add("<text class=\"m\" x=\"20\" y=\"53\">%s</text>\n", escapeXML(shorten(c.subtitle, maxHead)))
	c.legend()
	c.drawPhases()
	c.drawAxis()
	c.drawStalls()
	c.heads()
	for i := range rows {
		c.row(i, &rows[i])
	}
	if len(rows) == 0 {
		c.add("<text class=\"m\" x=\"%d\" y=\"%d\">no process was signalled</text>\n", plotLeft+10, c.top+rowHeight-4)
	}
	if n := len(list) - len(rows); n > 0 {
		c.add("<text class=\"m\" x=\"20\" y=\"%d\">and %d more</text>\n", c.bottom+18, n)
	}
	c.add("</svg>\n")
	return c.b
}

// heads names the columns.
func (c *chart) heads() {
	y := c.top - 8
	c.add("<text class=\"m s\" x=\"20\" y=\"%d\">process</text>\n", y)
	c.add("<text class=\"m s\" x=\"%d\" y=\"%d\" text-anchor=\"end\">took (s)</text>\n", tookRight, y)
	c.add("<text class=\"m s\" x=\"%d\" y=\"%d\">end</text>\n", endLeft, y)
}

// tenths is a place or a length in tenths of a pixel.
type tenths int

func (n tenths) String() string {
	return strconv.Itoa(int(n/10)) + "." + string(rune('0'+n%10))
}

// x returns where a time stands.
func (c *chart) x(t uint64) tenths {
	if c.end <= c.begin || t <= c.begin {
		return plotLeft * 10
	}
	us, all := (min(t, c.end)-c.begin)/1e3, (c.end-c.begin)/1e3
	return plotLeft*10 + tenths(us*plotWidth*10/max(1, all))
}

// shorten cuts what is longer than so many characters of ASCII.
func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return s[:most-1] + "…"
}

var xmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// escapeXML escapes a text of printable characters and newlines.
func escapeXML(s string) string { return xmlEscapes.Replace(s) }
