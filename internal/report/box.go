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
// alive.
func (s *Shutdown) silent() string {
	line, last, damaged := "reset without a word", s.lastRecord(), s.damaged()
	switch {
	case damaged && last == 0:
		line = "unknown how it ended: no record is whole"
	case len(s.Failures) > 0:
		line = "reset without a panic, " + s.sinceFailure()
	}
	line += s.lastAlive(", ")
	if damaged && last != 0 {
		line += ", and damaged records may have said more"
	}
	return line
}

// lastRecord returns when the last record was made, 0 if that is unknown.
func (s *Shutdown) lastRecord() (last uint64) {
	for i := range s.Trail.Events {
		if e := &s.Trail.Events[i]; e.Seq != 0 {
			last = max(last, e.Last())
		}
	}
	return last
}

// damaged reports whether records of the black box are torn or damaged.
func (s *Shutdown) damaged() bool {
	return slices.ContainsFunc(s.Trail.Sources, func(o event.Source) bool { return o.Name == event.BoxSource && o.Fault != "" })
}

// sinceFailure returns how long after the kernel's last failure the reset came, at least.
func (s *Shutdown) sinceFailure() string {
	last := uint64(0)
	for i := range s.Failures {
		last = max(last, s.Failures[i].Event.Time)
	}
	if since := between(last, max(s.Trail.Alive, s.lastRecord())); since >= minSlow {
		return "at least " + seconds(since) + " s after a failure of its kernel"
	}
	return "after a failure of its kernel"
}

// lastAlive says when the boot was last known to be alive, after a separator. The black box
// says that at times only: the reset came later.
func (s *Shutdown) lastAlive(sep string) string {
	alive, last := s.Trail.Alive, s.lastRecord()
	line := sep + "last alive"
	switch {
	case alive == 0 && last == 0:
		return "; when it was last alive is unknown"
	case alive > last && last != 0:
		line += " " + seconds(alive-last) + " s after its last record"
	case alive <= last:
		line += " at its last record"
		alive = last
	}
	return line + ", " + s.whenAt(alive, false) + "; the reset came at any time after that"
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
	case b.Found == event.FoundRecords && slices.ContainsFunc(s.Trail.Sources, func(o event.Source) bool { return o.Name == event.BoxSource }):
		return "the black box has nothing of the boot that ended"
	case b.Found == event.FoundRecords:
		return "what the black box had is not in this trail"
	}
	return "the black box was found " + b.Found.String() + ": nothing of it is believed"
}

// boxKept reports whether RAM survived the reset, at least where the black box is: it had
// something, of this boot or of another.
func (s *Shutdown) boxKept() bool {
	return s.Trail.Box.Outlives() && s.Trail.Box.Found != event.FoundNothing
}

// kindOfReset returns the kind of the reset: it is not cold only because pstore was empty,
// if the black box was not.
func (s *Shutdown) kindOfReset() event.Reset {
	if s.Trail.Reset == event.ResetCold && s.boxKept() {
		return event.ResetUnknown
	}
	return s.Trail.Reset
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
