// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"os"
	"testing"
)

// A full disk stores whole frames or nothing. What follows can be read.
func TestNoSpace(t *testing.T) {
	w := mustOpen(t, t.TempDir(), boot, 1<<20)
	write(t, w, 1, 1)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	good := w.parts[0].file
	w.parts[0].file = full
	for _, seq := range []uint64{2, 3} {
		e := sample(seq)
		w.Event(&e)
	}
	if failed, err := w.Flush(); failed != 2 || err == nil || w.Last() != 1 {
		t.Errorf("last is %d, %d failed, %v", w.Last(), failed, err)
	}
	w.parts[0].file = good
	full.Close()
	write(t, w, 4, 4)
	if got := contents(t, w.dir); got != "1 lost 2-3 4" {
		t.Errorf("got %s", got)
	}
}
