// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/trail"
)

// status waits until the daemon listens, and returns its answer.
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

// residentMemory returns the bytes that this process, test and daemon, has in memory.
func residentMemory(t *testing.T) int64 {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	var size, resident int64 // pages
	if _, err := fmt.Sscan(string(statm), &size, &resident); err != nil {
		t.Fatal(err)
	}
	return resident * int64(os.Getpagesize())
}

// TestMemory looks for growth: the memory that is resident after 20,000 events must
// suffice for 80,000. The end-to-end test checks the size itself, as the test binary
// is larger than the daemon.
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
		return residentMemory(t)
	}
	before := resident(1, 20000)
	after := resident(20001, 80000)
	t.Logf("resident: %d KiB after 20,000 events, %d KiB after 80,000", before>>10, after>>10)
	if after > before+4<<20 {
		t.Errorf("%d KiB more after 60,000 further events", (after-before)>>10)
	}
}
