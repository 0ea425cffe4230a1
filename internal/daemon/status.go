// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/trail"
)

// How long a client may take to read.
const statusTime = time.Second

// statusServer listens on a unix socket in the trail's directory. It answers each
// connection with one JSON object, and closes it. Only this process uses the
// directory: an existing socket is left over from an earlier daemon.
type statusServer struct {
	listener *net.UnixListener
	status   func() event.Status
	done     chan struct{}
}

func serveStatus(dir string, status func() event.Status) (*statusServer, error) {
	path := filepath.Join(dir, trail.Socket)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("status socket: %w", err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		return nil, fmt.Errorf("status socket: %w", err)
	}
	s := &statusServer{l, status, make(chan struct{})}
	go s.serve()
	return s, nil
}

// serve answers one client after the other until the socket is closed.
func (s *statusServer) serve() {
	defer close(s.done)
	for {
		client, err := s.listener.AcceptUnix()
		switch {
		case err == nil:
			s.answer(client)
		case errors.Is(err, net.ErrClosed):
			return
		default: // no descriptors or no memory: do not loop at full speed
			time.Sleep(statusTime)
		}
	}
}

func (s *statusServer) answer(client *net.UnixConn) {
	defer client.Close()
	client.SetWriteDeadline(time.Now().Add(statusTime))
	json.NewEncoder(client).Encode(s.status())
}

// close also removes the socket from the directory.
func (s *statusServer) close() {
	s.listener.Close()
	<-s.done
}
