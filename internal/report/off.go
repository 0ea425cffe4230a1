// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"slices"

	"sigtrail/internal/event"
)

// Off is a time in which capture was off. One of the switches is known.
type Off struct {
	Begin *event.Event // switched it off; nil: before the trail begins, or off from boot on
	End   *event.Event // switched it on; nil: not recorded
	On    *event.Event // where End is nil, the first record that shows that it was on; nil: until the trail ends
}

// offAfter is the time, in ns, within which capture is off after its switch was recorded.
const offAfter = 100e6

// switchedOff returns when capture was off.
func switchedOff(events []event.Event) []Off {
	var list []Off
	next := uint64(0) // the number after the last record, while capture is off
	lost := false     // records may be lost since then
	for i := range events {
		e := &events[i]
		if e.Seq == 0 {
			continue
		}
		lost = lost || e.Seq != next
		next = e.Seq + 1
		open := len(list) > 0 && list[len(list)-1].End == nil
		var o *Off
		if open {
			o = &list[len(list)-1]
		}
		switch {
		case e.Kind != event.KindSwitch:
			if open && o.On == nil && lost && needsCapture(e) && between(o.Begin.Time, e.Time) > offAfter {
				o.On = e
			}
		case e.Text == "enable=0" && (!open || o.On != nil):
			list = append(list, Off{Begin: e})
			lost = false
		case e.Text == "enable=1" && open:
			o.End, o.On = e, nil
		case e.Text == "enable=1":
			list = append(list, Off{End: e}) // a switch that does not change has no record
		}
	}
	return list
}

// needsCapture reports whether a record is made only while capture is on.
func needsCapture(e *event.Event) bool {
	switch e.Kind {
	case event.KindSignal, event.KindSummary, event.KindExit, event.KindMark, event.KindReboot, event.KindSurvivor:
		return true
	}
	return false
}

// end returns the record that ends the time, nil if it lasts until the trail ends.
func (o *Off) end() *event.Event {
	if o.End != nil {
		return o.End
	}
	return o.On
}

// when says when capture was off.
func (o *Off) when() string {
	at := func(e *event.Event) string { return seconds(e.Time) + " s" }
	line := "capture was off "
	switch {
	case o.Begin == nil:
		return line + "until " + at(o.End) + " after boot"
	case o.end() == nil:
		return line + "from " + at(o.Begin) + " after boot on"
	case o.End == nil:
		return line + "from " + at(o.Begin) + " to at most " + at(o.On) + " after boot"
	}
	return line + "from " + at(o.Begin) + " to " + at(o.End) + " after boot"
}

// off returns when capture was off, and by whom.
func (s *Shutdown) off() string {
	if len(s.Off) == 0 {
		return ""
	}
	o := &s.Off[0]
	line := o.when()
	if o.Begin == nil {
		line += ", switched on by " + sender(o.End)
	} else {
		line += ", switched off by " + sender(o.Begin)
	}
	if more := len(s.Off) - 1; more > 0 {
		line += ", and " + event.Counted(uint64(more), "more time", "more times")
	}
	return line + ": unknown what happened meanwhile"
}

// offAtEnd returns the time in which capture was off when the boot ended, nil if there is none.
func (s *Shutdown) offAtEnd() *Off {
	if n := len(s.Off); n > 0 && s.Off[n-1].end() == nil {
		return &s.Off[n-1]
	}
	return nil
}

// offDuring returns the last time in which capture was off since the shutdown began, nil if
// there is none: a call of reboot(2) has no record then.
func (s *Shutdown) offDuring() *Off {
	if n := len(s.Off); n > 0 && s.Way != WayNone {
		if o := &s.Off[n-1]; o.end() == nil || o.end().Time >= s.Begin {
			return o
		}
	}
	return nil
}

// offBefore reports whether capture was off right before a time: init may have got a signal
// then, which has no record.
func (s *Shutdown) offBefore(ns uint64) bool {
	return slices.ContainsFunc(s.Off, func(o Off) bool {
		return o.end() != nil && o.end().Time <= ns && ns-o.end().Time < soonAfter
	})
}

// hidden says what has no record because capture was off, and when the boot was last known
// to be alive.
func (s *Shutdown) hidden(o *Off) string {
	line := o.when()
	if !s.Trail.Boxed() {
		return line
	}
	if o.end() == nil {
		line += ": a request or reboot(2) has no record then; no panic was recorded"
	}
	return line + s.lastAlive("; ")
}

type offJSON struct {
	Begin     event.Nanos    `json:"begin,omitempty"`
	OffBy     *requesterJSON `json:"off_by,omitempty"`
	End       event.Nanos    `json:"end,omitempty"`
	EndAtMost bool           `json:"end_at_most,omitempty"` // the switch was not recorded
	OnBy      *requesterJSON `json:"on_by,omitempty"`
}

func offOf(o *Off) offJSON {
	j := offJSON{OffBy: requesterOf(o.Begin), OnBy: requesterOf(o.End), EndAtMost: o.On != nil}
	if o.Begin != nil {
		j.Begin = event.Nanos(o.Begin.Time)
	}
	if e := o.end(); e != nil {
		j.End = event.Nanos(e.Time)
	}
	return j
}
