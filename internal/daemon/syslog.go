// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"
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
)

// syslog sends lines to the log daemon as datagrams of the form that libc's syslog()
// has, "<PRI>Nov 26 02:36:21 sigtrail[PID]: text", in local time. Without the time
// OpenWrt's logd (log_add() in ubox, log/syslog.c) would take what stands in its place
// for it where the sixteenth byte is a blank: the name, if PID has four digits.
//
// line never waits. If the queue is full, its oldest line is dropped. A line is also
// dropped if the log daemon does not read, or has not come back within restartTime. Dropped lines are counted,
// and the log says where and how many. Each line tries to connect again if needed.
//
// A nil *syslog drops all lines.
type syslog struct {
	path  string
	pri   string // <PRI>
	tag   string // sigtrail[PID]:
	queue chan []byte
	stop  chan struct{} // closed by close: do not wait for a log daemon
	done  chan struct{} // closed when the sender has ended

	sent, dropped *atomic.Uint64
	unreported    atomic.Uint64 // dropped, and not yet in the log
	closing       atomic.Bool

	// Used by the sender.
	conn     *net.UnixConn // nil: not connected
	patience time.Duration // restartTime; 0 after a wait in vain, until it has connected
}

// openSyslog starts a sender to the socket at path; "": no log. close ends it.
func openSyslog(path string, priority int, sent, dropped *atomic.Uint64) *syslog {
	if path == "" {
		return nil
	}
	s := &syslog{
		path:  path,
		pri:   fmt.Sprintf("<%d>", priority),
		tag:   fmt.Sprintf(" sigtrail[%d]: ", os.Getpid()),
		queue: make(chan []byte, queueLines),
		stop:  make(chan struct{}),
		done:  make(chan struct{}),
		sent:  sent, dropped: dropped,
		patience: restartTime,
	}
	go s.sender()
	return s
}

// datagram returns a line as it is sent.
func (s *syslog) datagram(now time.Time, text []byte) []byte {
	b := now.AppendFormat([]byte(s.pri), time.Stamp)
	return append(append(b, s.tag...), text...)
}

// line queues a copy of one line. It is for one goroutine at a time.
func (s *syslog) line(text []byte) {
	if s == nil {
		return
	}
	queued := s.datagram(time.Now(), text)
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

// close sends the queued lines, unless the log daemon hangs, and ends the sender.
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
	for text := range s.queue {
		// Lines are dropped at the front of the queue, or when they are sent: so
		// before this line.
		if n := s.unreported.Swap(0); n > 0 {
			lines := "lines"
			if n == 1 {
				lines = "line"
			}
			note := s.datagram(time.Now(), fmt.Appendf(nil, "Dropped :: %d %s: the log daemon was too slow or did not run", n, lines))
			if !s.send(note) {
				s.unreported.Add(n)
				s.drop()
				continue
			}
		}
		if s.send(text) {
			s.sent.Add(1)
		} else {
			s.drop()
		}
	}
	s.disconnect()
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
