// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// AppendSVG appends a chart of the shutdown: one row for each script, from its beginning to
// its end, and for each other process, from its first signal to its end. It is one file without scripts or fonts, readable in
// light and dark, with the verdict as its text alternative.
func (s *Shutdown) AppendSVG(b []byte) []byte {
	title := s.title() + ": " + actionName(s.Code)
	if s.Duration() > 0 {
		title += ", " + seconds(s.Duration()) + " s"
	}
	c := chart{b: b, title: title, axis: "seconds since the beginning", begin: s.Begin, end: s.End, phases: s.Phases,
		stalls: slices.DeleteFunc(slices.Clone(s.Stalls), func(at Stall) bool { return at.Early })} // these are before the chart's beginning
	c.subtitle = s.request()
	c.ending = "end of the trail"
	if s.Ending == EndReboot {
		c.ending = "reboot(2)"
	}
	if s.Way == WayNone {
		c.title = s.title() + ": no orderly shutdown recorded"
		c.subtitle = s.reset()
		if len(s.Failures) > 0 {
			c.subtitle = s.Failures[0].text()
		}
		c.begin, c.end = spread(s.Processes)
	}
	return c.draw(s.Scripts, listed(s.Processes, s.Services), s.verdict(""))
}

// AppendSVG appends a chart of the boot's scripts and signals, as Shutdown.AppendSVG does.
func (r *Boot) AppendSVG(b []byte) []byte {
	c := chart{b: b, title: "Boot", subtitle: r.summary(), axis: "seconds since boot", end: r.End}
	return c.draw(r.Scripts, listed(r.Processes, r.Services), r.summary())
}

// spread returns the times of the processes' first and last events.
func spread(list []Process) (first, last uint64) {
	for i := range list {
		for _, e := range list[i].events() {
			if e.Time != 0 && (first == 0 || e.Time < first) {
				first = e.Time
			}
			last = max(last, e.Last())
		}
	}
	return first, last
}

// The layout, in pixels.
const (
	svgWidth   = 1080
	plotLeft   = 214
	plotWidth  = 636
	plotRight  = plotLeft + plotWidth
	tookRight  = plotRight + 76
	endLeft    = plotRight + 88
	legendY    = 78
	headY      = 92 // below the legend
	phaseSpace = 32 // for the phases' labels
	rowHeight  = 18
	groupSpace = 24 // above the processes, if there are scripts
	stallSpace = 16
	maxRows    = 500
	maxHead    = 150 // characters of the subtitle
)

// The style has no CSS variables: not every viewer supports them.
const (
	svgStyle = `<style>
text{font:12px system-ui,sans-serif;fill:#1f2328}
.h{font-size:18px;font-weight:600}.m{fill:#59636e}.n{font-family:ui-monospace,monospace}.b{font-weight:600}.s{font-size:11px}
.bg{fill:#fff}.p0{fill:#eaf1fb}.p1{fill:#fdf3dc}.p2{fill:#fbe6e6}.g{stroke:#d5dae0}.r{stroke:#1f2328;stroke-opacity:.1}.e{stroke:#59636e}
.bar{fill:#8c97a5}.run{fill:#5b8fb9}.open{stroke:#8c97a5}.t{fill:#0a5dc2;stroke:#0a5dc2}.ti{fill:#fff;stroke:#0a5dc2}.k{stroke:#c4161c}
.o{stroke:#59636e}.x{fill:#1a7f37}.xk{fill:#9a4d00}.st{stroke:#9a4d00}.sb{stroke:#9a4d00}
@media (prefers-color-scheme:dark){
text{fill:#e6edf3}.m{fill:#9aa5b1}
.bg{fill:#0f1419}.p0{fill:#14233a}.p1{fill:#2d2612}.p2{fill:#361b1e}.g{stroke:#36404b}.r{stroke:#fff}.e{stroke:#9aa5b1}
.bar{fill:#66727f}.run{fill:#4f7ea6}.open{stroke:#66727f}.t{fill:#6cb3ff;stroke:#6cb3ff}.ti{fill:#0f1419;stroke:#6cb3ff}.k{stroke:#ff7b72}
.o{stroke:#9aa5b1}.x{fill:#56d364}.xk{fill:#f0a84a}.st{stroke:#f0a84a}.sb{stroke:#f0a84a}
}
</style>
`
	stallPattern = `<defs><pattern id="stall" width="6" height="6" patternUnits="userSpaceOnUse">` +
		`<path class="st" d="M0 6L6 0" stroke-width="1.4"/></pattern></defs>` + "\n"
)

// chart is an SVG file that is being written.
type chart struct {
	b               []byte
	title, subtitle string
	axis            string
	begin, end      uint64 // of the axis, in ns of the kernel's clock
	phases          []Phase
	stalls          []Stall
	ending          string // label of the axis's right end; "": none

	head, top, bottom int // y of the axis, of the rows, and below the rows
}

func (c *chart) add(format string, args ...any) { c.b = fmt.Appendf(c.b, format, args...) }

func (c *chart) draw(scripts []Script, list []Process, alternative string) []byte {
	list = slices.DeleteFunc(slices.Clone(list), func(p Process) bool {
		return slices.ContainsFunc(scripts, func(s Script) bool { return s.Process != nil && s.Process.Signals[0] == p.Signals[0] })
	})
	all := len(scripts) + len(list)
	scripts = scripts[:min(maxRows, len(scripts))]
	rows := list[:min(maxRows-len(scripts), len(list))]
	c.head = headY
	if len(c.phases) > 0 {
		c.head += phaseSpace
	}
	c.top = c.head + 30
	if len(c.stalls) > 0 {
		c.top += stallSpace
	}
	gap := 0
	if len(scripts) > 0 && len(rows) > 0 {
		gap = groupSpace
	}
	c.bottom = c.top + max(1, len(scripts)+len(rows))*rowHeight + gap + 4
	height := c.bottom + 44
	c.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title desc">`+"\n",
		svgWidth, height, svgWidth, height)
	c.add("<title id=\"title\">%s</title>\n<desc id=\"desc\">%s</desc>\n", escapeXML(c.title), escapeXML(alternative))
	c.add("%s", svgStyle)
	if len(c.stalls) > 0 {
		c.add("%s", stallPattern)
	}
	c.add("<rect class=\"bg\" width=\"%d\" height=\"%d\"/>\n", svgWidth, height)
	c.text("h", 20*px, 32, atStart, c.title)
	c.text("m", 20*px, 53, atStart, shorten(c.subtitle, maxHead))
	c.legend(len(scripts) > 0)
	c.drawPhases()
	c.drawAxis()
	c.drawStalls()
	y := c.top
	if len(scripts) > 0 {
		c.heads(y, "script")
	}
	for i := range scripts {
		c.script(y, &scripts[i])
		y += rowHeight
	}
	if y += gap; len(rows) > 0 || len(scripts) == 0 {
		c.heads(y, "process")
	}
	for i := range rows {
		c.row(y, &rows[i])
		y += rowHeight
	}
	if len(scripts)+len(rows) == 0 {
		c.text("m", plotLeft*px, c.top+rowHeight-4, atStart, "no signal was recorded")
	}
	if n := all - len(scripts) - len(rows); n > 0 {
		c.text("m", 20*px, c.bottom+18, atStart, "and "+number(uint64(n))+" more")
	}
	c.add("</svg>\n")
	return c.b
}

// heads draws the columns' headers, above the rows that begin at y.
func (c *chart) heads(y int, what string) {
	y -= 8
	c.text("m s", 20*px, y, atStart, what)
	c.text("m s", tookRight*px, y, atEnd, "took (s)")
	c.text("m s", endLeft*px, y, atStart, "end")
}

// Values of text-anchor.
const (
	atStart  = "start"
	atMiddle = "middle"
	atEnd    = "end"
)

// text draws a text; content may be any text.
func (c *chart) text(class string, x tenths, y int, anchor, content string) {
	c.add("<text class=\"%s\" x=\"%v\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", class, x, y, anchor, escapeXML(content))
}

// tenths is a position or a length in tenths of a pixel.
type tenths int

const px tenths = 10

func (n tenths) String() string {
	return strconv.Itoa(int(n/10)) + "." + string(rune('0'+n%10))
}

// x returns the position of a time on the axis.
func (c *chart) x(t uint64) tenths {
	if c.end <= c.begin || t <= c.begin {
		return plotLeft * px
	}
	us, all := (min(t, c.end)-c.begin)/1e3, (c.end-c.begin)/1e3
	return plotLeft*px + tenths(us*plotWidth*10/max(1, all))
}

// shorten cuts an ASCII text to at most so many characters.
func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return s[:most-1] + "…"
}

// escapeXML escapes a text of printable characters and newlines.
var escapeXML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace
