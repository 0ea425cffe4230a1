// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// header is the first line of a trail's file.
type header struct {
	BootID        *Name        `json:"boot_id"`
	DaemonPID     uint32       `json:"daemon_pid,omitempty"`
	JailPID       uint32       `json:"jail_pid,omitempty"`
	BootLine      bool         `json:"boot_line,omitempty"`
	ClockLocal    Nanos        `json:"clock_local,omitempty"`
	ClockRealtime Nanos        `json:"clock_realtime,omitempty"`
	MergedBy      Name         `json:"merged_by,omitempty"`
	MergedAt      Nanos        `json:"merged_at,omitempty"`
	Reset         *Reset       `json:"reset,omitempty"`     // if merged
	Pstore        *Pstore      `json:"pstore,omitempty"`    // if merged
	BoxPlace      string       `json:"box_place,omitempty"` // if the kernel that merged had a black box
	BoxFound      string       `json:"box_found,omitempty"`
	Alive         Nanos        `json:"alive,omitempty"`
	Cut           uint64       `json:"cut,omitempty"`
	Malformed     uint64       `json:"malformed,omitempty"`
	Unordered     bool         `json:"unordered,omitempty"`
	Unreadable    Name         `json:"unreadable,omitempty"`
	Sources       []SourceJSON `json:"sources,omitempty"`
}

// SourceJSON is a Source for encoding/json.
type SourceJSON struct {
	Name   Name    `json:"name"`
	Boot   Belongs `json:"boot"`
	Merged bool    `json:"merged,omitempty"`
	Wall   string  `json:"wall,omitempty"`
	Time   Nanos   `json:"time,omitempty"`
	Text   Name    `json:"text,omitempty"`
	Fault  Name    `json:"fault,omitempty"`
	Short  bool    `json:"short,omitempty"`
	Told   bool    `json:"told,omitempty"`
	Sum    string  `json:"sum,omitempty"`

	Damaged uint64 `json:"damaged,omitempty"`
}

// JSON returns the source for encoding/json.
func (s *Source) JSON() SourceJSON {
	j := SourceJSON{Name: Name(s.Name), Boot: s.Boot, Time: Nanos(s.Time), Text: Name(s.Text), Fault: Name(s.Fault),
		Told: s.Told, Merged: s.Merged, Short: s.Short, Damaged: s.Damaged}
	if s.Wall != 0 {
		j.Wall = string(AppendWall(nil, s.Wall))
	}
	if s.Sum != 0 {
		j.Sum = fmt.Sprintf("%08x", s.Sum)
	}
	return j
}

func (j *SourceJSON) source() (s Source, err error) {
	s = Source{Name: string(j.Name), Boot: j.Boot, Time: uint64(j.Time), Text: string(j.Text), Fault: string(j.Fault),
		Told: j.Told, Merged: j.Merged, Short: j.Short, Damaged: j.Damaged}
	if j.Wall != "" {
		s.Wall, err = parseWall(j.Wall)
	}
	if j.Sum != "" && err == nil {
		var sum uint64
		sum, err = strconv.ParseUint(j.Sum, 16, 32)
		s.Sum = uint32(sum)
	}
	return s, err
}

func parseBox(place, found string) (b Box, err error) {
	p, err := parseWord(boxPlaces, place)
	if err != nil {
		return b, err
	}
	f, err := parseWord(boxFounds, found)
	return Box{Place: BoxPlace(p), Found: BoxFound(f)}, err
}

// AppendHeader appends the first line of a trail's file as one JSON object: boot,
// daemon and clocks, and once the trail was merged, by which boot and with what
// result. Zero values are left out, except boot_id.
func (t *Trail) AppendHeader(b []byte) []byte {
	h := header{BootID: (*Name)(&t.BootID), DaemonPID: t.DaemonPID, JailPID: t.JailPID, BootLine: t.BootLine,
		ClockLocal: Nanos(t.ClockLocal), ClockRealtime: Nanos(t.ClockRealtime), MergedBy: Name(t.MergedBy), MergedAt: Nanos(t.MergedAt), Cut: t.Cut,
		Malformed: t.Malformed, Unreadable: Name(t.Unreadable), Alive: Nanos(t.Alive), Unordered: t.Unordered}
	if t.MergedBy != "" {
		h.Reset, h.Pstore = &t.Reset, &t.Pstore
	}
	if t.Box.Place != BoxNone {
		h.BoxPlace, h.BoxFound = t.Box.Place.String(), t.Box.Found.String()
	}
	for i := range t.Sources {
		h.Sources = append(h.Sources, t.Sources[i].JSON())
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
	t.BootID, t.DaemonPID, t.JailPID, t.Cut = string(*h.BootID), h.DaemonPID, h.JailPID, h.Cut
	t.BootLine = h.BootLine
	t.ClockLocal, t.ClockRealtime = uint64(h.ClockLocal), uint64(h.ClockRealtime)
	t.MergedBy, t.MergedAt = string(h.MergedBy), int64(h.MergedAt)
	t.Malformed, t.Unreadable = h.Malformed, string(h.Unreadable)
	t.Alive, t.Unordered = uint64(h.Alive), h.Unordered
	if h.BoxPlace != "" {
		if t.Box, err = parseBox(h.BoxPlace, h.BoxFound); err != nil {
			return Trail{}, err
		}
	}
	for i := range h.Sources {
		s, err := h.Sources[i].source()
		if err != nil {
			return Trail{}, err
		}
		t.Sources = append(t.Sources, s)
	}
	return t, nil
}
