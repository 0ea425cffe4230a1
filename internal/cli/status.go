// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"encoding/json"
	"io"
	"net"
	"path/filepath"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/trail"
)

// askDaemon gets the counters of the daemon whose trail is in dir. It returns nil
// if there is no daemon, or no answer within a second.
func askDaemon(dir string) *event.Status {
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: filepath.Join(dir, trail.Socket)})
	if err != nil {
		return nil
	}
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(time.Second))
	var s event.Status
	if json.NewDecoder(io.LimitReader(conn, 4<<10)).Decode(&s) != nil {
		return nil
	}
	return &s
}
