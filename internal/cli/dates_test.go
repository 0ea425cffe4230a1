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
)

// After the clock was set, the records in the ring keep the dates that the trail and the
// log have, unless the trail is that of another boot.
func TestWatchDates(t *testing.T) {
	proc := t.TempDir()
	id := filepath.Join(proc, "sys/kernel/random/boot_id")
	if err := os.MkdirAll(filepath.Dir(id), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(id, []byte("this-boot\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for boot, want := range map[string]string{"this-boot": "1970-01-01T00:00:03.000000Z", "another": "2025-11-22T04:25:12.000000Z"} {
		for _, command := range []string{"watch --once --json", "rpcd call events"} {
			k := newKernel()
			var b bytes.Buffer
			a := &app{in: strings.NewReader(""), out: &b, proc: procfs.Root(proc), dial: func() (kernelPart, error) { return k, nil },
				running: func(string) (*event.Trail, error) {
					return &event.Trail{BootID: boot, Events: []event.Event{{Seq: 3, Wall: 3e9}, {Kind: event.KindNote, Wall: 9e9}}}, nil
				}, stop: neverStop}
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
