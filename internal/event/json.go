// SPDX-License-Identifier: GPL-2.0

package event

import (
	"strconv"
)

// AppendJSON appends the event as one JSON object, without a newline. Keys are
// the attributes' names in lower case; numbers of enums are words; the order is
// that of the attributes. What belongs to the event's kind is always there, the
// rest where it is not zero. Names and texts are escaped as in Escaped, then as
// JSON has it, so that any bytes come back from DecodeJSON. Added for the
// reader, and computed: signal_name, wall_unset.
//
// It is written by hand: encoding/json weighs 96 kB of a router's flash.
func (e *Event) AppendJSON(b []byte) []byte { return e.appendJSON(b, false) }

// AppendStored is AppendJSON in half the bytes, for flash: left out is also what
// belongs to the kind and is zero, what is computed, and a thread's id that is
// its process's.
func (e *Event) AppendStored(b []byte) []byte { return e.appendJSON(b, true) }

func (e *Event) appendJSON(b []byte, stored bool) []byte {
	signal, exit := e.Kind == KindSignal && !stored, e.Kind == KindExit && !stored
	sent := !stored && e.Kind != KindExit && e.Kind != KindNote
	o := open(b)
	if e.Seq != 0 || !stored {
		o.uint("seq", e.Seq)
	}
	o.uint("time", e.Time)
	if e.Wall != 0 && !stored {
		o.key("wall")
		o.b = append(o.b, '"')
		o.b = AppendWall(o.b, e.Wall)
		o.b = append(o.b, '"')
		if e.WallUnset() {
			o.bool("wall_unset", true)
		}
	}
	o.text("kind", e.Kind.String())
	if signal || e.Signal != 0 {
		o.uint("signal", uint64(e.Signal))
	}
	if signal || e.Signal != 0 && !stored {
		o.text("signal_name", SignalName(e.Signal))
	}
	if signal || e.Code != 0 {
		o.key("code")
		o.b = strconv.AppendInt(o.b, int64(e.Code), 10)
	}
	if signal || e.Outcome != 0 {
		o.text("outcome", e.Outcome.String())
	}
	if signal || e.Scope != 0 {
		o.text("scope", e.Scope.String())
	}
	if e.Flags != 0 || !stored && e.Kind != KindNote {
		o.words("flags", e.Flags.words())
	}
	senderTID, contextTID, targetTID := e.SenderTID, e.ContextTID, e.TargetTID
	if stored {
		senderTID = unlike(senderTID, e.SenderPID)
		contextTID = unlike(contextTID, e.ContextPID)
		targetTID = unlike(targetTID, e.TargetPID)
	}
	o.process("sender", e.SenderPID, senderTID, e.SenderName, sent)
	if sent || e.SenderUID != 0 {
		o.uint("sender_uid", uint64(e.SenderUID))
	}
	o.process("parent", e.ParentPID, 0, e.ParentName, false)
	o.process("context", e.ContextPID, contextTID, e.ContextName, false)
	o.process("target", e.TargetPID, targetTID, e.TargetName, signal || exit)
	if exit || e.ExitStatus != 0 {
		o.uint("exit_status", uint64(e.ExitStatus))
	}
	if exit || e.SinceFirst != 0 {
		o.uint("since_first", e.SinceFirst)
	}
	if exit || e.SinceLast != 0 {
		o.uint("since_last", e.SinceLast)
	}
	if e.Kind == KindReboot || e.RebootCode != 0 {
		o.text("reboot_code", e.RebootCode.String())
	}
	if e.Kind == KindMark || e.Text != "" {
		o.name("text", e.Text)
	}
	if e.Origin != OriginLive {
		o.text("origin", e.Origin.String())
	}
	return o.close()
}

// unlike returns tid, or 0 if it is pid.
func unlike(tid, pid uint32) uint32 {
	if tid == pid {
		return 0
	}
	return tid
}

// AppendJSON appends the loss as one JSON object, of the kind "lost".
func (l Loss) AppendJSON(b []byte) []byte {
	o := open(b)
	o.text("kind", lost)
	o.uint("from", l.From)
	o.uint("to", l.To)
	o.uint("records", l.Records())
	return o.close()
}

const lost = "lost"

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
	o.b = append(append(append(o.b, '"'), k...), '"', ':')
}

func (o *object) uint(k string, v uint64) {
	o.key(k)
	o.b = strconv.AppendUint(o.b, v, 10)
}

func (o *object) bool(k string, v bool) {
	o.key(k)
	o.b = strconv.AppendBool(o.b, v)
}

// text adds a string that needs no escaping.
func (o *object) text(k, v string) {
	o.key(k)
	o.b = append(append(append(o.b, '"'), v...), '"')
}

// name adds a string of any bytes.
func (o *object) name(k, v string) {
	o.key(k)
	o.b = append(o.b, '"')
	for i := 0; i < len(v); i++ {
		if c := v[i]; plain(c) {
			o.b = append(o.b, c)
		} else {
			o.b = append(o.b, '\\', '\\', 'x', hex[c>>4], hex[c&15])
		}
	}
	o.b = append(o.b, '"')
}

func (o *object) words(k string, list []string) {
	o.key(k)
	o.b = append(o.b, '[')
	for i, w := range list {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = append(append(append(o.b, '"'), w...), '"')
	}
	o.b = append(o.b, ']')
}

// process adds the keys of one role. Unless they always belong there, those
// that are zero are left out.
func (o *object) process(role string, pid, tid uint32, name string, always bool) {
	if always || pid != 0 {
		o.uint(role+"_pid", uint64(pid))
	}
	if tid != 0 {
		o.uint(role+"_tid", uint64(tid))
	}
	if always || name != "" {
		o.name(role+"_name", name)
	}
}
