// SPDX-License-Identifier: GPL-2.0

package daemon

import (
	"encoding/json"
	"net"
	"testing"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
	"sigtrail/internal/trail"
)

// status asks the daemon, once it listens.
func (m *machine) status() event.Status {
	m.t.Helper()
	var conn net.Conn
	var err error
	for range 400 {
		if conn, err = net.Dial("unix", m.dir+"/trail/"+trail.Socket); err == nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	defer conn.Close()
	var s event.Status
	if err := json.NewDecoder(conn).Decode(&s); err != nil {
		m.t.Fatal(err)
	}
	return s
}

// TestMemory looks for growth: what is resident after 20,000 events is to be
// enough for 80,000. The figure itself is the end-to-end test's, as the test
// binary weighs more than the daemon.
func TestMemory(t *testing.T) {
	limitMemory()
	m, k := newMachine(t), newKernel(100)
	m.start(k)
	resident := func(from, to uint64) int64 {
		for seq := from; seq <= to; seq++ {
			k.make(sample(seq), true)
			for len(k.live) > 1000 {
				time.Sleep(time.Millisecond)
			}
		}
		for m.status().Seq != to {
			time.Sleep(time.Millisecond)
		}
		rss, err := procfs.Root("/proc").RSS(int(m.status().PID))
		if err != nil {
			t.Fatal(err)
		}
		return rss
	}
	before := resident(1, 20000)
	after := resident(20001, 80000)
	t.Logf("resident: %d KiB after 20,000 events, %d KiB after 80,000", before>>10, after>>10)
	if after > before+4<<20 {
		t.Errorf("%d KiB more after 60,000 further events", (after-before)>>10)
	}
}
