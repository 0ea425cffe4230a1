// SPDX-License-Identifier: GPL-2.0-only

package frame

import (
	"encoding/binary"
	"slices"

	"sigtrail/internal/event"
)

// Decoder decodes the frames of records that a Scanner has found, in order. The zero value
// is ready to use.
type Decoder struct {
	b       []byte // the rest of the payload
	chained bool   // a frame that continues the last one can be read

	seq, time                  uint64 // of the last record
	offset                     int64  // of the wall time; 0: unknown
	classes                    []entry
	senders, contexts, targets [][]attribute
}

// attribute is a field with its value.
type attribute struct {
	tag    uint64
	at     func(*event.Event) any // nil: not a field of an event, or unknown
	number uint64
	text   string
}

// entry is a class.
type entry struct {
	form   uint64
	fields []attribute
	others []uint64 // tags
}

// Frame begins to decode a frame of records. It returns an error if this continues one that
// could not be decoded.
func (d *Decoder) Frame(f Frame) error {
	d.b = f.Payload
	if f.Type == More {
		if !d.chained {
			d.b = nil
			return errPayload
		}
		return nil
	}
	*d = Decoder{b: f.Payload, chained: true}
	var ok bool
	if d.seq, ok = d.uvarint(); ok {
		d.time, ok = d.uvarint()
	}
	if ok {
		d.offset, ok = d.varint()
	}
	return d.failed(ok)
}

// Next decodes the frame's next event, or loss: then l.To is not 0. It returns false at the
// end of the frame. After an error the rest of the frame cannot be read.
func (d *Decoder) Next(e *event.Event) (l event.Loss, more bool, err error) {
	if len(d.b) == 0 {
		return l, false, nil
	}
	*e = event.Event{}
	l, ok := d.record(e)
	return l, ok, d.failed(ok)
}

// failed returns an error unless ok. Nothing can be read after it.
func (d *Decoder) failed(ok bool) error {
	if ok {
		return nil
	}
	d.b, d.chained = nil, false
	return errPayload
}

func (d *Decoder) record(e *event.Event) (l event.Loss, ok bool) {
	n, ok := d.uvarint()
	if !ok || n > uint64(len(d.classes)) || n >= maxEntries {
		return l, false
	}
	if n == uint64(len(d.classes)) {
		k, ok := d.class()
		if !ok {
			return l, false
		}
		d.classes = append(d.classes, k)
	}
	k := &d.classes[n]
	if k.form&isLoss != 0 {
		return d.loss(k)
	}
	past, ok := d.varint()
	if !ok {
		return l, false
	}
	d.time += uint64(past)
	e.Time = d.time
	if d.offset != 0 && e.Time != 0 {
		e.Wall = int64(e.Time) + d.offset
	}
	if k.form&unnumbered == 0 {
		d.seq++
		if k.form&withNumber != 0 {
			differs, ok := d.varint()
			if !ok {
				return l, false
			}
			d.seq += uint64(differs)
		}
		e.Seq = d.seq
	}
	ok = set(e, k.fields) &&
		(k.form&withSender == 0 || d.part(&d.senders, e)) &&
		(k.form&withContext == 0 || d.part(&d.contexts, e)) &&
		(k.form&withTarget == 0 || d.part(&d.targets, e))
	for i := 0; ok && i < len(k.others); i++ {
		var a attribute
		if a, ok = d.value(k.others[i]); ok {
			ok = a.set(e)
		}
	}
	return l, ok && (e.Seq != 0 || e.Kind == event.KindNote || e.FromText())
}

func (d *Decoder) loss(k *entry) (l event.Loss, ok bool) {
	differs, ok := d.varint()
	if !ok {
		return l, false
	}
	run, ok := d.uvarint()
	l = event.Loss{From: d.seq + 1 + uint64(differs), Damaged: k.has(damagedNumber), Dropped: k.has(droppedNumber)}
	l.To = l.From + run
	for i := 0; ok && i < len(k.others); i++ {
		_, ok = d.value(k.others[i])
	}
	d.seq = l.To
	return l, ok && l.From != 0 && l.To >= l.From
}

// has reports whether a class has a field.
func (k *entry) has(number uint64) bool {
	return slices.ContainsFunc(k.fields, func(a attribute) bool { return a.tag == number<<1 })
}

// part reads a sender, context or target.
func (d *Decoder) part(entries *[][]attribute, e *event.Event) bool {
	n, ok := d.uvarint()
	if !ok || n > uint64(len(*entries)) || n >= maxEntries {
		return false
	}
	if n == uint64(len(*entries)) {
		fields, ok := d.fields()
		if !ok {
			return false
		}
		*entries = append(*entries, fields)
	}
	return set(e, (*entries)[n])
}

func (d *Decoder) class() (k entry, ok bool) {
	if k.form, ok = d.uvarint(); !ok || k.form > allForms {
		return k, false
	}
	if k.fields, ok = d.fields(); !ok {
		return k, false
	}
	for len(k.others) < maxFields {
		tag, ok := d.uvarint()
		if !ok || tag == 0 {
			return k, ok
		}
		k.others = append(k.others, tag)
	}
	return k, false
}

// fields reads fields up to a 0.
func (d *Decoder) fields() (list []attribute, ok bool) {
	for range maxFields {
		tag, ok := d.uvarint()
		if !ok || tag == 0 {
			return list, ok
		}
		a, ok := d.value(tag)
		if !ok {
			return nil, false
		}
		list = append(list, a)
	}
	return nil, false
}

// value reads the value of a field with a tag.
func (d *Decoder) value(tag uint64) (a attribute, ok bool) {
	n, ok := d.uvarint()
	if !ok {
		return a, false
	}
	a = attribute{tag: tag, at: byTag[tag].at, number: n}
	if tag&1 != 0 {
		if n > uint64(len(d.b)) {
			return a, false
		}
		a.text, d.b = string(d.b[:n]), d.b[n:]
	}
	return a, tag != ancestorsTag || event.Ancestors(a.text).Valid()
}

// set sets fields of an event. It reports whether the values fit.
func set(e *event.Event, list []attribute) bool {
	for i := range list {
		if !list[i].set(e) {
			return false
		}
	}
	return true
}

func (a *attribute) set(e *event.Event) bool {
	if a.at == nil {
		return true
	}
	p := a.at(e)
	if s := text(p); s != nil {
		*s = a.text
		return true
	}
	return setValue(p, a.number)
}

func (d *Decoder) uvarint() (uint64, bool) {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		return 0, false
	}
	d.b = d.b[n:]
	return v, true
}

func (d *Decoder) varint() (int64, bool) {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		return 0, false
	}
	d.b = d.b[n:]
	return v, true
}
