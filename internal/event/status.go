// SPDX-License-Identifier: GPL-2.0

package event

// Status is what the daemon counted since its start. encoding/json writes and
// reads it.
type Status struct {
	PID             uint64 `json:"pid"`              // the daemon's
	Seq             uint64 `json:"seq"`              // the newest record in the trail
	Records         uint64 `json:"records"`          // written to the trail
	Logged          uint64 `json:"logged"`           // lines that the log took
	Excluded        uint64 `json:"excluded"`         // not logged, as configured
	Printed         uint64 `json:"printed"`          // not logged, as the kernel has printed them
	LogDropped      uint64 `json:"log_dropped"`      // lines that the log did not take
	TrailFailed     uint64 `json:"trail_failed"`     // lines that the trail did not take: no space
	Overruns        uint64 `json:"overruns"`         // times that the socket overflowed (ENOBUFS)
	Healed          uint64 `json:"healed"`           // records missed, then found in the ring
	Lost            uint64 `json:"lost"`             // records found in the ring no more
	MalformedEvents uint64 `json:"malformed_events"` // records or messages that could not be decoded
	FlashWrites     uint64 `json:"flash_writes"`     // times that flash was written to
	ShutdownDropped uint64 `json:"shutdown_dropped"` // lines of a shutdown that neither flash nor pstore took
	Kills           uint64 `json:"kills"`            // cases of rules, however they ended
	KillsDropped    uint64 `json:"kills_dropped"`    // not begun, as the queue was full
	KillsHeldBack   uint64 `json:"kills_held_back"`  // not begun, for max_per_hour
}
