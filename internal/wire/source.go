// SPDX-License-Identifier: GPL-2.0

package wire

import (
	"encoding/binary"
	"sync/atomic"
	"time"

	"sigtrail/internal/event"
)

// Source is an event.Source over two transports: one for live messages, and one
// for dumps and requests, so that answers do not mix with the former. Package
// genl has both. It computes the wall time of each event.
type Source struct {
	Live interface {
		// Receive waits for messages and calls f for each.
		Receive(f func(msg []byte)) error
	}
	Ring interface {
		// DumpEvents calls f for each message of a SIGTRAIL_CMD_EVENTS_GET.
		DumpEvents(from uint64, f func(msg []byte)) error

		// Info returns the answer to a SIGTRAIL_CMD_INFO_GET.
		Info() ([]byte, error)
	}

	// Malformed counts the records, and the messages as a whole, that could
	// not be decoded.
	Malformed atomic.Uint64

	clocks event.Info // for Wall
	taken  time.Time  // when it was
}

// A router's clock drifts less than a microsecond in this time, and when it is
// set, no more than this much of the trail has the wall time before.
const clocksAge = time.Second

// Receive waits for live events and calls f for each. It must not be called
// while another goroutine is in Receive or Dump.
func (s *Source) Receive(f func(event.Event)) error {
	return s.Live.Receive(func(msg []byte) {
		s.refresh()
		s.decode(msg, f)
	})
}

// Dump calls f for each record of the ring from a number on. It may be called
// from Receive's f.
func (s *Source) Dump(from uint64, f func(event.Event)) error {
	s.refresh()
	return s.Ring.DumpEvents(from, func(msg []byte) { s.decode(msg, f) })
}

// Info asks for the kernel part's state. It is safe for any goroutine, but not
// from within Dump's f.
func (s *Source) Info() (event.Info, error) {
	msg, err := s.Ring.Info()
	if err != nil {
		return event.Info{}, err
	}
	return Info(msg, binary.NativeEndian)
}

// refresh takes the clocks anew if they are too old. If that fails, those that
// there are must do: an event is worth more than its wall time.
func (s *Source) refresh() {
	if now := time.Now(); s.taken.IsZero() || now.Sub(s.taken) > clocksAge {
		if i, err := s.Info(); err == nil {
			s.clocks, s.taken = i, now
		}
	}
}

func (s *Source) decode(msg []byte, f func(event.Event)) {
	skipped, err := Events(msg, binary.NativeEndian, func(e event.Event) {
		e.Wall = s.clocks.Wall(e.Time)
		f(e)
	})
	if err != nil {
		skipped++
	}
	if skipped > 0 {
		s.Malformed.Add(uint64(skipped))
	}
}
