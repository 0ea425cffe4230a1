// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"sigtrail/internal/event"
)

const (
	boot  = "2f1c7b1e-3f2a-4c56-9c49-0d3d0c4f7a11"
	other = "00000000-0000-4000-8000-000000000000"
)

func sample(seq uint64) event.Event {
	return event.Event{Seq: seq, Time: seq * 1000, Signal: 15, SenderPID: 7, SenderName: "a\n\"b", TargetPID: uint32(1000 + seq),
		TargetName: fmt.Sprintf("process-%07d", seq)}
}

func mustOpen(t *testing.T, dir, bootID string, size int64) *Writer {
	t.Helper()
	w, err := Open(dir, bootID, size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func write(t *testing.T, w *Writer, from, to uint64) {
	t.Helper()
	for ; from <= to; from++ {
		e := sample(from)
		w.Event(&e)
	}
	flush(t, w)
}

func flush(t *testing.T, w *Writer) {
	t.Helper()
	if failed, err := w.Flush(); failed != 0 || err != nil {
		t.Errorf("%d failed, %v", failed, err)
	}
}

// contents returns what Read reads, as "1 2 lost 3-5 6".
func contents(t *testing.T, dir string) string {
	t.Helper()
	var list []string
	id, malformed, err := Read(dir, func(e event.Event) error {
		if e != sample(e.Seq) {
			t.Errorf("got %+v, want %+v", e, sample(e.Seq))
		}
		list = append(list, fmt.Sprint(e.Seq))
		return nil
	}, func(l event.Loss) error {
		list = append(list, fmt.Sprintf("lost %d-%d", l.From, l.To))
		return nil
	})
	if err != nil || malformed != 0 || id != boot {
		t.Errorf("boot %q, %d malformed lines, %v", id, malformed, err)
	}
	return strings.Join(list, " ")
}

func TestWriteRead(t *testing.T) {
	dir := t.TempDir() + "/made/here"
	w := mustOpen(t, dir, boot, 1<<20)
	if w.Last() != 0 {
		t.Errorf("last is %d in a new trail", w.Last())
	}
	write(t, w, 1, 2)
	w.Loss(event.Loss{From: 3, To: 5})
	flush(t, w)
	if w.Last() != 5 {
		t.Errorf("last is %d after a loss up to 5", w.Last())
	}
	write(t, w, 6, 6)
	if got, want := contents(t, dir), "1 2 lost 3-5 6"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestResume(t *testing.T) {
	next := framesOf(batch(4, 4))
	for name, tail := range map[string]string{"clean": "", "torn": next[:30], "torn, whole but for one byte": next[:len(next)-1]} {
		dir := t.TempDir()
		w := mustOpen(t, dir, boot, 1<<20)
		write(t, w, 1, 3)
		w.Close()
		f, err := os.OpenFile(path(dir, segmentName(commonPart, 1)), os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		f.WriteString(tail)
		f.Close()
		if got, want := contents(t, dir), "1 2 3"; got != want {
			t.Errorf("%s: before resuming: got %s, want %s", name, got, want)
		}
		w = mustOpen(t, dir, boot, 1<<20)
		if w.Last() != 3 {
			t.Errorf("%s: resumes after %d, want 3", name, w.Last())
		}
		write(t, w, 4, 5)
		if got, want := contents(t, dir), "1 2 3 4 5"; got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		w.Close()
	}
}

// Notes are between the records, and have no number to resume from.
func TestNotes(t *testing.T) {
	dir := t.TempDir()
	note := event.Event{Kind: event.KindNote, Time: 5, Text: "x"}
	w := mustOpen(t, dir, boot, 1<<20)
	w.Event(&note)
	flush(t, w)
	w.Close()
	w = mustOpen(t, dir, boot, 1<<20)
	write(t, w, 1, 2)
	for range 3 {
		w.Event(&note)
	}
	flush(t, w)
	w.Close()
	if w = mustOpen(t, dir, boot, 1<<20); w.Last() != 2 {
		t.Errorf("last is %d before the notes, want 2", w.Last())
	}
	var got []uint64
	if _, malformed, err := Read(dir, func(e event.Event) error {
		if e.Kind == event.KindNote && e != note {
			t.Errorf("got %+v, want %+v", e, note)
		}
		got = append(got, e.Seq)
		return nil
	}, nil); err != nil || malformed != 0 {
		t.Errorf("%d malformed lines, %v", malformed, err)
	}
	if fmt.Sprint(got) != "[0 1 2 0 0 0]" {
		t.Errorf("got %d", got)
	}
}

func TestResumeAfterLoss(t *testing.T) {
	dir := t.TempDir()
	w := mustOpen(t, dir, boot, 1<<20)
	w.Loss(event.Loss{From: 1, To: 9})
	flush(t, w)
	w.Close()
	if w = mustOpen(t, dir, boot, 1<<20); w.Last() != 9 {
		t.Errorf("resumes after %d, want 9", w.Last())
	}
}

// A rotation is several steps; a process may be killed between them, when the newest
// segment has no number yet.
func TestResumeAfterRotation(t *testing.T) {
	for killed, content := range map[string]string{"after the header": header(boot), "before the header": ""} {
		dir := t.TempDir()
		w := mustOpen(t, dir, boot, 1<<20)
		write(t, w, 1, 3)
		w.Close()
		must(t, os.WriteFile(path(dir, segmentName(commonPart, 2)), []byte(content), 0o600))
		w = mustOpen(t, dir, boot, 1<<20)
		if w.Last() != 3 {
			t.Errorf("killed %s: resumes after %d, want 3", killed, w.Last())
		}
		write(t, w, 4, 4)
		if got, want := contents(t, dir), "1 2 3 4"; got != want {
			t.Errorf("killed %s: got %s, want %s", killed, got, want)
		}
	}
}

func TestOtherBoot(t *testing.T) {
	for name, content := range map[string]string{
		segmentName(commonPart, 1): header(other) + framesOf(batch(50, 50)),
		segmentName(commonPart, 7): strings.Repeat("no trail\n", 20),
		segmentName("uid-7", 1):    header(other) + framesOf(batch(50, 50)),
		olderCurrent:               olderHead(other) + `{"seq":50,"time":1,"kind":"mark"}` + "\n",
		olderBefore:                "no trail\n",
	} {
		dir := t.TempDir()
		must(t, os.WriteFile(path(dir, name), []byte(content), 0o600))
		w := mustOpen(t, dir, boot, 1<<20)
		if w.Last() != 0 {
			t.Errorf("resumes after %d with %q", w.Last(), content)
		}
		write(t, w, 1, 1)
		if got := contents(t, dir); got != "1" {
			t.Errorf("%q: got %s, want 1", content, got)
		}
	}
}

func TestBound(t *testing.T) {
	const size = 64 << 10
	dir := t.TempDir()
	w := mustOpen(t, dir, boot, size)
	for seq := uint64(1); seq <= 9000; seq++ {
		write(t, w, seq, seq)
		if seq%50 == 0 {
			if n := used(t, dir); n > size {
				t.Fatalf("%d bytes, the bound is %d", n, size)
			}
		}
	}
	if n := used(t, dir); n < size*9/16*7/8 {
		t.Errorf("only %d bytes are kept of %d", n, size)
	}
	got := strings.Fields(contents(t, dir))
	if len(got) < 100 || got[len(got)-1] != "9000" {
		t.Errorf("%d events, the last one is %s", len(got), got[len(got)-1])
	}
	first := 9001 - len(got)
	if got[0] != fmt.Sprint(first) {
		t.Errorf("from %s on, want %d: a hole", got[0], first)
	}
	w.SetSize(4 * size)
	write(t, w, 9001, 13000)
	if n := used(t, dir); n <= size {
		t.Errorf("%d bytes with a larger bound", n)
	}
}

// A smaller bound is kept at once, but for the common part's last segment, which its next
// record removes; and by a new process.
func TestSmallerSize(t *testing.T) {
	const large, small = 1 << 20, 16 << 10
	for _, restart := range []bool{false, true} {
		dir := t.TempDir()
		w := mustOpen(t, dir, boot, large)
		seq := uint64(0)
		for uid := range uint32(8) {
			for range 4000 {
				seq += 2
				add(w, sample(seq-1), own(seq, 1000+uid))
				if seq%100 == 0 {
					flush(t, w)
				}
			}
		}
		if n := used(t, dir); n < large/2 {
			t.Fatalf("%d bytes", n)
		}
		if restart {
			w.Close()
			w = mustOpen(t, dir, boot, small)
		} else {
			w.SetSize(small)
		}
		if n := used(t, dir); n > large*3/4/commonSegments {
			t.Errorf("%d bytes", n)
		}
		if w.Last() != seq {
			t.Errorf("resumes after %d, want %d", w.Last(), seq)
		}
		for range 2000 {
			seq += 2
			add(w, sample(seq-1), own(seq, 1000+uint32(seq%9)))
			flush(t, w)
			if n := used(t, dir); n > small {
				t.Fatalf("%d bytes at %d, restarted: %v", n, seq, restart)
			}
		}
		if got := numbersOf(t, dir); !strings.HasSuffix(got, fmt.Sprintf(" %d %d", seq-1, seq)) {
			t.Errorf("%s", got)
		}
		w.Close()
		if w = mustOpen(t, dir, boot, small); w.Last() != seq {
			t.Errorf("resumes after %d, want %d", w.Last(), seq)
		}
	}
}

func used(t *testing.T, dir string) (n int64) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		n += info.Size()
	}
	return n
}

func TestReset(t *testing.T) {
	dir := t.TempDir()
	w := mustOpen(t, dir, boot, 1<<20)
	write(t, w, 1, 3)
	if err := w.Reset(); err != nil || w.Last() != 0 {
		t.Errorf("last is %d, %v", w.Last(), err)
	}
	write(t, w, 1, 1)
	if got := contents(t, dir); got != "1" {
		t.Errorf("got %s, want 1", got)
	}
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	w := mustOpen(t, dir, boot, 1<<20)
	if _, err := Open(dir, boot, 1<<20); !errors.Is(err, ErrLocked) {
		t.Errorf("opened twice: %v", err)
	}
	w.Close()
	mustOpen(t, dir, boot, 1<<20)
}

func TestForeignDirectory(t *testing.T) {
	dir := t.TempDir()
	open := dir + "/open"
	must(t, os.Mkdir(open, 0o700))
	must(t, os.Chmod(open, 0o777))
	if _, err := Open(open, boot, 1<<20); err == nil {
		t.Error("took a directory that everybody may write to")
	}
	must(t, os.Symlink(dir, dir+"/link"))
	if _, err := Open(dir+"/link", boot, 1<<20); err == nil {
		t.Error("followed a link")
	}
	if _, err := Open(dir, "no\"id", 1<<20); err == nil {
		t.Error("accepted a boot id that is not a UUID")
	}
}

// BenchmarkAppend has a write for each message of the kernel.
func BenchmarkAppend(b *testing.B) {
	const inMessage = 17
	w, err := Open(b.TempDir(), boot, 1<<20)
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		e := sample(uint64(i + 1))
		e.TargetPID += uint32(i % 40)
		w.Event(&e)
		if i%inMessage == 0 {
			w.Flush()
		}
	}
}
