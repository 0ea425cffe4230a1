// SPDX-License-Identifier: GPL-2.0-only

package kernel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unsafe"

	"sigtrail/internal/event"
)

var (
	errRecord = errors.New("a record without number, time or kind")
	errNotice = errors.New("a notice without trigger, process or start")
)

var (
	records  = newTable(event.Fields)
	info     = newTable(event.InfoFields)
	triggers = newTable(event.TriggerFields)
	notices  = newTable(event.NoticeFields)
)

// decodeEvents appends the records of a message of SIGTRAIL_CMD_EVENTS (multicast)
// or SIGTRAIL_CMD_EVENTS_GET (a dump) to list. A malformed record is skipped and counted,
// and so is the rest of a truncated message. No memory is allocated, but for new names and
// texts.
func decodeEvents(list []event.Event, msg []byte, before *memory) (all []event.Event, malformed int) {
	b, err := open(msg, CMD_EVENTS, CMD_EVENTS_GET)
	for err == nil && len(b) > 0 {
		var typ uint16
		var value []byte
		if typ, value, b, err = cut(b); err != nil || typ != event.ATTR_RECORD {
			continue
		}
		if len(list) < cap(list) {
			list = list[:len(list)+1] // decodeEvent sets all of it
		} else {
			list = append(list, event.Event{})
		}
		if decodeEvent(value, &list[len(list)-1], before) != nil {
			list = list[:len(list)-1]
			malformed++
		}
	}
	if err != nil {
		malformed++
	}
	return list, malformed
}

// noTime and noKind mean that the attribute is absent: 0 is a valid time and kind.
const (
	noTime = 1<<64 - 1
	noKind = 1<<32 - 1
)

// memory is what a reader keeps of the records before. In a burst most differ from the one
// before in number, time and target alone, or in less.
type memory struct {
	names names
	same  []byte      // the attributes from KIND to before TARGET_PID
	as    event.Event // what they say, and nothing else
}

// decodeEvent decodes one SIGTRAIL_ATTR_RECORD. It does not matter what e was.
func decodeEvent(b []byte, e *event.Event, before *memory) (err error) {
	seq, time, b := cutHead(b)
	if before.repeats(b) {
		b = before.repeat(b, seq, time, e)
	} else {
		*e = event.Event{Seq: seq, Time: time, Kind: noKind}
		b, err = before.decode(b, e)
	}
	if err == nil {
		_, err = records.decodeTo(b, 0, e, &before.names)
	}
	if err != nil {
		return err
	}
	if e.Seq == noTime || e.Seq == 0 || e.Time == noTime || e.Kind == noKind {
		return errRecord
	}
	if e.Flags&event.FlagKernel != 0 && e.SenderName == "" {
		e.SenderName = "kernel"
	}
	return nil
}

// cutHead takes number and time off a record that begins with them, as the kernel sends it
// where a u64 need not be aligned. The loop for any attributes takes several times as long.
func cutHead(b []byte) (seq, time uint64, rest []byte) {
	const size = attrHeader + 8
	if len(b) < 2*size {
		return noTime, noTime, b
	}
	first, second := (*[2]uint16)(unsafe.Pointer(&b[0])), (*[2]uint16)(unsafe.Pointer(&b[size]))
	if first[0] != size || first[1] != event.ATTR_SEQ || second[0] != size || second[1] != event.ATTR_TIME {
		return noTime, noTime, b
	}
	return binary.NativeEndian.Uint64(b[attrHeader:]), binary.NativeEndian.Uint64(b[size+attrHeader:]), b[2*size:]
}

// repeats reports whether the attributes from KIND to before TARGET_PID are those of the last
// record.
func (m *memory) repeats(b []byte) bool { return len(m.same) > 0 && bytes.HasPrefix(b, m.same) }

// repeat sets what they say, and returns the rest.
func (m *memory) repeat(b []byte, seq, time uint64, e *event.Event) (rest []byte) {
	*e = m.as
	e.Seq, e.Time = seq, time
	return b[len(m.same):]
}

// decode decodes the attributes to before TARGET_PID, and returns the rest.
func (m *memory) decode(b []byte, e *event.Event) (rest []byte, err error) {
	if b, err = records.decodeTo(b, event.ATTR_KIND, e, &m.names); err != nil {
		return nil, err
	}
	seq, time := e.Seq, e.Time
	if m.repeats(b) { // where a u64 has to be aligned, cutHead has taken nothing
		return m.repeat(b, seq, time, e), nil
	}
	// Kept is what the kernel sends: number and time before, and nothing else there.
	alone := *e == event.Event{Seq: seq, Time: time, Kind: noKind}
	e.Seq, e.Time = noTime, noTime
	rest, err = records.decodeTo(b, event.ATTR_TARGET_PID, e, &m.names)
	if m.same = m.same[:0]; alone && err == nil && len(rest) > 0 && e.Seq == noTime && e.Time == noTime {
		m.same, m.as = append(m.same, b[:len(b)-len(rest)]...), *e
	}
	if e.Seq == noTime {
		e.Seq = seq
	}
	if e.Time == noTime {
		e.Time = time
	}
	return rest, err
}

// decodeInfo decodes the answer to SIGTRAIL_CMD_INFO_GET.
func decodeInfo(msg []byte) (i event.Info, err error) {
	b, err := open(msg, CMD_INFO_GET)
	if err == nil {
		err = info.decode(b, &i)
	}
	return i, err
}

// decodeTrigger decodes the answer to SIGTRAIL_TRIGGER_CMD_GET, _ADD or _DEL.
func decodeTrigger(msg []byte) (t event.Trigger, err error) {
	b, err := open(msg, TRIGGER_CMD_GET, TRIGGER_CMD_ADD, TRIGGER_CMD_DEL)
	if err == nil {
		err = triggers.decode(b, &t)
	}
	return t, err
}

// decodeNotice decodes a SIGTRAIL_TRIGGER_CMD_NOTICE.
func decodeNotice(msg []byte) (n event.Notice, err error) {
	b, err := open(msg, TRIGGER_CMD_NOTICE)
	if err == nil {
		err = notices.decode(b, &n)
	}
	if err == nil && (n.ID == 0 || n.TargetPID == 0 || n.StartTime == 0) {
		err = errNotice
	}
	return n, err
}
