// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	"sigtrail/internal/event"
)

const (
	// How many lines may wait for the log daemon. Its socket queues ten
	// (net.unix.max_dgram_qlen); a kill-all makes a hundred at once.
	queueLines = 256

	// How long the log daemon may take for a line.
	lineTime = time.Second

	// How long lines wait for a log daemon that does not run, as procd restarts
	// logd after a second, and how often it is looked for.
	restartTime  = 5 * time.Second
	restartCheck = 100 * time.Millisecond

	// How long lines are held back until one says so, also in a shutdown: the log
	// daemon is one of the first to end.
	heldTime         = time.Second
	heldTimeShutdown = 200 * time.Millisecond
)

// syslog sends lines to the log daemon as datagrams of the form that libc's syslog()
// has, "<PRI>Nov 26 02:36:21 sigtrail[PID]: text", in local time. Without the time
// OpenWrt's logd (log_add() in ubox, log/syslog.c) would take what stands in its place
// for it where the sixteenth byte is a blank: the name, if PID has four digits.
//
// line and record never wait. If the queue is full, its oldest line is dropped. A line is
// also dropped if the log daemon does not read, or has not come back within restartTime.
// Dropped lines are counted, and the log says where and how many. Each line tries to
// connect again if needed.
//
// Lines of records have a budget; those beyond it are held back, and one line says how
// many, of whom. Other lines are the daemon's own, and have none.
//
// A nil *syslog drops all lines.
type syslog struct {
	path  string
	pri   string // <PRI>
	tag   string // sigtrail[PID]:
	queue chan []byte
	stop  chan struct{} // closed by close: do not wait for a log daemon
	done  chan struct{} // closed when the sender has ended

	sent, dropped, heldBack *atomic.Uint64
	unreported              atomic.Uint64 // dropped, and not yet in the log
	closing                 atomic.Bool

	held  heldBack
	holds chan time.Duration // after which the sender says what was held back

	// Used by record.
	budget   budget
	shutdown bool // it has begun

	// Used by the sender.
	conn     *net.UnixConn // nil: not connected
	patience time.Duration // restartTime; 0 after a wait in vain, until it has connected
}

// openSyslog starts a sender to the socket at path; "": no log. It sends at most rate lines
// of records a second; 0: no limit. close ends it.
func openSyslog(path string, priority, rate int, sent, dropped, heldBack *atomic.Uint64) *syslog {
	if path == "" {
		return nil
	}
	s := newSyslog(path, priority, rate)
	s.sent, s.dropped, s.heldBack = sent, dropped, heldBack
	go s.sender()
	return s
}

func newSyslog(path string, priority, rate int) *syslog {
	return &syslog{
		path:     path,
		pri:      fmt.Sprintf("<%d>", priority),
		tag:      fmt.Sprintf(" sigtrail[%d]: ", os.Getpid()),
		queue:    make(chan []byte, queueLines),
		stop:     make(chan struct{}),
		done:     make(chan struct{}),
		holds:    make(chan time.Duration, 1),
		budget:   newBudget(rate),
		patience: restartTime,
	}
}

// datagram returns the beginning of a line as it is sent.
func (s *syslog) datagram(now time.Time) []byte {
	b := append(make([]byte, 0, 256), s.pri...)
	return append(now.AppendFormat(b, time.Stamp), s.tag...)
}

// line queues a copy of one line of the daemon. It is, like record, for one goroutine at a
// time.
func (s *syslog) line(text []byte) {
	if s != nil {
		s.add(append(s.datagram(time.Now()), text...))
	}
}

// record queues a record's line, if the budget has one.
func (s *syslog) record(e *event.Event) {
	if s == nil {
		return
	}
	now := time.Now()
	wait, least := heldTime, heldTime/2 // a storm has few lines about what was held back
	switch {
	case s.shutdown:
		wait, least = heldTimeShutdown, heldTimeShutdown/2
	case e.Flags&event.FlagShutdown != 0:
		s.shutdown, wait, least = true, heldTimeShutdown, 0
		s.budget.fill() // how it begins matters more than what was before
	}
	if limited(e) && !s.budget.take(now, e.Flags&event.FlagShare != 0) {
		s.heldBack.Add(1)
		if s.held.add(e, now) {
			select {
			case s.holds <- wait:
			default: // the sender has yet to take the last one
			}
		}
		return
	}
	if text := s.held.take(now, least); text != nil {
		s.line(text)
	}
	s.add(e.AppendLine(s.datagram(now)))
}

// add queues a datagram.
func (s *syslog) add(queued []byte) {
	for {
		select {
		case s.queue <- queued:
			return
		default:
		}
		select {
		case <-s.queue: // the newest lines matter more
			s.drop()
		default:
		}
	}
}

func (s *syslog) drop() {
	s.dropped.Add(1)
	s.unreported.Add(1)
}

// close sends the queued lines, and what was held back, unless the log daemon hangs, and
// ends the sender.
func (s *syslog) close() {
	if s == nil || s.closing.Swap(true) {
		return
	}
	close(s.stop)
	close(s.queue)
	<-s.done
}
