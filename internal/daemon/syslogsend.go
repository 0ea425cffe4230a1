// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sender sends what is queued, until the queue is closed.
func (s *syslog) sender() {
	defer close(s.done)
	defer s.disconnect() // nobody sends any more
	var over <-chan time.Time
	for {
		select {
		case text, ok := <-s.queue:
			if !ok {
				s.deliverHeld()
				return
			}
			s.deliver(text)
			s.queued.Add(-1)
			s.spare(text)
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
	s.sending.Lock()
	defer s.sending.Unlock()
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

// sendNow sends a line if the log daemon takes it at once, and no other one is before it. It
// does not wait.
func (s *syslog) sendNow(text []byte) bool {
	if s.queued.Load() > 0 || !s.sending.TryLock() {
		return false
	}
	defer s.sending.Unlock()
	if s.socket < 0 || s.unreported.Load() > 0 || s.try(text) != nil {
		return false
	}
	s.sent.Add(1)
	return true
}

// send writes one datagram, and waits for room. It tries twice, as a restarted log daemon has
// another socket.
func (s *syslog) send(text []byte) bool {
	for range 2 {
		if s.socket < 0 && !s.connect() && !s.await() {
			return false
		}
		_, err := unix.Write(s.socket, text)
		for err == unix.EINTR {
			_, err = unix.Write(s.socket, text)
		}
		if err == nil {
			return true
		}
		s.disconnect()
		if err == unix.EAGAIN { // after lineTime
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
func (s *syslog) try(text []byte) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(s.socket), uintptr(unsafe.Pointer(&text[0])), uintptr(len(text)),
		unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// connect opens a socket that waits for room for lineTime. Go's poller does not have it: that
// would wake the daemon whenever the log daemon has read a line.
func (s *syslog) connect() bool {
	if s.path == "" {
		return false
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	wait := unix.NsecToTimeval(int64(lineTime))
	if unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &wait) != nil || unix.Connect(fd, &unix.SockaddrUnix{Name: s.path}) != nil {
		unix.Close(fd)
		return false
	}
	s.socket, s.patience = fd, restartTime
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
	if s.socket >= 0 {
		unix.Close(s.socket)
		s.socket = -1
	}
}
