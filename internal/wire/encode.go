// SPDX-License-Identifier: GPL-2.0

package wire

import (
	"encoding/binary"

	"sigtrail/internal/event"
	"sigtrail/internal/uapi"
)

// AppendEvents appends a SIGTRAIL_CMD_EVENTS message with the events as its
// records, as the kernel would send it. It serves tests. What is zero is left
// out, the number, the time and the kind excepted.
func AppendEvents(b []byte, order binary.ByteOrder, events ...event.Event) []byte {
	w := writer{append(b, uapi.CMD_EVENTS, uapi.FAMILY_VERSION, 0, 0), order}
	for i := range events {
		start := w.begin(uapi.ATTR_RECORD)
		w.event(&events[i])
		w.end(start)
	}
	return w.b
}

// AppendInfo appends a SIGTRAIL_CMD_INFO_GET answer.
func AppendInfo(b []byte, order binary.ByteOrder, i *event.Info) []byte {
	w := writer{append(b, uapi.CMD_INFO_GET, uapi.FAMILY_VERSION, 0, 0), order}
	w.info(i)
	return w.b
}

type writer struct {
	b     []byte
	order binary.ByteOrder
}

// begin opens an attribute, and returns where it starts, for end.
func (w *writer) begin(typ uint16) (start int) {
	start = len(w.b)
	w.b = append(w.b, 0, 0, 0, 0)
	w.order.PutUint16(w.b[start+2:], typ)
	return start
}

// end sets the length of the attribute that starts there, and pads it.
func (w *writer) end(start int) {
	w.order.PutUint16(w.b[start:], uint16(len(w.b)-start))
	for len(w.b)%4 != 0 {
		w.b = append(w.b, 0)
	}
}

func (w *writer) u8(typ uint16, v bool) {
	start := w.begin(typ)
	if v {
		w.b = append(w.b, 1)
	} else {
		w.b = append(w.b, 0)
	}
	w.end(start)
}

func (w *writer) u32(typ uint16, v uint32) {
	start := w.begin(typ)
	w.b = append(w.b, 0, 0, 0, 0)
	w.order.PutUint32(w.b[start+attrHeader:], v)
	w.end(start)
}

func (w *writer) u64(typ uint16, v uint64) {
	start := w.begin(typ)
	w.b = append(w.b, 0, 0, 0, 0, 0, 0, 0, 0)
	w.order.PutUint64(w.b[start+attrHeader:], v)
	w.end(start)
}

func (w *writer) text(typ uint16, s string) {
	start := w.begin(typ)
	w.b = append(append(w.b, s...), 0)
	w.end(start)
}

func (w *writer) event(e *event.Event) {
	w.u64(uapi.ATTR_SEQ, e.Seq)
	w.u64(uapi.ATTR_TIME, e.Time)
	w.u32(uapi.ATTR_KIND, uint32(e.Kind))
	for _, a := range []struct {
		typ uint16
		v   uint32
	}{
		{uapi.ATTR_SIGNAL, e.Signal}, {uapi.ATTR_CODE, uint32(e.Code)},
		{uapi.ATTR_OUTCOME, uint32(e.Outcome)}, {uapi.ATTR_SCOPE, uint32(e.Scope)},
		{uapi.ATTR_FLAGS, uint32(e.Flags)},
		{uapi.ATTR_SENDER_PID, e.SenderPID}, {uapi.ATTR_SENDER_TID, e.SenderTID},
		{uapi.ATTR_SENDER_UID, e.SenderUID}, {uapi.ATTR_PARENT_PID, e.ParentPID},
		{uapi.ATTR_CONTEXT_PID, e.ContextPID}, {uapi.ATTR_CONTEXT_TID, e.ContextTID},
		{uapi.ATTR_TARGET_PID, e.TargetPID}, {uapi.ATTR_TARGET_TID, e.TargetTID},
		{uapi.ATTR_EXIT_STATUS, e.ExitStatus}, {uapi.ATTR_REBOOT_CODE, uint32(e.RebootCode)},
	} {
		if a.v != 0 {
			w.u32(a.typ, a.v)
		}
	}
	if e.SinceFirst != 0 {
		w.u64(uapi.ATTR_SINCE_FIRST, e.SinceFirst)
	}
	if e.SinceLast != 0 {
		w.u64(uapi.ATTR_SINCE_LAST, e.SinceLast)
	}
	for _, a := range []struct {
		typ uint16
		s   string
	}{
		{uapi.ATTR_SENDER_NAME, e.SenderName}, {uapi.ATTR_PARENT_NAME, e.ParentName},
		{uapi.ATTR_CONTEXT_NAME, e.ContextName}, {uapi.ATTR_TARGET_NAME, e.TargetName},
		{uapi.ATTR_TEXT, e.Text},
	} {
		if a.s != "" {
			w.text(a.typ, a.s)
		}
	}
}

func (w *writer) info(i *event.Info) {
	w.u32(uapi.ATTR_RING_SIZE, i.RingSize)
	w.u64(uapi.ATTR_SEQ_FIRST, i.SeqFirst)
	w.u64(uapi.ATTR_SEQ_LAST, i.SeqLast)
	w.u64(uapi.ATTR_RELAY_SKIPPED, i.RelaySkipped)
	w.u64(uapi.ATTR_RELAY_FAILED, i.RelayFailed)
	w.u64(uapi.ATTR_HELD_BACK, i.HeldBack)
	w.u64(uapi.ATTR_EXIT_FORGOTTEN, i.ExitForgotten)
	w.u64(uapi.ATTR_LEFT_OUT_SIGCHLD, i.LeftOutSIGCHLD)
	w.u64(uapi.ATTR_LEFT_OUT_SIGALRM, i.LeftOutSIGALRM)
	w.u64(uapi.ATTR_LEFT_OUT_SIGURG, i.LeftOutSIGURG)
	w.u64(uapi.ATTR_LEFT_OUT_KTHREAD, i.LeftOutKthread)
	w.u64(uapi.ATTR_LEFT_OUT_OWN, i.LeftOutOwn)
	w.u8(uapi.ATTR_ENABLE, i.Enable)
	w.u32(uapi.ATTR_PRINTK, uint32(i.Printk))
	w.u32(uapi.ATTR_PRINTK_RATE, i.PrintkRate)
	w.u8(uapi.ATTR_SIGCHLD, i.SIGCHLD)
	w.u8(uapi.ATTR_SIGALRM, i.SIGALRM)
	w.u8(uapi.ATTR_SIGURG, i.SIGURG)
	w.u8(uapi.ATTR_KTHREAD, i.Kthread)
	w.u32(uapi.ATTR_CLAIM_PID, i.ClaimPID)
	w.text(uapi.ATTR_CLAIM_NAME, i.ClaimName)
	w.u8(uapi.ATTR_SHUTDOWN, i.Shutdown)
	w.u64(uapi.ATTR_CLOCK_LOCAL, i.ClockLocal)
	w.u64(uapi.ATTR_CLOCK_BOOTTIME, i.ClockBoottime)
	w.u64(uapi.ATTR_CLOCK_REALTIME, i.ClockRealtime)
}

// AppendTrigger appends a SIGTRAIL_TRIGGER_CMD_GET answer.
func AppendTrigger(b []byte, order binary.ByteOrder, t *event.Trigger) []byte {
	w := writer{append(b, uapi.TRIGGER_CMD_GET, uapi.TRIGGER_FAMILY_VERSION, 0, 0), order}
	w.u32(uapi.TRIGGER_ATTR_ID, t.ID)
	w.spec(t)
	w.text(uapi.TRIGGER_ATTR_FUNCTION, t.Function)
	w.u64(uapi.TRIGGER_ATTR_HITS, t.Hits)
	w.u64(uapi.TRIGGER_ATTR_ACTED, t.Acted)
	w.u64(uapi.TRIGGER_ATTR_RATE_LIMITED, t.RateLimited)
	w.u64(uapi.TRIGGER_ATTR_DROPPED, t.Dropped)
	w.u64(uapi.TRIGGER_ATTR_MISSED, t.Missed)
	w.u64(uapi.TRIGGER_ATTR_FORGOTTEN, t.Forgotten)
	w.u64(uapi.TRIGGER_ATTR_HELD_BACK, t.HeldBack)
	return w.b
}

// spec adds what makes a trigger.
func (w *writer) spec(t *event.Trigger) {
	w.text(uapi.TRIGGER_ATTR_SYMBOL, t.Symbol)
	w.u32(uapi.TRIGGER_ATTR_OFFSET, t.Offset)
	w.text(uapi.TRIGGER_ATTR_TARGET_NAME, t.TargetName)
	w.u32(uapi.TRIGGER_ATTR_SKIP, t.Skip)
	w.u32(uapi.TRIGGER_ATTR_PER, uint32(t.Per))
	w.u32(uapi.TRIGGER_ATTR_RATE, t.Rate)
}

// AppendNotice appends a SIGTRAIL_TRIGGER_CMD_NOTICE message.
func AppendNotice(b []byte, order binary.ByteOrder, n *event.Notice) []byte {
	w := writer{append(b, uapi.TRIGGER_CMD_NOTICE, uapi.TRIGGER_FAMILY_VERSION, 0, 0), order}
	w.u32(uapi.TRIGGER_ATTR_ID, n.ID)
	w.u64(uapi.TRIGGER_ATTR_TIME, n.Time)
	w.u32(uapi.TRIGGER_ATTR_TARGET_PID, n.TargetPID)
	w.u32(uapi.TRIGGER_ATTR_TARGET_TID, n.TargetTID)
	w.text(uapi.TRIGGER_ATTR_TARGET_NAME, n.TargetName)
	w.u64(uapi.TRIGGER_ATTR_START_TIME, n.StartTime)
	w.u64(uapi.TRIGGER_ATTR_COUNT, n.Count)
	return w.b
}
