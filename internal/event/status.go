// SPDX-License-Identifier: GPL-2.0-only

package event

// Status has the daemon's counters since its start, in the form for encoding/json.
type Status struct {
	PID             uint64 `json:"pid"`              // the daemon's
	Seq             uint64 `json:"seq"`              // the newest record in the trail
	Records         uint64 `json:"records"`          // written to the trail
	Logged          uint64 `json:"logged"`           // lines sent to the log
	Excluded        uint64 `json:"excluded"`         // not logged, as configured
	Printed         uint64 `json:"printed"`          // not logged, as the kernel printed them
	LogHeldBack     uint64 `json:"log_held_back"`    // lines beyond log.rate, which are not sent to the log
	LogDropped      uint64 `json:"log_dropped"`      // lines that the log did not take in time
	TrailFailed     uint64 `json:"trail_failed"`     // lines that could not be written to the trail
	Overruns        uint64 `json:"overruns"`         // overflows of the socket (ENOBUFS)
	Healed          uint64 `json:"healed"`           // records missed, then read from the ring
	Lost            uint64 `json:"lost"`             // records missed, and overwritten in the ring
	MalformedEvents uint64 `json:"malformed_events"` // records or messages that could not be decoded
	FlashWrites     uint64 `json:"flash_writes"`     // writes to flash
	ShutdownDropped uint64 `json:"shutdown_dropped"` // lines of a shutdown written neither to flash nor to pstore
	Kills           uint64 `json:"kills"`            // kills by rules, whatever their result
	KillsDropped    uint64 `json:"kills_dropped"`    // not started, as the queue was full
	KillsHeldBack   uint64 `json:"kills_held_back"`  // not started, because of max_per_hour
}
