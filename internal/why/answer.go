// SPDX-License-Identifier: GPL-2.0-only

package why

import (
	"slices"
	"strings"

	"sigtrail/internal/event"
)

// Answer is the answer to a query.
type Answer struct {
	query Query
	boots []*Boot // the newest first
	ends  []*End  // the newest first
	none  []*End  // of no service, beside those; the newest first
	since int64   // ns since 1970: what ended before is left out; 0: nothing
	now   int64
}

// Answers returns the answer that the boots have, the newest first. What ended before since is
// left out, if its time is known; 0: nothing. Both times are ns since 1970.
func Answers(q Query, boots []*Boot, since, now int64) *Answer {
	a := &Answer{query: q, boots: boots, since: since, now: now}
	for _, b := range boots {
		a.ends = append(a.ends, b.Finish()...)
	}
	a.ends = q.narrow(slices.DeleteFunc(a.ends, func(e *End) bool { return since != 0 && dated(e.Wall) && e.Wall < since }))
	a.setAside()
	return a
}

// Known reports whether an end is known, or that a process was sent a signal.
func (a *Answer) Known() bool { return len(a.ends) > 0 || len(a.none) > 0 || len(a.signalled()) > 0 }

// signalled returns the processes that were sent signals, and have not ended.
func (a *Answer) signalled() (list []*process) {
	if a.query == (Query{}) || len(a.boots) == 0 || a.boots[0].number != 0 {
		return nil
	}
	for _, p := range a.boots[0].living() {
		if a.query.matches(p.pid, p.name, p.service) {
			list = append(list, p)
		}
	}
	return list
}

// Unknown returns what is not known, and since when it would be, in one or two lines.
func (a *Answer) Unknown() string {
	what := "no end of a service is recorded"
	if a.query != (Query{}) {
		what = "no end of " + a.query.String() + " is recorded, and no signal to it,"
	}
	line := what + " in " + a.reach()
	if near := a.query.near(a.boots); len(near) > 0 {
		for i, name := range near {
			near[i] = event.Escaped(name)
		}
		line += "\nsimilar names that are recorded: " + strings.Join(near, ", ")
	}
	return line
}

// reach returns since when the trails go.
func (a *Answer) reach() string {
	if len(a.boots) == 0 {
		return "any trail"
	}
	var parts []string
	kept := a.boots
	if b := a.boots[0]; b.number == 0 {
		kept = kept[1:]
		parts = append(parts, b.begins())
	}
	if len(kept) > 0 {
		parts = append(parts, event.Counted(uint64(len(kept)), "kept shutdown", "kept shutdowns"))
	}
	text := strings.Join(parts, " and ")
	if a.since != 0 {
		text += ", since " + moment(a.since, 0)
	}
	return text
}

// begins returns since when the trail of the running boot goes.
func (b *Boot) begins() string {
	text := "this boot"
	switch first := &b.first; {
	case first.Seq == 0:
		return text + ", whose trail has no record,"
	case first.Seq > 1:
		text += " since " + moment(first.Wall, first.Time) + " (its trail has nothing older)"
	default:
		text += " from its start"
	}
	if b.lost > 0 {
		text += ", without " + event.Counted(b.lost, "lost record", "lost records")
	}
	if b.dropped > 0 {
		text += ", without its oldest " + event.Counted(b.dropped, "end", "ends")
	}
	return text
}

// AppendText appends the answer as text: the newest count ends, each with its cause first, and
// what they have in common.
func (a *Answer) AppendText(b []byte, count int) []byte {
	if a.query == (Query{}) {
		return a.appendServices(b)
	}
	text := ""
	for i, e := range a.ends {
		if i == count {
			text += "\nolder: " + event.Counted(uint64(len(a.ends)-i), "end", "ends") + "; see --count\n"
			break
		}
		if i > 0 {
			text += "\n"
		}
		text += e.headline() + "\n"
		for _, line := range e.details(a.now) {
			text += "  " + line + "\n"
		}
	}
	if len(a.ends) == 0 {
		text += a.unended()
	}
	p := a.pattern()
	if line := p.text(a.boots[0].init); line != "" {
		text += "\n" + line + "\n"
	}
	text += a.aside()
	return append(b, text+"\nsearched: "+a.reach()+"\n"...)
}

// unended tells what processes were sent that have not ended.
func (a *Answer) unended() string {
	text := "no end of " + a.query.String() + " is recorded\n"
	for _, p := range a.signalled() {
		for _, line := range asked(p.asked, p.more, 0) {
			text += "  " + title(p.name, p.pid) + " was sent " + line + "\n"
		}
	}
	return text
}

// pattern returns what the ends have in common; those of different processes that had one id
// have nothing.
func (a *Answer) pattern() Pattern {
	if a.query.pid != 0 {
		return Pattern{}
	}
	return pattern(a.ends)
}
