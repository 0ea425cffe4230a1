// SPDX-License-Identifier: GPL-2.0-only

package event

// Cache keeps texts that come again with another event: what was sent, by whom, to whom, and
// in which second. To make a line of them takes a fraction of the steps. Its zero value is
// ready. It is bounded: a new text replaces another one. Each of its texts is always made by
// the same function.
type Cache struct {
	class  [16]part
	sender [16]part
	target [64]part
	second second
}

// part is a text of an event.
type part struct {
	of   Event // of this, and of those that do not differ in it
	text []byte
	made bool
}

type second struct {
	at   uint64 // since 1970
	text []byte
}

// Class returns a text that depends on an event's kind, signal, code, outcome, scope, flags
// and origin.
func (c *Cache) Class(e *Event, text func([]byte, *Event) []byte) []byte {
	p := &c.class[(e.Signal^uint32(e.Flags)^uint32(e.Outcome)<<2)%uint32(len(c.class))]
	o := &p.of
	return p.get(e, o.Signal == e.Signal && o.Flags == e.Flags && o.Outcome == e.Outcome && o.Code == e.Code && o.Scope == e.Scope, text)
}

// Sender returns one that depends on its kind, origin, flags, sender, parent and context.
func (c *Cache) Sender(e *Event, text func([]byte, *Event) []byte) []byte {
	p := &c.sender[(e.SenderPID^e.ContextPID)%uint32(len(c.sender))]
	o := &p.of
	return p.get(e, o.Flags == e.Flags && o.SenderPID == e.SenderPID && o.SenderTID == e.SenderTID && o.SenderUID == e.SenderUID &&
		o.SenderCgroup == e.SenderCgroup && o.SenderService == e.SenderService && o.SenderName == e.SenderName && o.ParentPID == e.ParentPID && o.ParentName == e.ParentName &&
		o.Ancestors == e.Ancestors && o.ContextPID == e.ContextPID && o.ContextTID == e.ContextTID && o.ContextName == e.ContextName, text)
}

// Target returns one that depends on its kind, origin and target.
func (c *Cache) Target(e *Event, text func([]byte, *Event) []byte) []byte {
	p := &c.target[e.TargetPID%uint32(len(c.target))]
	o := &p.of
	return p.get(e, o.TargetPID == e.TargetPID && o.TargetTID == e.TargetTID && o.TargetName == e.TargetName &&
		o.TargetCgroup == e.TargetCgroup && o.TargetService == e.TargetService, text)
}

func (p *part) get(e *Event, same bool, text func([]byte, *Event) []byte) []byte {
	if !same || !p.made || p.of.Kind != e.Kind || p.of.Origin != e.Origin {
		p.of, p.made = *e, true
		p.text = text(p.text[:0], e)
	}
	return p.text
}

// appendSecond appends the text of a second, and a point with microseconds.
func (c *Cache) appendSecond(b []byte, ns int64, text func([]byte, int64) []byte) []byte {
	s, rest := seconds(uint64(ns))
	if p := &c.second; p.at != s || p.text == nil {
		p.at, p.text = s, text(p.text[:0], ns)
	}
	return appendDigits(append(append(b, c.second.text...), '.'), rest/1e3, 6)
}

// AppendMicros appends the time of day of ns since 1970, as the function of that name does.
func (c *Cache) AppendMicros(b []byte, ns int64) []byte {
	if ns < 0 {
		return AppendMicros(b, ns)
	}
	return c.appendSecond(b, ns, AppendTime)
}

// The parts of an event's JSON begin at these fields.
var classAt, senderAt, targetAt, restAt = fieldAt("kind"), fieldAt("sender_pid"), fieldAt("target_pid"), fieldAt("fault_address")

func fieldAt(key string) int {
	for i := range Fields {
		if Fields[i].Key == key {
			return i
		}
	}
	panic("event: no field " + key)
}

// AppendJSON appends e as Event.AppendJSON does.
func (c *Cache) AppendJSON(b []byte, e *Event) []byte {
	if e.Seq == 0 || e.Wall < 0 { // not a record, or of a strange clock
		return e.AppendJSON(b)
	}
	b = AppendUint(append(b, `{"seq":`...), e.Seq)
	if e.Time != 0 {
		b = append(AppendUint(append(b, `,"time":"`...), e.Time), '"')
	}
	if e.Wall != 0 {
		b = append(c.appendSecond(append(b, `,"wall":"`...), e.Wall, appendWallSecond), `Z"`...)
		b = appendWallUnset(b, e)
	}
	b = append(b, c.Class(e, func(b []byte, e *Event) []byte { return e.appendPart(b, Fields[classAt:senderAt]) })...)
	b = append(b, c.Sender(e, func(b []byte, e *Event) []byte { return e.appendPart(b, Fields[senderAt:targetAt]) })...)
	b = append(b, c.Target(e, func(b []byte, e *Event) []byte { return e.appendPart(b, Fields[targetAt:restAt]) })...)
	if e.Kind != KindSignal || e.HasRest() {
		b = e.appendMembers(b, Fields[restAt:])
	}
	return append(b, '}')
}

// HasRest reports whether one of the fields after the target is not zero. Most signals have
// none; to ask the table of fields costs as much as the rest of a record.
func (e *Event) HasRest() bool {
	return e.ExitStatus|uint32(e.RebootCode)|uint32(e.State)|e.Count|uint32(e.Origin)|uint32(e.Flags&FlagFault) != 0 ||
		e.FaultAddress|e.FaultPC|e.RunTime|e.PeakRSS|e.SinceFirst|e.SinceLast|uint64(e.Survivors)|e.TimeLast != 0 || e.Text != "" || e.TimeAtLeast
}

// appendPart appends members that are not the first ones.
func (e *Event) appendPart(b []byte, fields []Field[Event]) []byte {
	b = e.appendMembers(append(b, ' '), fields)
	return append(b[:0], b[1:]...)
}
