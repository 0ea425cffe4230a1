// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"crypto/rand"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"testing"

	"sigtrail/test/blackbox"
	"sigtrail/test/vm"
)

// TestBlackBoxPowerCycle boots the disk again, with memory that is new: zeros, and
// random bytes. Nothing is believed.
func TestBlackBoxPowerCycle(t *testing.T) {
	first := bootBoxed(t, vm.Config{Dir: t.TempDir()})
	first.run("sync")
	first.Close()
	for _, ram := range []string{"", randomMemory(t)} {
		b := bootBoxed(t, vm.Config{Disk: first.Disk(), Dir: t.TempDir(), RAM: ram})
		b.checkNothing("nothing")
		b.run("sync")
		b.Close()
	}
}

// checkNothing fails the test if something was set aside.
func (b *boxed) checkNothing(found string) {
	b.t.Helper()
	out := b.run("cat /tmp/previous.jsonl; sigtrail info --json | grep -o '\"previous_[a-z_]*\":[^,}]*'; :")
	if b.info.Found != found || out != "" {
		b.t.Errorf("found %s, want %s; set aside: %s", b.info.Found, found, out)
	}
}

// randomMemory returns a file for the guest's memory.
func randomMemory(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ram")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.CopyN(f, rand.Reader, number(t, os.Getenv("SIGTRAIL_MEMORY"))<<20); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestBlackBoxDamage changes the memory between a boot and the next: another layout, a
// damaged header, and of ten records a bit.
func TestBlackBoxDamage(t *testing.T) {
	b := bootBoxed(t, vm.Config{RAM: filepath.Join(t.TempDir(), "ram")})
	order := binary.LittleEndian
	for _, c := range []struct {
		name   string
		change func(image []byte)
		found  string
	}{
		{"another layout", func(image []byte) { order.PutUint32(image[4:], 99) }, "foreign"},
		{"a damaged header", func(image []byte) { image[20] ^= 0x10 }, "damaged"},
		{"damaged records", func(image []byte) {
			box := blackbox.Decode(image, order)
			for i := range 10 {
				box.Slot(image, box.Records[i].Seq)[5*i] ^= 1 << (i % 8)
			}
		}, "records"},
	} {
		t.Log(c.name)
		b.run("sigplay signals /tmp/notes")
		if err := b.Stop(); err != nil {
			t.Fatal(err)
		}
		image := b.dump()
		whole := blackbox.Decode(image, order)
		if len(whole.Records) < 30 || whole.Damaged > 1 {
			t.Errorf("before: %d records, %d damaged", len(whole.Records), whole.Damaged)
		}
		c.change(image)
		if err := b.WriteMemory(b.info.Address, image); err != nil {
			t.Fatal(err)
		}
		ev := b.seize("")
		ev.notes = acts{}
		if c.found != "records" {
			b.awaitBoot()
			b.checkNothing(c.found)
			continue
		}
		b.check(ev, 11)
		if ev.box.Damaged != whole.Damaged+10 || len(ev.box.Records) != len(whole.Records)-10 {
			t.Errorf("%d records, %d damaged; before %d and %d", len(ev.box.Records), ev.box.Damaged, len(whole.Records), whole.Damaged)
		}
	}
}

// TestBlackBoxMoments stops the machine at a hundred moments of a storm, and reads what a
// reset would leave: all records but at most the one that was being written.
func TestBlackBoxMoments(t *testing.T) {
	b := bootBoxed(t, vm.Config{})
	b.witness("storm")
	torn := 0
	for range 100 {
		b.expectNote(`exit \d+ \d+`)
		if err := b.Stop(); err != nil {
			t.Fatal(err)
		}
		box := blackbox.Decode(b.dump(), binary.LittleEndian)
		acts := parseActs(t, b.Notes.Bytes()[b.from:])
		if err := b.Continue(); err != nil {
			t.Fatal(err)
		}
		acts.check(t, box)
		if box.Found != blackbox.Records || box.Alive == nil || box.Damaged > 1 {
			t.Errorf("found %d, %d damaged, last alive %+v", box.Found, box.Damaged, box.Alive)
		}
		torn += box.Damaged
	}
	t.Logf("%d records were being written", torn)
}
