// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
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
	o := open(b)
	always, text := e.Kind.set(), e.FromText()
	for i := range Fields {
		f := &Fields[i]
		// What the kernel does not print is unknown.
		if p := f.At(e); f.kinds&always != 0 && (f.printed || !text) || !isZero(p) {
			o.value(f.Key, p, f.words)
			if f.also != nil {
				f.also(&o, e)
			}
		}
	}
	return o.close()
}

// AppendStored is AppendJSON in half the bytes, for flash. It leaves out all zero
// values, computed values, and thread ids equal to the process id.
func (e *Event) AppendStored(b []byte) []byte {
	o := open(b)
	for i := range Fields {
		f := &Fields[i]
		p := f.At(e)
		if f.wall || f.pid != nil && *p.(*uint32) == f.pid(e) || !f.stored && isZero(p) {
			continue
		}
		o.value(f.Key, p, f.words)
	}
	return o.close()
}

func appendWallUnset(o *object, e *Event) {
	if unset := e.WallUnset(); unset {
		o.value("wall_unset", &unset, nil)
	}
}

func appendSignalName(o *object, e *Event) {
	o.key("signal_name")
	o.quote(SignalName(e.Signal))
}

const lost = "lost"

// loss is the JSON form of a Loss.
type loss struct {
	Kind    string `json:"kind"`
	From    uint64 `json:"from"`
	To      uint64 `json:"to"`
	Records uint64 `json:"records"`
	Damaged bool   `json:"damaged,omitempty"`
}

// AppendJSON appends the loss as one JSON object of kind "lost".
func (l Loss) AppendJSON(b []byte) []byte {
	return AppendValue(b, loss{lost, l.From, l.To, l.Records(), l.Damaged})
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
		return Event{}, Loss{in.From, in.To, in.Damaged}, nil
	}
	if err := decode(Fields, members, &e); err != nil {
		return Event{}, Loss{}, err
	}
	if e.Seq == 0 && e.Kind != KindNote && !e.FromText() {
		return Event{}, Loss{}, errors.New("event without a number")
	}
	return e, Loss{}, nil
}

// DecodeStored is the inverse of AppendStored: a missing thread id is set to the
// process id. For an event from the kernel's text it is unknown, and stays 0.
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
	o := open(b)
	for i := range fields {
		if p := fields[i].At(v); !fields[i].known || !isZero(p) {
			o.value(fields[i].Key, p, fields[i].words)
		}
	}
	return o.close()
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

// object appends one flat JSON object to b.
type object struct {
	b     []byte
	start int
}

func open(b []byte) object { return object{append(b, '{'), len(b) + 1} }

func (o *object) close() []byte { return append(o.b, '}') }

func (o *object) key(k string) {
	if len(o.b) > o.start {
		o.b = append(o.b, ',')
	}
	o.quote(k)
	o.b = append(o.b, ':')
}

// quote adds a string that does not need escapes.
func (o *object) quote(s string) { o.b = append(append(append(o.b, '"'), s...), '"') }

// value adds a key with its value.
func (o *object) value(key string, p any, words []string) {
	o.key(key)
	switch p := p.(type) {
	case *uint64:
		o.b = strconv.AppendUint(o.b, *p, 10)
	case *Nanos:
		o.b = p.append(o.b)
	case *uint32:
		if words != nil {
			o.quote(word(words, *p))
		} else {
			o.b = strconv.AppendUint(o.b, uint64(*p), 10)
		}
	case *int32:
		o.b = strconv.AppendInt(o.b, int64(*p), 10)
	case *int64: // ns since 1970
		o.b = append(AppendWall(append(o.b, '"'), *p), '"')
	case *bool:
		o.b = strconv.AppendBool(o.b, *p)
	case *Kind:
		o.quote(p.String())
	case *Count:
		n, _ := p.Known()
		o.b = strconv.AppendUint(o.b, n, 10)
	case *Flags:
		o.b = append(o.b, '[')
		for i, w := range p.words() {
			if i > 0 {
				o.b = append(o.b, ',')
			}
			o.quote(w)
		}
		o.b = append(o.b, ']')
	case *string:
		o.b = append(o.b, '"')
		for i := 0; i < len(*p); i++ {
			switch c := (*p)[i]; {
			case c == '"':
				o.b = append(o.b, '\\', '"')
			case c == '\\' || !printable(c):
				o.b = append(o.b, '\\', '\\', 'x', hex[c>>4], hex[c&15])
			default:
				o.b = append(o.b, c)
			}
		}
		o.b = append(o.b, '"')
	}
}

func isZero(p any) bool {
	switch p := p.(type) {
	case *uint64:
		return *p == 0
	case *Nanos:
		return *p == 0
	case *uint32:
		return *p == 0
	case *int32:
		return *p == 0
	case *int64:
		return *p == 0
	case *bool:
		return !*p
	case *string:
		return *p == ""
	case *Flags:
		return *p == 0
	case *Count:
		return *p == 0
	}
	return false
}
