// SPDX-License-Identifier: GPL-2.0-only

package kernel_test

import (
	"fmt"
	"io"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/test/ring"
)

// A follower gets event 4 and misses 2 and 3. The ring still has 3.
func ExampleFollower() {
	var f kernel.Follower
	show := func(steps []kernel.Step) {
		for _, s := range steps {
			if s.Lost.To != 0 {
				fmt.Println("lost", s.Lost.From, "to", s.Lost.To)
			} else {
				fmt.Println("event", s.Event.Seq)
			}
		}
	}
	steps, _ := f.Live([]event.Event{{Seq: 1}})
	show(steps)
	steps, rest := f.Live([]event.Event{{Seq: 4}})
	show(steps)
	f.Read(rest[0].Seq, true)
	show(f.Ring([]event.Event{{Seq: 3}, {Seq: 4}}))
	steps, _ = f.Live(rest)
	show(steps)
	// Output:
	// event 1
	// lost 2 to 2
	// event 3
	// event 4
}

// source is one whose ring has two records; a third comes live.
type source struct{ live []event.Event }

func (m *source) Ring(from uint64) (kernel.Batches, error) {
	return ring.From([]event.Event{{Seq: 1, Signal: 15}, {Seq: 2, Signal: 9}}, from, nil), nil
}

func (m *source) Next() ([]event.Event, error) {
	if len(m.live) == 0 {
		return nil, io.EOF
	}
	batch := m.live
	m.live = nil
	return batch, nil
}

func ExampleTail() {
	tail := kernel.Tail{Source: &source{live: []event.Event{{Seq: 3, Signal: 1}}}}
	defer tail.Close()
	for {
		steps, err := tail.Next()
		if err == io.EOF {
			break
		}
		for _, s := range steps {
			fmt.Println(s.Event.Seq, event.SignalName(s.Event.Signal))
		}
	}
	// Output:
	// 1 SIGTERM
	// 2 SIGKILL
	// 3 SIGHUP
}
