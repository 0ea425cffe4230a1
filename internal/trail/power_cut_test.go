// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestPowerCut cuts the file at every byte. All that was synced before is found, in
// order, and nothing else.
func TestPowerCut(t *testing.T) {
	if !inMounts(t) { // where syncing takes no time
		return
	}
	s := newStore(t)
	s.mount(t, 1024)
	d := begin(t, s)
	name := path(s.Dir, keptName(1))
	synced := map[int]uint64{} // size: newest number
	for _, to := range []uint64{1, 2, 5, 9, 10} {
		store(t, d, d.Last()+1, to)
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		synced[int(info.Size())] = to
	}
	whole := readFile(t, name)
	safe := uint64(0)
	for cut := 0; cut <= len(whole); cut++ {
		if n, ok := synced[cut]; ok {
			safe = n
		}
		must(t, os.Remove(name))
		must(t, os.WriteFile(name, whole[:cut], 0o600))
		tr, err := s.Recover(other, panicked)
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		got := describe(tr)
		for n := uint64(1); n <= safe; n++ {
			word := fmt.Sprintf("%d ", n)
			if !strings.HasPrefix(got, word) {
				t.Fatalf("cut at %d: %d was synced, but is not in %q", cut, n, describe(tr))
			}
			got = got[len(word):]
		}
		for n := safe + 1; strings.HasPrefix(got, fmt.Sprintf("%d ", n)); n++ {
			got = got[len(fmt.Sprint(n))+1:]
		}
		if got != panickedEnd {
			t.Fatalf("cut at %d: %q", cut, describe(tr))
		}
		if safe > 0 && tr.BootID != boot {
			t.Fatalf("cut at %d: boot %q", cut, tr.BootID)
		}
		must(t, os.RemoveAll(path(s.Dir, keptName(2)))) // merged from a file without a header
	}
}

// TestPowerCutInRecover cuts the writing of the merged trail. The next start merges
// it again.
func TestPowerCutInRecover(t *testing.T) {
	if !inMounts(t) {
		return
	}
	s := newStore(t)
	s.mount(t, 1024)
	shutDown(t, s, bootX, 1, 9)
	name := path(s.Dir, keptName(1))
	before := readFile(t, name)
	const want = "1: boot 0000000a, warm, pstore found: 1 2 3 4 5 6 7 8 9 " + panickedEnd
	if got := recovered(t, s, bootY, panicked); got != want {
		t.Fatal(got)
	}
	after := readFile(t, name)
	for cut := 0; cut <= len(after); cut++ {
		must(t, os.WriteFile(name, before, 0o600))
		must(t, os.WriteFile(name+tempSuffix, after[:cut], 0o600))
		restart(t, &s)
		if list, damaged, err := List(s.Dir); len(list) != 1 || len(damaged) != 0 || err != nil || list[0].Header.MergedBy != "" {
			t.Errorf("cut at %d: kept %+v, %v damaged, %v", cut, list, damaged, err)
		}
		if got := recovered(t, s, bootZ, panicked); got != want {
			t.Errorf("cut at %d: %s", cut, got)
		}
		if entries, _ := os.ReadDir(s.Dir); len(entries) != 1 {
			t.Errorf("cut at %d: left are %v", cut, entries)
		}
	}
}
