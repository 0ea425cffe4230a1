// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/internal/frame"
)

// A segment whose header cannot be read costs its own records, none of the other segments'.
func TestDamagedSegment(t *testing.T) {
	for what, head := range map[string]string{"cut": header(boot)[:9], "damaged": "x" + header(boot)[1:] + framesOf(batch(4, 4)),
		"newer": string(frame.AppendHeader(nil, []byte("newer"))) + framesOf(batch(4, 4))} {
		for _, name := range []string{segmentName(commonPart, 2), segmentName("uid-7", 1), segmentName("uid-8", 1)} {
			dir := t.TempDir()
			w := mustOpen(t, dir, boot, 1<<20)
			add(w, sample(1), own(2, 8), sample(3), own(4, 7))
			flush(t, w)
			add(w, sample(5))
			flush(t, w)
			w.Close()
			want := map[string]string{"trail": "1 2 3 4 5", "uid-7": "1 2 3 lost 4-4 5", "uid-8": "1 lost 2-2 3 4 5"}[strings.Split(name, ".")[0]]
			must(t, os.WriteFile(path(dir, name), []byte(head), 0o600))
			tr, malformed, err := ReadBoot(dir)
			if err != nil || malformed != 1 || describe(tr) != want {
				t.Fatalf("%s %s: %+v, %d malformed, %v", what, name, tr, malformed, err)
			}
			w = mustOpen(t, dir, boot, 1<<20)
			if _, err := os.Stat(path(dir, name)); !os.IsNotExist(err) || numbersOf(t, dir) != want {
				t.Errorf("%s %s: %s, want %s; %v", what, name, numbersOf(t, dir), want, err)
			}
			add(w, sample(9))
			flush(t, w)
			if got := numbersOf(t, dir); !strings.HasPrefix(got, want+" ") || !strings.HasSuffix(got, " 9") {
				t.Errorf("%s %s: %s", what, name, got)
			}
		}
	}
}

// A damaged byte costs the frames near it, not the rest of the segment.
func TestDamagedFrame(t *testing.T) {
	const all = 24000
	for _, restart := range []bool{false, true} {
		dir := t.TempDir()
		w := mustOpen(t, dir, boot, 2<<20)
		for seq := uint64(1); seq <= all; seq++ {
			e := sample(seq % 10) // few processes: a full dictionary begins such a frame, too
			e.Seq, e.Time = seq, seq*1000
			add(w, e)
			if seq%20 == 0 {
				flush(t, w)
			}
			if restart && seq == all/2 {
				w.Close()
				w = mustOpen(t, dir, boot, 2<<20)
				restart = false
			}
		}
		name := path(dir, segmentName(commonPart, 1))
		b := readFile(t, name)
		if len(b) < 8*maxChain {
			t.Fatalf("%d bytes", len(b))
		}
		b[len(b)/4] ^= 1
		must(t, os.WriteFile(name, b, 0o600))
		tr, malformed, err := ReadBoot(dir)
		lost := all - len(tr.Events)
		if most := all * (maxChain + maxFrame) / len(b); err != nil || malformed != 1 || lost == 0 || lost > most {
			t.Errorf("%d of %d records lost, want at most %d; %d malformed, %v", lost, all, most, malformed, err)
		}
	}
}

// Damage at the end of a segment is counted, too, unless the segment is the newest one.
func TestDamagedEnd(t *testing.T) {
	dir := t.TempDir()
	w := mustOpen(t, dir, boot, 64<<10)
	for seq := uint64(1); len(w.parts[0].numbers) < 2; seq++ {
		write(t, w, seq, seq)
	}
	for number, want := range map[int]int{1: 1, 2: 0} {
		name := path(dir, segmentName(commonPart, number))
		whole := readFile(t, name)
		b := bytes.Clone(whole)
		b[len(b)-1] ^= 1
		must(t, os.WriteFile(name, b, 0o600))
		if _, malformed, err := ReadBoot(dir); err != nil || malformed != want {
			t.Errorf("segment %d: %d malformed, %v", number, malformed, err)
		}
		must(t, os.WriteFile(name, whole, 0o600))
	}
}

func TestReadDamaged(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := Read(dir, nil, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no trail: %v", err)
	}
	read := func() (n, malformed int, err error) {
		_, malformed, err = Read(dir, func(event.Event) error { n++; return nil }, nil)
		return n, malformed, err
	}
	name := path(dir, segmentName(commonPart, 1))
	must(t, os.WriteFile(name, []byte(header(boot)+framesOf(batch(1, 2))[1:]+framesOf(batch(3, 3))+"x"), 0o600))
	if n, malformed, err := read(); n != 1 || malformed != 1 || err != nil {
		t.Errorf("%d events, %d malformed frames, %v; want 1, 1", n, malformed, err)
	}
	must(t, os.WriteFile(name, []byte("something else\n"), 0o600))
	if _, _, err := read(); err == nil {
		t.Error("read a file that is no trail")
	}
}
