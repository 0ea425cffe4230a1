// SPDX-License-Identifier: GPL-2.0-only

package event

// JSONCache appends events as Event.AppendJSON does, in a fraction of the steps: it keeps
// the parts of the JSON that come again with another record: what was sent, by whom, and to
// whom. Its zero value is ready. It is bounded: a new part replaces another one.
type JSONCache struct {
	class  [16]jsonPart
	sender [16]jsonPart
	target [64]jsonPart
}

// jsonPart is a part of an event's JSON.
type jsonPart struct {
	of   Event  // which has it
	text []byte // after a byte that is not a brace
}

// The parts begin at these fields.
var classAt, senderAt, targetAt, restAt = fieldAt("kind"), fieldAt("sender_pid"), fieldAt("target_pid"), fieldAt("exit_status")

func fieldAt(key string) int {
	for i := range Fields {
		if Fields[i].Key == key {
			return i
		}
	}
	panic("event: no field " + key)
}

// AppendJSON appends e.
func (c *JSONCache) AppendJSON(b []byte, e *Event) []byte {
	b = e.appendMembers(append(b, '{'), Fields[:classAt])
	p := &c.class[(e.Signal^uint32(e.Flags)^uint32(e.Outcome)<<2)%uint32(len(c.class))]
	if o := &p.of; o.Signal != e.Signal || o.Flags != e.Flags || o.Outcome != e.Outcome || o.Code != e.Code || o.Scope != e.Scope || p.differs(e) {
		p.set(e, Fields[classAt:senderAt])
	}
	text := p.text[1:]
	if b[len(b)-1] == '{' {
		text = text[1:]
	}
	b = append(b, text...)
	p = &c.sender[e.SenderPID%uint32(len(c.sender))]
	if o := &p.of; o.SenderPID != e.SenderPID || o.SenderTID != e.SenderTID || o.SenderUID != e.SenderUID || o.SenderName != e.SenderName ||
		o.ParentPID != e.ParentPID || o.ParentName != e.ParentName ||
		o.ContextPID != e.ContextPID || o.ContextTID != e.ContextTID || o.ContextName != e.ContextName || p.differs(e) {
		p.set(e, Fields[senderAt:targetAt])
	}
	b = append(b, p.text[1:]...)
	p = &c.target[e.TargetPID%uint32(len(c.target))]
	if o := &p.of; o.TargetPID != e.TargetPID || o.TargetTID != e.TargetTID || o.TargetName != e.TargetName || p.differs(e) {
		p.set(e, Fields[targetAt:restAt])
	}
	b = append(b, p.text[1:]...)
	return append(e.appendMembers(b, Fields[restAt:]), '}')
}

// differs reports whether e can have other members than the event of the part.
func (p *jsonPart) differs(e *Event) bool {
	return p.text == nil || p.of.Kind != e.Kind || p.of.Origin != e.Origin
}

// set makes the part of an event, with these fields.
func (p *jsonPart) set(e *Event, fields []Field[Event]) {
	p.of = *e
	p.text = e.appendMembers(append(p.text[:0], ' '), fields)
}
