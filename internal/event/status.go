// SPDX-License-Identifier: GPL-2.0

package event

import "fmt"

// Status is what the daemon counted since its start.
type Status struct {
	PID             uint64 // the daemon's
	Seq             uint64 // the newest record in the trail
	Records         uint64 // written to the trail
	Logged          uint64 // lines that the log took
	Excluded        uint64 // not logged, as configured
	Printed         uint64 // not logged, as the kernel has printed them
	LogDropped      uint64 // lines that the log did not take
	TrailFailed     uint64 // lines that the trail did not take: no space
	Overruns        uint64 // times that the socket overflowed (ENOBUFS)
	Healed          uint64 // records missed, then found in the ring
	Lost            uint64 // records found in the ring no more
	MalformedEvents uint64 // records or messages that could not be decoded
	FlashWrites     uint64 // times that flash was written to
	ShutdownDropped uint64 // lines of a shutdown that neither flash nor pstore took
	Kills           uint64 // cases of rules, however they ended
	KillsDropped    uint64 // not begun, as the queue was full
	KillsHeldBack   uint64 // not begun, for max_per_hour
}

func (s *Status) fields() []statusField {
	return []statusField{
		{"pid", &s.PID}, {"seq", &s.Seq}, {"records", &s.Records}, {"logged", &s.Logged},
		{"excluded", &s.Excluded}, {"printed", &s.Printed}, {"log_dropped", &s.LogDropped},
		{"trail_failed", &s.TrailFailed}, {"overruns", &s.Overruns}, {"healed", &s.Healed},
		{"lost", &s.Lost}, {"malformed_events", &s.MalformedEvents},
		{"flash_writes", &s.FlashWrites}, {"shutdown_dropped", &s.ShutdownDropped},
		{"kills", &s.Kills}, {"kills_dropped", &s.KillsDropped}, {"kills_held_back", &s.KillsHeldBack},
	}
}

type statusField struct {
	key string
	v   *uint64
}

// AppendJSON appends s as one JSON object.
func (s *Status) AppendJSON(b []byte) []byte {
	o := open(b)
	for _, f := range s.fields() {
		o.uint(f.key, *f.v)
	}
	return o.close()
}

// DecodeStatus undoes AppendJSON. Unknown keys are skipped.
func DecodeStatus(line []byte) (Status, error) {
	var s Status
	fields := s.fields()
	err := scan(line, func(key string, v value) error {
		for _, f := range fields {
			if f.key == key {
				if err := v.uint64(f.v); err != nil {
					return fmt.Errorf("key %s: %w", key, err)
				}
			}
		}
		return nil
	})
	return s, err
}
