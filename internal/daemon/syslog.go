// SPDX-License-Identifier: GPL-2.0

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
	// Lines that wait for the log daemon. Its socket takes ten at a time
	// (net.unix.max_dgram_qlen); a kill-all sends a hundred.
	queueLines = 256

	// How long the log daemon may take for a line.
	lineTime = time.Second
)

// syslog sends lines to the log daemon as datagrams "<PRI>sigtrail[PID]: text".
// No time stands there: BusyBox's syslogd (timestamp_and_log() in
// sysklogd/syslogd.c) and OpenWrt's logd put their own where none is.
//
// line never waits. Where the queue is full its oldest line is dropped; so is
// one that the log daemon does not take, or that finds none. All are counted,
// and where lines are missing the log says how many. Each line tries to connect
// anew, if need be.
//
// A nil *syslog takes lines to nowhere.
type syslog struct {
	path   string
	prefix string
	queue  chan []byte
	done   chan struct{} // closed when the sender has ended

	sent, dropped *atomic.Uint64
	missing       atomic.Uint64 // dropped, and the log has not been told
	closing       atomic.Bool

	conn *net.UnixConn // the sender's; nil if not connected
}

// openSyslog starts a sender to the socket at path, "" for none. close ends it.
func openSyslog(path string, priority int, sent, dropped *atomic.Uint64) *syslog {
	if path == "" {
		return nil
	}
	s := &syslog{
		path:   path,
		prefix: fmt.Sprintf("<%d>sigtrail[%d]: ", priority, os.Getpid()),
		queue:  make(chan []byte, queueLines),
		done:   make(chan struct{}),
		sent:   sent, dropped: dropped,
	}
	go s.sender()
	return s
}

// line queues one line, which may be used anew afterwards. It is for one
// goroutine at a time.
func (s *syslog) line(text []byte) {
	if s == nil {
		return
	}
	queued := append([]byte(s.prefix), text...)
	for {
		select {
		case s.queue <- queued:
			return
		default:
		}
		select {
		case <-s.queue: // the end of a story tells more than its middle
			s.drop()
		default:
		}
	}
}

func (s *syslog) drop() {
	s.dropped.Add(1)
	s.missing.Add(1)
}

// close sends what is queued, as long as the log daemon takes it, and ends the
// sender.
func (s *syslog) close() {
	if s == nil || s.closing.Swap(true) {
		return
	}
	close(s.queue)
	<-s.done
}

func (s *syslog) sender() {
	defer close(s.done)
	for text := range s.queue {
		// What is missing stood before this line: it was dropped at the
		// queue's front, or was sent in vain.
		if n := s.missing.Swap(0); n > 0 {
			lines := "lines"
			if n == 1 {
				lines = "line"
			}
			note := fmt.Appendf(nil, "%sDropped :: %d %s that the log did not take", s.prefix, n, lines)
			if !s.send(note) {
				s.missing.Add(n)
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

// send writes one datagram. A log daemon that was started anew has another
// socket, so it tries twice.
func (s *syslog) send(text []byte) bool {
	for range 2 {
		if s.conn == nil && !s.connect() {
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
	s.conn = conn
	return true
}

func (s *syslog) disconnect() {
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
}
