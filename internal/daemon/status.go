// SPDX-License-Identifier: GPL-2.0

package daemon

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"sigtrail/internal/event"
	"sigtrail/internal/trail"
)

// A client that does not read gets no more time than this.
const statusTime = time.Second

// statusServer answers each connection to a unix socket in the trail's
// directory with one JSON object, and closes it. The directory is closed to
// others, and held by this process alone: a socket that stands there is left
// over. Package net would do it in half the lines, and 100 kB of flash.
type statusServer struct {
	path   string
	file   *os.File
	status func() event.Status
	done   chan struct{}
}

func serveStatus(dir string, status func() event.Status) (*statusServer, error) {
	path := filepath.Join(dir, trail.Socket)
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("status socket: %w", err)
	}
	file := os.NewFile(uintptr(fd), path)
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		file.Close()
		return nil, fmt.Errorf("status socket: %w", err)
	}
	if err = unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err == nil {
		err = unix.Listen(fd, 4)
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("status socket %s: %w", path, err)
	}
	s := &statusServer{path, file, status, make(chan struct{})}
	go s.serve()
	return s, nil
}

// serve answers one client after another, until the socket is closed.
func (s *statusServer) serve() {
	defer close(s.done)
	raw, err := s.file.SyscallConn()
	if err != nil {
		return
	}
	for {
		var fd int
		var failed error
		err := raw.Read(func(listener uintptr) bool {
			fd, _, failed = unix.Accept4(int(listener), unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK)
			return failed != unix.EAGAIN
		})
		switch {
		case err != nil:
			return
		case failed == unix.EMFILE, failed == unix.ENFILE, failed == unix.ENOBUFS, failed == unix.ENOMEM:
			time.Sleep(statusTime) // it stays readable: no spinning
		case failed == nil:
			s.answer(os.NewFile(uintptr(fd), s.path))
		}
	}
}

func (s *statusServer) answer(client *os.File) {
	defer client.Close()
	status := s.status()
	client.SetWriteDeadline(time.Now().Add(statusTime))
	client.Write(append(status.AppendJSON(nil), '\n'))
}

func (s *statusServer) close() {
	os.Remove(s.path)
	s.file.Close()
	<-s.done
}
