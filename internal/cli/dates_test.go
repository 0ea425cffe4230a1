// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
	"sigtrail/internal/trail"
)

// After the clock was set, the records in the ring keep the dates that the trail and the
// log have, unless the trail is that of another boot. The trail is one that was written.
func TestWatchDates(t *testing.T) {
	const thisBoot = "2f1c7b1e-3f2a-4c56-9c49-0d3d0c4f7a11"
	proc := t.TempDir()
	id := filepath.Join(proc, "sys/kernel/random/boot_id")
	if err := os.MkdirAll(filepath.Dir(id), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(id, []byte(thisBoot+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for boot, want := range map[string]string{thisBoot: "1970-01-01T00:00:03.000000Z", "00000000-0000-4000-8000-000000000000": "2025-11-22T04:25:12.000000Z"} {
		dir := t.TempDir()
		w, err := trail.Open(dir, boot, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range []event.Event{{Seq: 3, Time: 2e9, Wall: 3e9}, {Kind: event.KindNote, Time: 2e9, Wall: 9e9}} {
			w.Event(&e)
		}
		if _, err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		w.Close()
		for _, command := range []string{"watch --once --json", "rpcd call events"} {
			k := newKernel()
			var b bytes.Buffer
			a := &app{in: strings.NewReader(""), out: &b, proc: procfs.Root(proc), dial: func() (kernelPart, error) { return k, nil },
				running: func(string) (*event.Trail, error) { return runningTrail(dir) }, stop: neverStop}
			if err := a.run(strings.Fields(command)); err != nil {
				t.Fatal(err)
			}
			_, third, _ := strings.Cut(b.String(), `"seq":3,`)
			third, _, _ = strings.Cut(third, "}")
			if !strings.Contains(third, `"wall":"`+want+`"`) {
				t.Errorf("%s, trail of %s: %s, want %s", command, boot, third, want)
			}
		}
	}
}
