// SPDX-License-Identifier: GPL-2.0-only

// Package ring is a ring of records in memory, for tests.
package ring

import (
	"io"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
)

// From returns the records from a number on as one batch, then the error, io.EOF for
// nil.
func From(records []event.Event, from uint64, err error) kernel.Batches {
	if err == nil {
		err = io.EOF
	}
	r := &reading{end: err}
	for _, e := range records {
		if e.Seq >= from {
			r.records = append(r.records, e)
		}
	}
	return r
}

type reading struct {
	records []event.Event
	end     error
}

func (r *reading) Next() ([]event.Event, error) {
	batch := r.records
	r.records = nil
	if len(batch) == 0 {
		return nil, r.end
	}
	return batch, nil
}

func (r *reading) Close() error { return nil }
