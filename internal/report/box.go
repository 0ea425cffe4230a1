// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"slices"

	"sigtrail/internal/event"
)

// lastEvents is how many events of a boot without a shutdown have rows: the black box has
// all that happened in hours.
const lastEvents = 40

// silent says that a boot ended without a record of why, and when it was last known to be
// alive. The black box says that at times only: the reset came later.
func (s *Shutdown) silent() string {
	last, damaged := uint64(0), false
	for i := range s.Trail.Events {
		if e := &s.Trail.Events[i]; e.Seq != 0 {
			last = max(last, e.Time)
		}
	}
	for i := range s.Trail.Sources {
		o := &s.Trail.Sources[i]
		damaged = damaged || o.Name == event.BoxSource && o.Fault != ""
	}
	alive := s.Trail.Alive
	line := "reset without a word"
	if damaged && last == 0 {
		line = "unknown how it ended: no record is whole"
	}
	switch {
	case alive == 0 && last == 0:
		return line + "; when it was last alive is unknown"
	case alive > last && last != 0:
		line += ", last alive " + seconds(alive-last) + " s after its last record"
	case alive > last:
		line += ", last alive"
	default:
		line += ", last alive at its last record"
		alive = last
	}
	line += ", " + s.whenAt(alive, false) + "; the reset came at any time after that"
	if damaged && last != 0 {
		line += ", and damaged records may have said more"
	}
	return line
}

// emptyBox says why a black box has nothing of the boot that ended; "": it has, or there is
// no black box.
func (s *Shutdown) emptyBox() string {
	b := &s.Trail.Box
	switch {
	case !b.Outlives() || s.Trail.Boxed():
		return ""
	case b.Found == event.FoundNothing:
		return "the black box was empty, as after a power cut, a reset that clears RAM, or a boot without one"
	case b.Found == event.FoundRecords:
		return "the black box has nothing of the boot that ended"
	}
	return "the black box was found " + b.Found.String() + ": nothing of it is believed"
}

// Off is a time in which capture was off. One of the switches is known.
type Off struct {
	Begin *event.Event // switched it off; nil: before the trail begins, or off from boot on
	End   *event.Event // switched it on; nil: until the trail ends
}

// switchedOff returns when capture was off.
func switchedOff(events []event.Event) []Off {
	var list []Off
	for i := range events {
		e := &events[i]
		if e.Kind != event.KindSwitch {
			continue
		}
		open := len(list) > 0 && list[len(list)-1].End == nil
		switch {
		case e.Text == "enable=0" && !open:
			list = append(list, Off{Begin: e})
		case e.Text == "enable=1" && open:
			list[len(list)-1].End = e
		case e.Text == "enable=1":
			list = append(list, Off{End: e}) // a switch that does not change has no record
		}
	}
	return list
}

// off returns when capture was off, and by whom.
func (s *Shutdown) off() string {
	if len(s.Off) == 0 {
		return ""
	}
	o := &s.Off[0]
	at := func(e *event.Event) string { return seconds(e.Time) + " s" }
	line := "capture was off "
	switch {
	case o.Begin == nil:
		line += "until " + at(o.End) + " after boot, switched on by " + sender(o.End)
	case o.End == nil:
		line += "from " + at(o.Begin) + " after boot on, switched off by " + sender(o.Begin)
	default:
		line += "from " + at(o.Begin) + " to " + at(o.End) + " after boot, switched off by " + sender(o.Begin)
	}
	if more := len(s.Off) - 1; more > 0 {
		line += ", and " + counted(uint64(more), "more time", "more times")
	}
	return line + ": unknown what happened meanwhile"
}

// offAtEnd reports whether capture was off when the boot ended.
func (s *Shutdown) offAtEnd() bool {
	n := len(s.Off)
	return n > 0 && s.Off[n-1].End == nil
}

type offJSON struct {
	Begin event.Nanos    `json:"begin,omitempty"`
	OffBy *requesterJSON `json:"off_by,omitempty"`
	End   event.Nanos    `json:"end,omitempty"`
	OnBy  *requesterJSON `json:"on_by,omitempty"`
}

func offOf(o *Off) offJSON {
	j := offJSON{OffBy: requesterOf(o.Begin), OnBy: requesterOf(o.End)}
	if o.Begin != nil {
		j.Begin = event.Nanos(o.Begin.Time)
	}
	if o.End != nil {
		j.End = event.Nanos(o.End.Time)
	}
	return j
}

// unflagged reports whether a record was made before a shutdown had begun.
func unflagged(e *event.Event) bool {
	return e.Origin == event.OriginBox && e.Flags&event.FlagShutdown == 0
}

// beforeEnd returns the index of the first event that has a row: of a boot without a
// shutdown the black box has much more than how it ended.
func (s *Shutdown) beforeEnd() int {
	if s.Way != WayNone || !s.Trail.Boxed() {
		return 0
	}
	events, n := s.Trail.Events, 0
	for i := range slices.Backward(events) {
		if events[i].Kind == event.KindNote {
			continue
		}
		if n++; n == lastEvents {
			return i
		}
	}
	return 0
}
