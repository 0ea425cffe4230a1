// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sender sends what is queued, until the queue is closed.
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
		err := s.try(text)
		if err == unix.EAGAIN {
			s.conn.SetWriteDeadline(time.Now().Add(lineTime))
			_, err = s.conn.Write(text)
		}
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

// try writes one datagram if there is room for it. It does not block, so that Go's
// scheduler need not watch it.
func (s *syslog) try(text []byte) (err error) {
	raw, err := s.conn.SyscallConn()
	if err != nil {
		return err
	}
	failed := raw.Control(func(fd uintptr) {
		if _, _, errno := unix.RawSyscall(unix.SYS_WRITE, fd, uintptr(unsafe.Pointer(&text[0])), uintptr(len(text))); errno != 0 {
			err = errno
		}
	})
	return cmp.Or(failed, err)
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
