// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"encoding/json"
	"errors"
)

// header is the first line of a trail's file.
type header struct {
	BootID        *Name   `json:"boot_id"`
	DaemonPID     uint32  `json:"daemon_pid,omitempty"`
	JailPID       uint32  `json:"jail_pid,omitempty"`
	ClockLocal    Nanos   `json:"clock_local,omitempty"`
	ClockRealtime Nanos   `json:"clock_realtime,omitempty"`
	MergedBy      Name    `json:"merged_by,omitempty"`
	Reset         *Reset  `json:"reset,omitempty"`  // if merged
	Pstore        *Pstore `json:"pstore,omitempty"` // if merged
	Cut           uint64  `json:"cut,omitempty"`
}

// AppendHeader appends the first line of a trail's file as one JSON object: boot,
// daemon and clocks, and once the trail was merged, by which boot and with what
// result. Zero values are left out, except boot_id.
func (t *Trail) AppendHeader(b []byte) []byte {
	h := header{BootID: (*Name)(&t.BootID), DaemonPID: t.DaemonPID, JailPID: t.JailPID, ClockLocal: Nanos(t.ClockLocal),
		ClockRealtime: Nanos(t.ClockRealtime), MergedBy: Name(t.MergedBy), Cut: t.Cut}
	if t.MergedBy != "" {
		h.Reset, h.Pstore = &t.Reset, &t.Pstore
	}
	return AppendValue(b, &h)
}

// DecodeHeader is the inverse of AppendHeader. It skips unknown keys, and fails
// for a line without boot_id.
func DecodeHeader(line []byte) (t Trail, err error) {
	h := header{Reset: &t.Reset, Pstore: &t.Pstore}
	if err := json.Unmarshal(line, &h); err != nil {
		return Trail{}, err
	}
	if h.BootID == nil {
		return Trail{}, errors.New("not the first line of a trail: boot_id is missing")
	}
	t.BootID, t.DaemonPID, t.JailPID, t.MergedBy, t.Cut = string(*h.BootID), h.DaemonPID, h.JailPID, string(h.MergedBy), h.Cut
	t.ClockLocal, t.ClockRealtime = uint64(h.ClockLocal), uint64(h.ClockRealtime)
	return t, nil
}
