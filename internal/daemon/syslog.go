// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"fmt"
	"os"
	"sync"
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
// line, record and note never wait. They send at once what the log daemon takes at once; the rest is
// queued, for a goroutine that waits. If the queue is full, its oldest line is dropped. A line is
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
	free  chan []byte   // memory of lines that have left the queue, for the next ones
	stop  chan struct{} // closed by close: do not wait for a log daemon
	done  chan struct{} // closed when the sender has ended

	sent, dropped, heldBack *atomic.Uint64
	unreported              atomic.Uint64 // dropped, and not yet in the log
	queued                  atomic.Int32  // lines in the queue, or of it with the sender
	closing                 atomic.Bool

	held  heldBack
	holds chan time.Duration // after which the sender says what was held back

	// Used by line, record and note.
	budget   budget
	shutdown bool   // it has begun
	second   int64  // since 1970
	begin    []byte // of a line of this second
	buf      []byte // the line

	// sending protects socket. The sender has it while it waits for the log daemon.
	sending sync.Mutex
	socket  int // -1: not connected

	// Used by the sender.
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
		free:     make(chan []byte, queueLines),
		stop:     make(chan struct{}),
		done:     make(chan struct{}),
		holds:    make(chan time.Duration, 1),
		budget:   newBudget(rate),
		socket:   -1,
		patience: restartTime,
	}
}

// datagram returns the beginning of a line as it is sent.
func (s *syslog) datagram(now time.Time) []byte {
	b := append(make([]byte, 0, 256), s.pri...)
	return append(now.AppendFormat(b, time.Stamp), s.tag...)
}

// beginning returns the same in s.buf. It is made once for each second.
func (s *syslog) beginning(now time.Time) []byte {
	if second := now.Unix(); second != s.second || s.begin == nil {
		s.second, s.begin = second, s.datagram(now)
	}
	return append(s.buf[:0], s.begin...)
}

// line logs one line of the daemon. It is, like record, for one goroutine at a time.
func (s *syslog) line(text []byte) {
	if s != nil {
		s.add(append(s.beginning(time.Now()), text...))
	}
}

// record logs a record's line, if the budget has one. now is for all records of a message: to
// ask for the time costs two calls of the kernel where it has no vDSO.
func (s *syslog) record(e *event.Event, now time.Time) {
	if s == nil {
		return
	}
	wait, least := heldTime, heldTime/2 // a storm has few lines about what was held back
	switch {
	case s.shutdown:
		wait, least = heldTimeShutdown, heldTimeShutdown/2
	case e.Flags&event.FlagShutdown != 0:
		s.shutdown, wait, least = true, heldTimeShutdown, 0
		s.budget.fill() // how it begins matters more than what was before
	}
	if limited(e) && !s.budget.take(now, leavesHalf(e)) {
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
	s.add(e.AppendLine(s.beginning(now)))
}

// note logs what was found about a record, if that leaves half of the budget to records;
// the trail has it in any case.
func (s *syslog) note(e *event.Event) {
	if s == nil {
		return
	}
	if now := time.Now(); s.budget.take(now, true) {
		s.add(e.AppendLine(s.beginning(now)))
	}
}

// add sends a datagram, which is in s.buf, or queues a copy of it.
func (s *syslog) add(b []byte) {
	s.buf = b
	if s.sendNow(b) {
		return
	}
	var line []byte
	select {
	case line = <-s.free:
	default:
	}
	line = append(line[:0], b...)
	s.queued.Add(1)
	for {
		select {
		case s.queue <- line:
			return
		default:
		}
		select {
		case oldest := <-s.queue: // the newest lines matter more
			s.queued.Add(-1)
			s.drop()
			s.spare(oldest)
		default:
		}
	}
}

// spare keeps the memory of a line that has left the queue: as garbage, a storm's lines would
// have to be collected in the middle of it.
func (s *syslog) spare(line []byte) {
	select {
	case s.free <- line:
	default:
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
