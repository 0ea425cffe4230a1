// SPDX-License-Identifier: GPL-2.0-only

package frame

import (
	"encoding/binary"

	"sigtrail/internal/event"
)

// MaxLimit is the largest limit of an open frame's size. A record fits into the rest.
const MaxLimit = maxPayload / 2

// Encoder codes events and losses into frames. The zero value is ready to use. The caller
// seals a frame that is Full.
type Encoder struct {
	Buf []byte // the sealed frames, then the open one; the caller may empty it after Seal

	begin int    // of the open frame; it is open if typ is not 0
	typ   Type   // of the open frame
	chain bool   // the next frame continues the last one
	sum   uint32 // of the last frame

	seq, time uint64 // of the last record
	offset    int64  // of the wall time in this frame; 0: unknown
	classes   dictionary[class]
	senders   dictionary[sender]
	contexts  dictionary[process]
	targets   dictionary[target]
}

// The keys of the dictionaries have all that their entries have.
type (
	class struct {
		form    uint64
		kind    event.Kind
		signal  uint32
		code    int32
		outcome event.Outcome
		scope   event.Scope
		flags   event.Flags
		others  uint64 // a bit for each of otherFields
	}
	process struct {
		pid, tid uint32
		name     string
	}
	sender struct {
		pid, tid, uid uint32
		parent        uint32
		cgroup        uint64
		name          string
		parentName    string
		ancestors     event.Ancestors
		service       string
	}
	target struct {
		pid, tid uint32
		cgroup   uint64
		name     string
		service  string
	}
)

// Open reports whether a frame is open.
func (c *Encoder) Open() bool { return c.typ != 0 }

// Full reports whether the open frame has to be sealed before the next event, because it has
// more than limit bytes, at most MaxLimit, or the dictionary is full.
func (c *Encoder) Full(limit int) bool {
	return c.typ != 0 && (len(c.Buf)-c.begin >= limit || c.fullDictionary())
}

func (c *Encoder) fullDictionary() bool {
	return max(c.classes.size(), c.senders.size(), c.contexts.size(), c.targets.size()) >= maxEntries
}

// Steps reports whether the clock was set before an event. The caller seals the open frame
// then: all wall times of a frame are by one clock.
func (c *Encoder) Steps(e *event.Event) bool { return c.steps(e.Time, e.Wall) }

// Restart begins a new dictionary with the next frame, which can be read by itself.
func (c *Encoder) Restart() { c.chain = false }

// Seal ends the open frame, if there is one. All records up to upTo are in it, before it, or
// lost.
func (c *Encoder) Seal(upTo uint64) {
	if c.typ == 0 {
		return
	}
	c.sum = seal(c.Buf[c.begin:], c.typ, c.sum, upTo)
	c.typ, c.chain = 0, true
}

// open begins a frame before the record or loss with a number, if none is open.
func (c *Encoder) open(seq, time uint64, wall int64) {
	if c.typ != 0 {
		return
	}
	c.begin = len(c.Buf)
	c.Buf = append(c.Buf, make([]byte, headerSize)...)
	if c.chain && !c.fullDictionary() && !c.steps(time, wall) {
		c.typ = More
		return
	}
	c.typ = Records
	c.classes.clear()
	c.senders.clear()
	c.contexts.clear()
	c.targets.clear()
	c.seq, c.time = max(seq, 1)-1, time
	if wall != 0 {
		c.offset = wall - int64(time)
	}
	c.Buf = binary.AppendUvarint(binary.AppendUvarint(c.Buf, c.seq), c.time)
	c.Buf = binary.AppendVarint(c.Buf, c.offset)
}

// steps reports whether a wall time is not by the clock that the last frame's are by.
func (c *Encoder) steps(time uint64, wall int64) bool {
	offset := wall - int64(time)
	known := offset != 0 && c.offset != 0
	return wall != 0 && offset != c.offset && (!known || max(offset-c.offset, c.offset-offset) > maxDrift)
}

// Event codes an event. It opens a frame if none is open.
func (c *Encoder) Event(e *event.Event) {
	c.open(e.Seq, e.Time, e.Wall)
	k := class{kind: e.Kind, signal: e.Signal, code: e.Code, outcome: e.Outcome, scope: e.Scope, flags: e.Flags}
	from := sender{e.SenderPID, e.SenderTID, e.SenderUID, e.ParentPID, e.SenderCgroup, e.SenderName, e.ParentName, e.Ancestors, e.SenderService}
	if from != (sender{}) {
		k.form |= withSender
	}
	context := process{e.ContextPID, e.ContextTID, e.ContextName}
	if context != (process{}) {
		k.form |= withContext
	}
	to := target{e.TargetPID, e.TargetTID, e.TargetCgroup, e.TargetName, e.TargetService}
	if to != (target{}) {
		k.form |= withTarget
	}
	if e.Seq == 0 {
		k.form |= unnumbered
	} else if e.Seq != c.seq+1 {
		k.form |= withNumber
	}
	if e.HasRest() {
		for i := range otherFields {
			if !otherFields[i].isZero(e) {
				k.others |= 1 << i
			}
		}
	}
	c.class(&k, e)
	c.Buf = binary.AppendVarint(c.Buf, int64(e.Time-c.time))
	c.time = e.Time
	if k.form&withNumber != 0 {
		c.Buf = binary.AppendVarint(c.Buf, int64(e.Seq-c.seq-1))
	}
	if e.Seq != 0 {
		c.seq = e.Seq
	}
	if k.form&withSender != 0 && refer(c, &c.senders, &from, from.pid) {
		c.Buf = appendFields(c.Buf, senderFields, e)
	}
	if k.form&withContext != 0 && refer(c, &c.contexts, &context, context.pid) {
		c.Buf = appendFields(c.Buf, contextFields, e)
	}
	if k.form&withTarget != 0 && refer(c, &c.targets, &to, to.pid) {
		c.Buf = appendFields(c.Buf, targetFields, e)
	}
	for i := range otherFields {
		if k.others>>i == 0 {
			break
		}
		if k.others>>i&1 != 0 {
			c.Buf = otherFields[i].appendValue(c.Buf, e)
		}
	}
}

// Loss codes a loss.
func (c *Encoder) Loss(l event.Loss) {
	c.open(l.From, c.time, 0)
	k := class{form: isLoss}
	if l.Damaged {
		k.others |= 1
	}
	if l.Dropped {
		k.others |= 2
	}
	if refer(c, &c.classes, &k, 0) {
		c.Buf = binary.AppendUvarint(c.Buf, k.form)
		if l.Damaged {
			c.Buf = append(binary.AppendUvarint(c.Buf, damagedNumber<<1), 1)
		}
		if l.Dropped {
			c.Buf = append(binary.AppendUvarint(c.Buf, droppedNumber<<1), 1)
		}
		c.Buf = append(c.Buf, 0, 0)
	}
	c.Buf = binary.AppendVarint(c.Buf, int64(l.From-c.seq-1))
	c.Buf = binary.AppendUvarint(c.Buf, l.To-l.From)
	c.seq = l.To
}

// class appends a class.
func (c *Encoder) class(k *class, e *event.Event) {
	if !refer(c, &c.classes, k, k.signal+uint32(k.flags)<<3+uint32(k.outcome)<<1) {
		return
	}
	c.Buf = appendFields(binary.AppendUvarint(c.Buf, k.form), classFields, e)
	for i := range otherFields {
		if k.others>>i&1 != 0 {
			c.Buf = binary.AppendUvarint(c.Buf, otherFields[i].tag)
		}
	}
	c.Buf = append(c.Buf, 0)
}

// refer appends an entry's number in its dictionary, and reports whether it is a new one.
func refer[K comparable](c *Encoder, entries *dictionary[K], k *K, hash uint32) (isNew bool) {
	n, isNew := entries.number(k, hash)
	if n < 0x80 { // without a call, as nearly always
		c.Buf = append(c.Buf, byte(n))
	} else {
		c.Buf = binary.AppendUvarint(c.Buf, n)
	}
	return isNew
}
