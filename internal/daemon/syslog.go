// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"errors"
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

func (s *syslog) sender() {
	defer close(s.done)
	defer s.disconnect()
	var over <-chan time.Time
	for {
		select {
		case text, ok := <-s.queue:
			if !ok {
				s.deliverHeld()
				return
			}
			s.deliver(text)
		case wait := <-s.holds:
			over = time.After(wait)
		case <-over:
			over = nil
			s.deliverHeld()
		}
	}
}

// deliverHeld sends a line about what was held back, if anything was.
func (s *syslog) deliverHeld() {
	now := time.Now()
	if text := s.held.take(now, 0); text != nil {
		s.deliver(append(s.datagram(now), text...))
	}
}

// deliver sends a line, and before it how many were dropped.
func (s *syslog) deliver(text []byte) {
	// Lines are dropped at the front of the queue, or when they are sent: so before
	// this line.
	if n := s.unreported.Swap(0); n > 0 {
		lines := "lines"
		if n == 1 {
			lines = "line"
		}
		note := fmt.Appendf(s.datagram(time.Now()), "Dropped :: %d %s: the log daemon was too slow or did not run", n, lines)
		if !s.send(note) {
			s.unreported.Add(n)
			s.drop()
			return
		}
	}
	if s.send(text) {
		s.sent.Add(1)
	} else {
		s.drop()
	}
}

// send writes one datagram. It tries twice, as a restarted log daemon has another
// socket.
func (s *syslog) send(text []byte) bool {
	for range 2 {
		if s.conn == nil && !s.connect() && !s.await() {
			return false
		}
		s.conn.SetWriteDeadline(time.Now().Add(lineTime))
		_, err := s.conn.Write(text)
		if err == nil {
			return true
		}
		s.disconnect()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			if s.closing.Load() { // it hangs: do not wait for each line
				s.path = ""
			}
			return false
		}
	}
	return false
}

func (s *syslog) connect() bool {
	if s.path == "" {
		return false
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: s.path})
	if err != nil {
		return false
	}
	s.conn, s.patience = conn, restartTime
	return true
}

// await waits for a log daemon that does not run, and reports whether it came.
func (s *syslog) await() bool {
	over := time.NewTimer(s.patience)
	defer over.Stop()
	check := time.NewTicker(restartCheck)
	defer check.Stop()
	s.patience = 0
	for {
		select {
		case <-s.stop:
			return false
		case <-over.C:
			return false
		case <-check.C:
			if s.connect() {
				return true
			}
		}
	}
}

func (s *syslog) disconnect() {
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
}
