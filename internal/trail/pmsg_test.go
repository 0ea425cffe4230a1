// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"sigtrail/internal/event"
)

func inPmsg(t testing.TB, s Store) string {
	t.Helper()
	b, err := os.ReadFile(s.Pmsg)
	if err != nil {
		t.Fatal(err)
	}
	for _, tr := range parsePmsg(b) {
		if tr.BootID == boot {
			return describe(tr)
		}
	}
	return ""
}

// The beginning may be overwritten: pmsg is a ring.
func TestPmsgRing(t *testing.T) {
	s := newStore(t)
	s.Dir = ""
	d := begin(t, s)
	for i := uint64(0); i < 20; i++ {
		store(t, d, 10*i+1, 10*i+10)
	}
	all := readFile(t, s.Pmsg)
	heads := bytes.Count(all, []byte(`{"boot_id"`))
	if want := len(all) / pmsgHeadEvery; heads < want || heads > 2*want+3 {
		t.Errorf("%d headers in %d bytes", heads, len(all))
	}
	for start := 0; start < len(all)-3*pmsgHeadEvery; start += 97 {
		boots := parsePmsg(all[start:])
		if len(boots) != 1 {
			t.Fatalf("from %d on: %d boots", start, len(boots))
		}
		tr := boots[0]
		if tr.BootID != boot || tr.ClockLocal != 54e9 {
			t.Fatalf("from %d on: %+v", start, tr)
		}
		first := tr.Events[0].Seq
		if start == 0 {
			first = 1
		}
		for i, e := range tr.Events[len(tr.Events)-int(201-first):] {
			if e.Seq != first+uint64(i) || e.Origin != event.OriginPmsg {
				t.Fatalf("from %d on: %v at %d, beginning with %d", start, &e, i, first)
			}
		}
		if missing := int(first - 1 - newestIn(all[:start])); missing > 10 {
			t.Errorf("from %d on: %d are missing", start, missing)
		}
	}
}

// newestIn returns how many of the whole frames' records a text has.
func newestIn(text []byte) (n uint64) {
	for _, tr := range parsePmsg(text) {
		for _, e := range tr.Events {
			n = max(n, e.Seq)
		}
	}
	return n
}

func TestPmsgOfOthers(t *testing.T) {
	s := newStore(t)
	s.Dir = ""
	junk := "02-01 a logger\x00 of another kind\n{\"seq\":7}x\n{\"song\":1}\n\xff\xfe\n"
	must(t, os.WriteFile(s.Pmsg, []byte(junk), 0o600))
	d := begin(t, s)
	store(t, d, 1, 1)
	f, _ := os.OpenFile(s.Pmsg, os.O_APPEND|os.O_WRONLY, 0)
	defer f.Close()
	f.WriteString(junk)
	store(t, d, 2, 2)
	f.WriteString(junk + header(other) + framesOf(batch(8, 8)) + header(boot) + framesOf(batch(3, 3)) + framesOf(batch(4, 4))[:30])
	if got := inPmsg(t, s); !strings.HasSuffix(got, ") 1 2 3") {
		t.Errorf("pmsg has %s", got)
	}
}

// What others write, binary or not, costs none of our frames, and without a newline none of
// an older version's lines.
func TestPmsgWithoutNewline(t *testing.T) {
	for _, junk := range []string{"boot counter 17", "l*\x00\x00\x05\xe8\x03\x01tag\x00text\x00", `{"seq":`, `{"seq":7,"x":"`, `{"boot_id":"x"} `,
		strings.Repeat("x", 2*maxLine)} {
		s := newStore(t)
		s.Dir = ""
		write := func(text string) {
			f, err := os.OpenFile(s.Pmsg, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err := f.WriteString(text); err != nil {
				t.Fatal(err)
			}
		}
		write(junk)
		d := begin(t, s)
		store(t, d, 1, 2)
		write(junk)
		store(t, d, 3, 3)
		write(junk)
		write(string(linesOf(&event.Trail{BootID: boot, Events: []event.Event{sample(4)}})))
		if got := inPmsg(t, s); !strings.HasSuffix(got, ") 1 2 3 4") {
			t.Errorf("behind %.40q: pmsg has %s", junk, got)
		}
	}
}

// The ring may have lines of two boots. The last one wrote the last header.
func TestPmsgOfTwoBoots(t *testing.T) {
	pmsg := []byte("\n" + header(bootX) + framesOf(batch(1, 5)) + header(bootY) + framesOf(batch(1, 2)))
	s := newStore(t)
	left := PstoreData{State: event.PstoreFound, Reset: event.ResetWarm, Pmsg: pmsg}
	tr, err := s.Recover(bootZ, left)
	if err != nil || tr.BootID != bootY || describe(tr) != "1 2" || len(tr.Sources) != 2 || tr.Sources[1].Boot != event.BelongsOther ||
		tr.Sources[1].Time != 5000 || !strings.HasPrefix(tr.Sources[1].Text, "Signal :: ") {
		t.Errorf("%+v, %v", tr, err)
	}

	// The boot on flash has a part of it.
	s = newStore(t)
	shutDown(t, s, bootX, 1, 3)
	restart(t, &s)
	if tr, err = s.Recover(bootZ, left); err != nil || tr.BootID != bootY || describe(tr) != "1 2" {
		t.Errorf("%+v, %v", tr, err)
	}
	list, _, _ := List(s.Dir)
	first, _, err := list[1].Load()
	if err != nil || first.BootID != bootX || describe(first) != "1 2 3 4 5" || first.Pstore != event.PstoreFound || first.Reset != event.ResetUnknown {
		t.Errorf("%+v, %v", first, err)
	}
}

// A pmsg that is older than the shutdown on flash is not of a later boot.
func TestPmsgOfEarlierBoot(t *testing.T) {
	for _, c := range []struct {
		clock uint64 // of pmsg's boot; 0: unknown
		last  string
	}{{head.ClockRealtime - 86400e9, bootX}, {head.ClockRealtime + 86400e9, bootY}, {0, bootY}, {1000e9, bootY}} {
		s := newStore(t)
		shutDown(t, s, bootX, 1, 3)
		h := event.Trail{BootID: bootY, ClockLocal: 54e9, ClockRealtime: c.clock}
		left := PstoreData{State: event.PstoreFound, Reset: event.ResetWarm, Pmsg: append(headerFrame(&h), framesOf(batch(1, 2))...)}
		tr, err := s.Recover(bootZ, left)
		if err != nil || tr.BootID != c.last {
			t.Fatalf("clock %d: boot %s, %v", c.clock, tr.BootID, err)
		}
		list, _, _ := List(s.Dir)
		first, _, _ := list[len(list)-1].Load()
		if first.BootID != bootX || describe(first) != "1 2 3" || first.Pstore != event.PstoreOther || first.Reset != event.ResetUnknown ||
			len(first.Sources) != 1 || first.Sources[0].Boot != event.BelongsOther {
			t.Errorf("clock %d: %+v", c.clock, first)
		}
	}
}

// Without pmsg the lines that do not fit on flash are lost; Write returns that.
func TestNoPmsg(t *testing.T) {
	s := newStore(t)
	must(t, os.Remove(s.Pmsg))
	s.Size = 16 << 10
	d := begin(t, s)
	store(t, d, 1, 2)
	lost, err := d.Write(batch(3, 2000))
	kept := strings.Fields(onFlash(t, s))
	if lost != 2000-len(kept) || !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "flash: the file has its maximum size (shutdown.size); pmsg: ") {
		t.Errorf("%d lost, %d on flash, %v", lost, len(kept), err)
	}
	if lost, err := d.Write(batch(2001, 2002)); lost != 2 || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%d lost, %v", lost, err)
	}
	s.Pmsg = "/dev/full"
	s.Dir = ""
	if lost, err := begin(t, s).Write(batch(1, 3)); lost != 3 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%d lost, %v", lost, err)
	}
}
