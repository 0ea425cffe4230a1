// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
	"sigtrail/internal/trail"
)

// bootID is the id that thisBoot has.
const bootID = "2f1c7b1e-3f2a-4c56-9c49-0d3d0c4f7a11"

// thisBoot returns a /proc with a boot's id.
func thisBoot(t *testing.T) procfs.Root {
	proc := t.TempDir()
	id := filepath.Join(proc, "sys/kernel/random/boot_id")
	if err := os.MkdirAll(filepath.Dir(id), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(id, []byte(bootID+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return procfs.Root(proc)
}

// After the clock was set, the records in the ring keep the dates that the trail and the
// log have, and those of groups that have gone the services, unless the trail is that of
// another boot. A record whose service was unknown takes none away. The trail is one that was
// written.
func TestWatchDates(t *testing.T) {
	proc := thisBoot(t)
	for boot, want := range map[string][2]string{
		bootID:                                 {"1970-01-01T00:00:03.000000Z", `"target_service":"cron"`},
		"00000000-0000-4000-8000-000000000000": {"2025-11-22T04:25:12.000000Z", ""},
	} {
		dir := t.TempDir()
		w, err := trail.Open(dir, boot, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range []event.Event{{Seq: 3, Time: 2e9, Wall: 3e9, TargetCgroup: records1to10[2].TargetCgroup, TargetService: "cron"},
			{Seq: 4, Time: 2e9, Wall: 3e9, TargetCgroup: records1to10[2].TargetCgroup}, {Kind: event.KindNote, Time: 2e9, Wall: 9e9}} {
			w.Event(&e)
		}
		if _, err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		w.Close()
		for _, command := range []string{"watch --once --json", "rpcd call events"} {
			k := newKernel()
			var b bytes.Buffer
			a := &app{in: strings.NewReader(""), out: &b, proc: proc, dial: func() (kernelPart, error) { return k, nil },
				running: func(_ string, onEvent func(event.Event) error, onLoss func(event.Loss) error) (string, int, error) {
					return trail.Read(dir, onEvent, onLoss)
				}, stop: neverStop}
			if err := a.run(strings.Fields(command)); err != nil {
				t.Fatal(err)
			}
			_, third, _ := strings.Cut(b.String(), `"seq":3,`)
			third, _, _ = strings.Cut(third, "}")
			if !strings.Contains(third, `"wall":"`+want[0]+`"`) || strings.Contains(third, "service") != (want[1] != "") || !strings.Contains(third, want[1]) {
				t.Errorf("%s, trail of %s: %s, want %s", command, boot, third, want)
			}
		}
	}
}

// The dates take memory for the records that the ring has, not for the whole trail.
func TestDatesMemory(t *testing.T) {
	k := newKernel()
	k.info.SeqFirst, k.info.SeqLast = 99_001, 100_000
	a := &app{proc: thisBoot(t), running: func(_ string, onEvent func(event.Event) error, _ func(event.Loss) error) (string, int, error) {
		for seq := uint64(1); seq <= k.info.SeqLast; seq++ {
			if err := onEvent(event.Event{Seq: seq, Wall: int64(seq)}); err != nil {
				t.Error(err)
			}
		}
		return bootID, 0, nil
	}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	d, ok := a.withDates(k, nil).(*dated)
	runtime.ReadMemStats(&after)
	if !ok || len(d.wall) != 1000 || d.wall[99_001] != 99_001 {
		t.Errorf("%+v", d)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
		t.Errorf("%d KiB for the dates of 1000 records", used>>10)
	}
}
