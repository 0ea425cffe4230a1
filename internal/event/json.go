// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// AppendValue appends v in JSON, without a newline and without the escapes for
// HTML. It panics if encoding/json cannot encode v.
func AppendValue(b []byte, v any) []byte {
	w := bytes.NewBuffer(b)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // not with the types of this program
	}
	return bytes.TrimSuffix(w.Bytes(), []byte("\n"))
}

// AppendJSON appends the event as one JSON object, without a newline. Keys are
// the attributes' names in lower case; enums are words. Keys that belong to the
// event's kind are always written, if they are known; others if they are not zero,
// which for a time is unknown. Names and texts are written as by Name, so that DecodeJSON returns the
// same bytes. signal_name and wall_unset are computed, for people.
//
// It does not use encoding/json, for speed: it runs for each signal.
func (e *Event) AppendJSON(b []byte) []byte {
	return append(e.appendMembers(append(b, '{'), Fields), '}')
}

// appendMembers appends the members of some fields.
func (e *Event) appendMembers(b []byte, fields []Field[Event]) []byte {
	always, text := e.Kind.set(), e.FromText()
	if e.Flags&FlagFault != 0 {
		always |= ofFault
	}
	for i := range fields {
		f := &fields[i]
		// What the kernel does not print is unknown.
		if p := f.In(e); f.kinds&always != 0 && (f.printed || !text) || !zero(f.Form, p) {
			b = f.member.append(b, p)
			if f.also != nil {
				b = f.also(b, e)
			}
		}
	}
	return b
}

func appendWallUnset(b []byte, e *Event) []byte {
	if e.WallUnset() {
		b = appendHead(b, `,"wall_unset":true`)
	}
	return b
}

func appendSignalName(b []byte, e *Event) []byte {
	return append(append(appendHead(b, `,"signal_name":"`), SignalName(e.Signal)...), '"')
}

const lost = "lost"

// loss is the JSON form of a Loss.
type loss struct {
	Kind    string `json:"kind"`
	From    uint64 `json:"from"`
	To      uint64 `json:"to"`
	Records uint64 `json:"records"`
	Damaged bool   `json:"damaged,omitempty"`
	Dropped bool   `json:"dropped,omitempty"`
}

// AppendJSON appends the loss as one JSON object of kind "lost".
func (l Loss) AppendJSON(b []byte) []byte {
	return AppendValue(b, loss{lost, l.From, l.To, l.Records(), l.Damaged, l.Dropped})
}

// DecodeJSON is the inverse of AppendJSON for an event or a loss; it returns one
// of the two, the other is zero. It skips unknown keys, so that it can read trails
// of newer versions. It fails for a line that was cut short, and for an event
// without a number that is neither a note nor read from the kernel's text.
func DecodeJSON(line []byte) (e Event, l Loss, err error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(line, &members); err != nil {
		return Event{}, Loss{}, err
	}
	if string(members["kind"]) == `"`+lost+`"` {
		var in loss
		err := json.Unmarshal(line, &in)
		if err == nil && (in.From == 0 || in.To < in.From) {
			err = fmt.Errorf("loss with bad numbers: from %d to %d", in.From, in.To)
		}
		if err != nil {
			return Event{}, Loss{}, err
		}
		return Event{}, Loss{in.From, in.To, in.Damaged, in.Dropped}, nil
	}
	if err := decode(Fields, members, &e); err != nil {
		return Event{}, Loss{}, err
	}
	if e.Seq == 0 && e.Kind != KindNote && !e.FromText() {
		return Event{}, Loss{}, errors.New("event without a number")
	}
	return e, Loss{}, nil
}

// DecodeStored decodes a line that an older version stored on flash, without thread ids that
// are the process id. For an event from the kernel's text a missing one is unknown, and stays
// 0.
func DecodeStored(line []byte) (e Event, l Loss, err error) {
	e, l, err = DecodeJSON(line)
	if e.FromText() {
		return e, l, err
	}
	for i := range Fields {
		if f := &Fields[i]; f.pid != nil {
			if tid := f.At(&e).(*uint32); *tid == 0 {
				*tid = f.pid(&e)
			}
		}
	}
	return e, l, err
}

// appendAll appends all known fields of a value as one JSON object.
func appendAll[T any](b []byte, fields []Field[T], v *T) []byte {
	b = append(b, '{')
	for i := range fields {
		f := &fields[i]
		if p := f.In(v); !f.known || !zero(f.Form, p) {
			b = f.member.append(b, p)
		}
	}
	return append(b, '}')
}

// AppendJSON appends i as one JSON object. Keys are the attributes' names in
// lower case.
func (i *Info) AppendJSON(b []byte) []byte { return appendAll(b, InfoFields, i) }

// AppendJSON appends the trigger as one JSON object, without a newline. Keys are
// the attributes' names in lower case.
func (t *Trigger) AppendJSON(b []byte) []byte { return appendAll(b, TriggerFields, t) }

// decode sets the fields of v from the members of a JSON object.
func decode[T any](fields []Field[T], members map[string]json.RawMessage, v *T) error {
	for i := range fields {
		f := &fields[i]
		if raw, ok := members[f.Key]; ok {
			if err := set(f.At(v), f.words, raw); err != nil {
				return fmt.Errorf("key %s: %w", f.Key, err)
			}
		}
	}
	return nil
}

func set(p any, words []string, raw []byte) (err error) {
	var text string
	switch p := p.(type) {
	case *int64:
		if err = json.Unmarshal(raw, &text); err == nil {
			*p, err = parseWall(text)
		}
	case *string:
		return json.Unmarshal(raw, (*Name)(p))
	case *Flags:
		var list []string
		if err = json.Unmarshal(raw, &list); err == nil {
			*p, err = parseFlags(list)
		}
	case *Kind:
		if err = json.Unmarshal(raw, &text); err == nil {
			*p, err = parseKind(text)
		}
	case *Count:
		var n *uint64 // null is unknown
		if err = json.Unmarshal(raw, &n); err == nil && n != nil {
			*p = CountOf(*n)
		}
	case *uint32:
		if words == nil {
			return json.Unmarshal(raw, p)
		}
		if err = json.Unmarshal(raw, &text); err == nil {
			*p, err = parseWord(words, text)
		}
	default:
		return json.Unmarshal(raw, p)
	}
	return err
}
