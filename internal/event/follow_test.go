// SPDX-License-Identifier: GPL-2.0

package event

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// memory is a Source in memory. live are the numbers that Receive gives, 0 for
// an overrun; before each of them the ring grows up to it, as the kernel's does,
// and beyond it by what is queued.
type memory struct {
	ring     []uint64
	size     int
	live     []uint64
	queued   uint64
	unheard  map[uint64]bool // lost on the way, not in the ring
	frozen   bool            // the ring does not grow
	dumps    int
	failDump error
}

func (m *memory) Receive(f func(Event)) error {
	if len(m.live) == 0 {
		return io.EOF
	}
	seq := m.live[0]
	m.live = m.live[1:]
	if seq == 0 {
		return fmt.Errorf("receive: %w", ErrOverrun)
	}
	if !m.frozen {
		m.grow(seq + m.queued)
	}
	if !m.unheard[seq] {
		f(Event{Seq: seq})
	}
	return nil
}

func (m *memory) grow(to uint64) {
	newest := uint64(0)
	if len(m.ring) > 0 {
		newest = m.ring[len(m.ring)-1]
	}
	for seq := newest + 1; seq <= to; seq++ {
		if m.ring = append(m.ring, seq); len(m.ring) > m.size {
			m.ring = m.ring[1:]
		}
	}
}

func (m *memory) Dump(from uint64, f func(Event)) error {
	m.dumps++
	for _, seq := range m.ring {
		if seq >= from {
			f(Event{Seq: seq})
		}
	}
	return m.failDump
}

func run(m *memory, last uint64) (told string, w *Follower, err error) {
	var b strings.Builder
	w = &Follower{
		Source: m,
		Event:  func(e Event) error { fmt.Fprintf(&b, "%d ", e.Seq); return nil },
		Lost:   func(l Loss) error { fmt.Fprintf(&b, "lost %d-%d ", l.From, l.To); return nil },
	}
	w.Last.Store(last)
	err = w.Run()
	return strings.TrimSpace(b.String()), w, err
}

func numbers(from, to uint64) []uint64 {
	var list []uint64
	for ; from <= to; from++ {
		list = append(list, from)
	}
	return list
}

func TestFollow(t *testing.T) {
	for _, c := range []struct {
		name            string
		last            uint64
		ring, live      []uint64
		want            string
		healed, missing uint64
		dumps           int
	}{
		{"backlog, then live", 0, numbers(1, 3), []uint64{4, 5}, "1 2 3 4 5", 0, 0, 1},
		{"doubles", 0, numbers(1, 4), []uint64{2, 3, 4, 5, 5, 6, 1}, "1 2 3 4 5 6", 0, 0, 1},
		{"respawn", 2, numbers(1, 4), []uint64{5}, "3 4 5", 0, 0, 1},
		{"late start", 0, numbers(5, 6), []uint64{7}, "lost 1-4 5 6 7", 0, 4, 1},
		{"gap healed", 0, nil, []uint64{1, 4, 5}, "1 2 3 4 5", 2, 0, 2},
		{"gap healed in part", 0, nil, []uint64{1, 9}, "1 lost 2-6 7 8 9", 2, 5, 2},
		{"gap for ever", 0, nil, []uint64{1, 20, 21}, "1 lost 2-17 18 19 20 21", 2, 16, 2},
		{"overrun", 0, numbers(1, 3), []uint64{0}, "1 2 3", 0, 0, 2},
		{"nothing", 0, nil, nil, "", 0, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &memory{ring: c.ring, live: c.live, size: 3}
			told, f, err := run(m, c.last)
			if err != io.EOF || told != c.want {
				t.Errorf("told %q, %v, want %q", told, err, c.want)
			}
			if f.Healed.Load() != c.healed || f.Missing.Load() != c.missing || m.dumps != c.dumps {
				t.Errorf("healed %d, missing %d, %d dumps, want %d, %d, %d", f.Healed.Load(), f.Missing.Load(), m.dumps,
					c.healed, c.missing, c.dumps)
			}
		})
	}
}

// What a record that cannot be decoded leaves is a gap that no dump fills: it
// is told once, exactly.
func TestFollowUndecodable(t *testing.T) {
	told, w, err := run(&memory{ring: []uint64{1, 3}, live: []uint64{5, 6}, frozen: true}, 0)
	if want := "1 lost 2-2 3 lost 4-4 5 6"; told != want || err != io.EOF {
		t.Errorf("told %q, %v, want %q", told, err, want)
	}
	if w.Missing.Load() != 2 {
		t.Errorf("%d missing, want 2", w.Missing.Load())
	}
}

// What is queued behind a gap is told, though the ring has it no more; nor is
// the ring asked in vain for each gap there.
func TestFollowQueued(t *testing.T) {
	m := &memory{size: 3, live: []uint64{1, 5, 6, 9, 11, 14, 15}, queued: 10}
	told, w, err := run(m, 0)
	if want := "1 lost 2-4 5 6 lost 7-8 9 lost 10-10 11 lost 12-13 14 15"; told != want || err != io.EOF {
		t.Errorf("told %q, %v, want %q", told, err, want)
	}
	if w.Healed.Load() != 0 || w.Missing.Load() != 8 || m.dumps != 3 {
		t.Errorf("%d healed, %d missing, %d dumps", w.Healed.Load(), w.Missing.Load(), m.dumps)
	}
}

// After an overrun the ring has it all, though nothing follows live.
func TestFollowOverrun(t *testing.T) {
	m := &memory{ring: numbers(1, 2), size: 100, live: []uint64{3, 0}, unheard: map[uint64]bool{3: true}}
	told, w, err := run(m, 0)
	if want := "1 2 3"; told != want || err != io.EOF {
		t.Errorf("told %q, %v, want %q", told, err, want)
	}
	if w.Overruns.Load() != 1 || w.Healed.Load() != 1 || w.Missing.Load() != 0 {
		t.Errorf("%d overruns, %d healed, %d missing", w.Overruns.Load(), w.Healed.Load(), w.Missing.Load())
	}
}

func TestFollowErrors(t *testing.T) {
	broken := errors.New("broken")
	if _, _, err := run(&memory{failDump: broken}, 7); !errors.Is(err, broken) || !strings.Contains(err.Error(), "from 8") {
		t.Errorf("dump: %v", err)
	}
	for _, stop := range []string{"event", "loss"} {
		w := &Follower{
			Source: &memory{ring: numbers(3, 5), size: 9},
			Event:  func(Event) error { return broken },
			Lost:   func(Loss) error { return nil },
		}
		if stop == "loss" {
			w.Lost = func(Loss) error { return broken }
		}
		if err := w.Run(); err != broken {
			t.Errorf("%s: %v", stop, err)
		}
	}
}
