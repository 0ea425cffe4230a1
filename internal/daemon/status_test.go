// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/internal/trail"
)

// A daemon that was killed leaves its socket. The next one replaces it, and removes
// its own socket when it ends.
func TestStatusSocket(t *testing.T) {
	dir := t.TempDir()
	addr := &net.UnixAddr{Name: filepath.Join(dir, trail.Socket)}
	left, err := net.ListenUnix("unix", addr)
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	left.Close()
	s, err := serveStatus(dir, func() event.Status { return event.Status{Seq: 7} })
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.DialUnix("unix", nil, addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var got event.Status
	if err := json.NewDecoder(conn).Decode(&got); err != nil || got.Seq != 7 {
		t.Errorf("%+v, %v", got, err)
	}
	s.close()
	if _, err := os.Lstat(addr.Name); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
}
