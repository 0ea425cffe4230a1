// SPDX-License-Identifier: GPL-2.0-only

package kernel_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/test/ring"
)

// memory is a source in memory. live has batches of numbers; an empty batch is an
// overrun. Before each batch the ring grows up to the last number of it, as the kernel's
// does, and further by the numbers that are queued.
type memory struct {
	ring     []event.Event
	size     int
	live     [][]uint64
	queued   uint64
	unheard  map[uint64]bool // not received live, but in the ring
	frozen   bool            // the ring does not grow
	dumps    int
	failDump error
}

func (m *memory) Next() ([]event.Event, error) {
	if len(m.live) == 0 {
		return nil, io.EOF
	}
	numbers := m.live[0]
	m.live = m.live[1:]
	if len(numbers) == 0 {
		return nil, fmt.Errorf("receive: %w", kernel.ErrOverrun)
	}
	if !m.frozen {
		m.grow(numbers[len(numbers)-1] + m.queued)
	}
	var batch []event.Event
	for _, seq := range numbers {
		if !m.unheard[seq] {
			batch = append(batch, event.Event{Seq: seq})
		}
	}
	return batch, nil
}

func (m *memory) grow(to uint64) {
	newest := uint64(0)
	if len(m.ring) > 0 {
		newest = m.ring[len(m.ring)-1].Seq
	}
	for seq := newest + 1; seq <= to; seq++ {
		if m.ring = append(m.ring, event.Event{Seq: seq}); len(m.ring) > m.size {
			m.ring = m.ring[1:]
		}
	}
}

func (m *memory) Ring(from uint64) (kernel.Batches, error) {
	m.dumps++
	return ring.From(m.ring, from, m.failDump), nil
}

func follow(m *memory, last uint64) (got string, tail *kernel.Tail, err error) {
	var b strings.Builder
	tail = &kernel.Tail{Source: m}
	tail.Last = last
	for err == nil {
		var steps []kernel.Step
		steps, err = tail.Next()
		for _, s := range steps {
			if s.Lost.To != 0 {
				fmt.Fprintf(&b, "lost %d-%d ", s.Lost.From, s.Lost.To)
			} else {
				fmt.Fprintf(&b, "%d ", s.Event.Seq)
			}
		}
	}
	return strings.TrimSpace(b.String()), tail, err
}

// each returns batches of one number each; an empty batch for 0.
func each(numbers ...uint64) (batches [][]uint64) {
	for _, n := range numbers {
		if n == 0 {
			batches = append(batches, nil)
		} else {
			batches = append(batches, []uint64{n})
		}
	}
	return batches
}

func numbers(from, to uint64) (list []event.Event) {
	for ; from <= to; from++ {
		list = append(list, event.Event{Seq: from})
	}
	return list
}

func TestTail(t *testing.T) {
	for _, c := range []struct {
		name         string
		last         uint64
		ring         []event.Event
		live         [][]uint64
		want         string
		healed, lost uint64
		dumps        int
	}{
		{"backlog, then live", 0, numbers(1, 3), each(4, 5), "1 2 3 4 5", 0, 0, 1},
		{"doubles", 0, numbers(1, 4), each(2, 3, 4, 5, 5, 6, 1), "1 2 3 4 5 6", 0, 0, 1},
		{"respawn", 2, numbers(1, 4), each(5), "3 4 5", 0, 0, 1},
		{"late start", 0, numbers(5, 6), each(7), "lost 1-4 5 6 7", 0, 4, 1},
		{"gap healed", 0, nil, each(1, 4, 5), "1 2 3 4 5", 2, 0, 2},
		{"gap healed in part", 0, nil, each(1, 9), "1 lost 2-6 7 8 9", 2, 5, 2},
		{"gap for ever", 0, nil, each(1, 20, 21), "1 lost 2-17 18 19 20 21", 2, 16, 2},
		{"gaps within batches", 0, nil, [][]uint64{{1, 2, 4}, {5, 7, 7, 8}}, "1 2 3 4 5 6 7 8", 2, 0, 3},
		{"overrun", 0, numbers(1, 3), each(0), "1 2 3", 0, 0, 2},
		{"nothing", 0, nil, nil, "", 0, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &memory{ring: c.ring, live: c.live, size: 3}
			got, tail, err := follow(m, c.last)
			if err != io.EOF || got != c.want {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
			if tail.Healed != c.healed || tail.Lost != c.lost || m.dumps != c.dumps {
				t.Errorf("healed %d, lost %d, %d dumps, want %d, %d, %d", tail.Healed, tail.Lost, m.dumps,
					c.healed, c.lost, c.dumps)
			}
		})
	}
}

// A record that cannot be decoded leaves a gap that no dump fills. It is returned as a
// loss, once.
func TestTailUndecodable(t *testing.T) {
	got, tail, err := follow(&memory{ring: []event.Event{{Seq: 1}, {Seq: 3}}, live: each(5, 6), frozen: true}, 0)
	if want := "1 lost 2-2 3 lost 4-4 5 6"; got != want || err != io.EOF {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if tail.Lost != 2 {
		t.Errorf("%d lost, want 2", tail.Lost)
	}
}

// Records that are queued after a gap are returned, though the ring no longer has them.
// The ring is not read again for each gap there.
func TestTailQueued(t *testing.T) {
	m := &memory{size: 3, live: each(1, 5, 6, 9, 11, 14, 15), queued: 10}
	got, tail, err := follow(m, 0)
	if want := "1 lost 2-4 5 6 lost 7-8 9 lost 10-10 11 lost 12-13 14 15"; got != want || err != io.EOF {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if tail.Healed != 0 || tail.Lost != 8 || m.dumps != 3 {
		t.Errorf("%d healed, %d lost, %d dumps", tail.Healed, tail.Lost, m.dumps)
	}
}

// After an overrun the ring has all records, even if none follows live.
func TestTailOverrun(t *testing.T) {
	m := &memory{ring: numbers(1, 2), size: 100, live: each(3, 0), unheard: map[uint64]bool{3: true}}
	got, tail, err := follow(m, 0)
	if want := "1 2 3"; got != want || err != io.EOF {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if tail.Overruns != 1 || tail.Healed != 1 || tail.Lost != 0 {
		t.Errorf("%d overruns, %d healed, %d lost", tail.Overruns, tail.Healed, tail.Lost)
	}
}

func TestTailFails(t *testing.T) {
	broken := errors.New("broken")
	if _, _, err := follow(&memory{failDump: broken}, 7); !errors.Is(err, broken) || !strings.Contains(err.Error(), "from 8") {
		t.Errorf("dump: %v", err)
	}
}

// It waits only after all records were returned.
func TestTailWaits(t *testing.T) {
	tail := &kernel.Tail{Source: &memory{ring: numbers(1, 2), size: 9, live: each(5)}}
	var got int
	for !tail.Waits() {
		steps, err := tail.Next()
		if err != nil {
			t.Fatal(err)
		}
		got += len(steps)
	}
	if got != 2 {
		t.Errorf("%d records before it waits, want 2", got)
	}
	if tail.Next(); tail.Waits() {
		t.Error("it waits during a gap")
	}
}

func TestRecords(t *testing.T) {
	m := &memory{ring: numbers(1, 5), failDump: errors.New("broken")}
	var got []uint64
	var failed error
	for e, err := range kernel.Records(m, 3) {
		if failed = err; err == nil {
			got = append(got, e.Seq)
		}
	}
	if fmt.Sprint(got) != "[3 4 5]" || failed != m.failDump {
		t.Errorf("%v, %v", got, failed)
	}
	for e := range kernel.Records(m, 1) {
		if e.Seq != 1 {
			t.Errorf("first %d", e.Seq)
		}
		break
	}
}
