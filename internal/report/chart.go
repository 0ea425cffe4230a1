// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"strconv"
	"strings"

	"sigtrail/internal/event"
)

// events returns the signals of a process, and its exit if it was recorded, or else that it
// was there at reboot(2).
func (p *Process) events() []*event.Event {
	last := p.Exit
	if last == nil && p.Survivor != nil {
		last = p.Survivor.Event
	}
	if last == nil {
		return p.Signals
	}
	return append(p.Signals[:len(p.Signals):len(p.Signals)], last)
}

// maxName is how many characters of name, process id and service fit left of the plot.
const maxName = 26

// minService is how many characters a service has to have room for.
const minService = 4

// row draws a process: its signals above the bar, its end on the bar, so that
// neither hides the other.
func (c *chart) row(y int, p *Process) {
	took, end := p.ending()
	c.beginRow(y, c.rowTitle(p), p.Name, p.PID, p.service())
	c.bar(y, p)
	c.endRow(y, p.Signals, p.Exit, took, end)
}

// script draws a script, as a process.
func (c *chart) script(y int, s *Script) {
	title := process(s.Name, s.PID) + ": "
	if s.Took != 0 {
		title += s.ran() + ", "
	}
	if s.Exit == nil {
		title += "end "
	}
	title += s.end()
	if more := s.remarks(c.begin); more != "" {
		title += "; " + more
	}
	c.beginRow(y, title, s.Name, s.PID, "")
	last, signals := s.last(), []*event.Event(nil)
	from, to, open := c.x(last.Time-min(s.Took, last.Time)), c.x(last.Time), plotRight*px
	if len(c.phases) > 0 {
		open = c.x(c.phases[0].End) // init waits for it
	}
	c.add("<rect class=\"run\" x=\"%v\" y=\"%d\" width=\"%v\" height=\"8\"/>\n", from, y+8, max(px, to-from))
	if s.Exit == nil && to < open {
		c.add("<path class=\"open\" d=\"M%v %dH%v\" stroke-width=\"1.5\" stroke-dasharray=\"2 4\"/>\n", to, y+12, open)
	}
	if s.Process != nil {
		signals = s.Process.Signals
	}
	c.endRow(y, signals, s.Exit, s.took(), s.end())
}

// beginRow begins a row, with the name left of the plot.
func (c *chart) beginRow(y int, title, name string, pid uint32, service string) {
	more := strconv.FormatUint(uint64(pid), 10)
	name = shorten(event.Escaped(name), maxName-1-len(more))
	if room := maxName - len(name) - len(more) - 2; service != "" && room >= minService {
		more += " " + shorten(service, room)
	}
	c.add("<g><title>%s</title>\n", escapeXML(title))
	c.add("<path class=\"r\" d=\"M20 %dH%d\"/>\n", y+rowHeight, svgWidth-20)
	c.add("<text class=\"n\" x=\"20\" y=\"%d\">%s <tspan class=\"m\">%s</tspan></text>\n", y+13, escapeXML(name), escapeXML(more))
}

// endRow ends a row, with its signals, its exit, and what is right of the plot.
func (c *chart) endRow(y int, signals []*event.Event, exit *event.Event, took, end string) {
	for _, e := range signals[:min(maxTicks, len(signals))] {
		c.signal(y, e)
	}
	if exit != nil && exit.Time <= c.end {
		c.exit(y, exit)
	}
	end, _, _ = strings.Cut(end, " (") // (core dumped)
	c.text("n s", tookRight*px, y+13, atEnd, took)
	c.text("s", endLeft*px, y+13, atStart, end)
	c.add("</g>\n")
}

// maxTicks bounds the signals that are drawn for one process.
const maxTicks = 100

// rowTitle is the row as text, for the tooltip.
func (c *chart) rowTitle(p *Process) string {
	took, end := p.ending()
	if p.Exit == nil && p.Survivor == nil {
		end = "end " + end
	}
	return p.String() + ": " + p.signals() + "; " + end + ", took " + took + " s"
}

// bar draws the time for which a process is known to have lived, and dashed the
// time for which it may have lived.
func (c *chart) bar(y int, p *Process) {
	first, last, killed := p.Signals[0].Time, uint64(0), false
	for _, e := range p.events() {
		last = max(last, e.Last())
		killed = killed || e.Signal == sigkill && e.Outcome == event.Delivered
	}
	from, to := c.x(first), c.x(last)
	c.add("<rect class=\"bar\" x=\"%v\" y=\"%d\" width=\"%v\" height=\"4\"/>\n", from, y+10, max(px, to-from))
	if p.Exit == nil && !killed && to < plotRight*px {
		c.add("<path class=\"open\" d=\"M%v %dH%d\" stroke-width=\"1.5\" stroke-dasharray=\"2 4\"/>\n", to, y+12, plotRight)
	}
}

// signal draws one signal, with its tooltip.
func (c *chart) signal(y int, e *event.Event) {
	x := c.x(e.Time)
	switch {
	case e.Signal == sigkill:
		c.add(`<path class="k" d="M%v %dl8 8m0 -8l-8 8" stroke-width="2.2">`, x-4*px, y+1)
	case e.Signal == sigterm && (e.Outcome != event.Delivered || e.Flags&event.FlagBlocked != 0):
		c.add(`<path class="ti" d="M%v %dh8l-4 7z" stroke-width="1.3">`, x-4*px, y+2)
	case e.Signal == sigterm:
		c.add(`<path class="t" d="M%v %dh8l-4 7z" stroke-width="1.3">`, x-4*px, y+2)
	default:
		c.add(`<path class="o" d="M%v %dv9" stroke-width="2">`, x, y+1)
	}
	text := event.SignalName(e.Signal) + times(e) + " by " + process(e.Sender()) + outcome(e)
	if e.Time >= c.begin && e.Time != 0 {
		text += " at " + seconds(e.Time-c.begin) + " s"
	}
	c.add("<title>%s</title></path>\n", escapeXML(text))
}

// exit draws an exit: a circle, or a square if a signal killed the process.
func (c *chart) exit(y int, e *event.Event) {
	x := c.x(e.Time)
	if sig, _ := e.ExitSignal(); sig != 0 {
		c.add("<rect class=\"xk\" x=\"%v\" y=\"%d\" width=\"7\" height=\"7\"/>\n", x-7*px/2, y+9)
	} else {
		c.add("<circle class=\"x\" cx=\"%v\" cy=\"%d\" r=\"4\"/>\n", x, y+12)
	}
}
