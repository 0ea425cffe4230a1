// SPDX-License-Identifier: GPL-2.0-only

package report

import "strings"

// legend explains the shapes.
func (c *chart) legend(scripts bool) {
	x, y := 20, legendY
	for _, entry := range [...]struct{ shape, text string }{
		{`<path class="t" d="M1 -9h8l-4 7z" stroke-width="1.3"/>`, "SIGTERM"},
		{`<path class="ti" d="M1 -9h8l-4 7z" stroke-width="1.3"/>`, "ignored, blocked or pending"},
		{`<path class="k" d="M1 -9l8 8m0 -8l-8 8" stroke-width="2.2"/>`, "SIGKILL"},
		{`<path class="o" d="M5 -10v9" stroke-width="2"/>`, "another signal"},
		{`<circle class="x" cx="5" cy="-4" r="4"/>`, "exited"},
		{`<rect class="xk" x="1" y="-8" width="7" height="7"/>`, "killed by a signal"},
		{`<path class="open" d="M-4 -4H12" stroke-width="1.5" stroke-dasharray="2 4"/>`, "end not seen"},
		{`<rect class="run" x="-2" y="-8" width="14" height="8"/>`, "script"},
	} {
		if entry.text == "script" && !scripts {
			break
		}
		c.add("<g transform=\"translate(%d %d)\">%s<text class=\"s\" x=\"16\" y=\"0\">%s</text></g>\n", x, y, entry.shape, entry.text)
		x += 40 + len(entry.text)*7
	}
}

// textWidth estimates the width of a small text in pixels, rather too large than
// too small: the viewer chooses the font.
func textWidth(s string) int { return len(s) * 13 / 2 }

// drawPhases shades the phases and draws their labels above, each over the middle
// of its phase, or beside it where there is no room.
func (c *chart) drawPhases() {
	labels := make([]label, 0, len(c.phases))
	for i := range c.phases {
		p := &c.phases[i]
		from, to := c.x(p.Begin), c.x(p.End)
		took := p.took()
		c.add("<rect class=\"p%d\" x=\"%v\" y=\"%d\" width=\"%v\" height=\"%d\"><title>%s, %s</title></rect>\n",
			i%3, from, c.head, to-from, c.bottom-c.head, escapeXML(p.Name), took)
		c.add("<path class=\"e\" d=\"M%v %dV%d\"/>\n", to, c.top-4, c.bottom)
		labels = append(labels, label{at: (from + to) / 2, width: tenths(max(textWidth(p.Name), textWidth(took))+8) * px, name: p.Name, took: took})
	}
	place(labels, 20*px, (svgWidth-20)*px)
	for _, l := range labels {
		c.text("b s", l.x, c.head-21, atMiddle, l.name)
		c.text("m s", l.x, c.head-8, atMiddle, l.took)
		c.add("<path class=\"e\" d=\"M%v %dL%v %d\" fill=\"none\"/>\n", l.x, c.head-5, l.at, c.head)
	}
}

// label is a text of two lines above the position at.
type label struct {
	at, x, width tenths
	name, took   string
}

// place puts labels side by side, each as near to its position as possible.
func place(labels []label, left, right tenths) {
	for i := range labels {
		l := &labels[i]
		l.x = max(l.at, left+l.width/2)
		left = l.x + l.width/2
	}
	for i := len(labels) - 1; i >= 0; i-- {
		l := &labels[i]
		l.x = min(l.x, right-l.width/2)
		right = l.x - l.width/2
	}
}

// drawAxis draws the time axis, above and below the rows.
func (c *chart) drawAxis() {
	span := c.end - min(c.begin, c.end)
	if span == 0 {
		return
	}
	step := axisStep(span)
	for t := uint64(0); ; t += step {
		x := c.x(c.begin + t)
		text := strings.TrimSuffix(strings.TrimRight(seconds(t), "0"), ".")
		c.add("<path class=\"g\" d=\"M%v %dV%d\"/>", x, c.top-4, c.bottom)
		c.text("m s", x, c.head+14, atMiddle, text)
		c.text("m s", x, c.bottom+16, atMiddle, text)
		if span-t < step {
			break
		}
	}
	c.text("m s", (plotLeft+plotWidth/2)*px, c.bottom+34, atMiddle, c.axis)
	c.text("m s", plotRight*px, c.bottom+34, atEnd, c.ending)
}

// axisStep returns 1, 2 or 5 times a power of ten, at least a millisecond, that
// divides span, in ns, into at most twelve steps.
func axisStep(span uint64) uint64 {
	for step := uint64(1e6); ; step *= 10 {
		for _, n := range [...]uint64{1, 2, 5} {
			if span/12 <= n*step || step >= 1e18 {
				return n * step
			}
		}
	}
}

// drawStalls hatches the stalls.
func (c *chart) drawStalls() {
	for i := range c.stalls {
		s := &c.stalls[i]
		from := c.x(s.Begin)
		to := max(from, c.x(s.Begin+s.Duration()))
		text := "stalled for " + seconds(s.Duration()) + " s"
		y := c.top - 8 - stallSpace
		c.add("<rect class=\"sb\" x=\"%v\" y=\"%d\" width=\"%v\" height=\"12\" fill=\"url(#stall)\"><title>%s</title></rect>\n",
			from, y, to-from, text)
		if width := textWidth(text) + 8; to-from > tenths(width+12)*px {
			c.add("<rect class=\"bg\" x=\"%v\" y=\"%d\" width=\"%d\" height=\"12\"/>", (from+to)/2-tenths(width)*px/2, y, width)
			c.text("s", (from+to)/2, y+10, atMiddle, text)
		}
	}
}
