// SPDX-License-Identifier: GPL-2.0

package wire

import (
	"sigtrail/internal/event"
	"sigtrail/internal/uapi"
)

// setEvent puts an attribute of a record where it belongs; one that it does not
// know is skipped.
func setEvent(e *event.Event, typ int, f field) error {
	switch typ {
	case uapi.ATTR_SEQ:
		return f.u64(&e.Seq)
	case uapi.ATTR_TIME:
		return f.u64(&e.Time)
	case uapi.ATTR_KIND:
		return u32(f, &e.Kind)
	case uapi.ATTR_SIGNAL:
		return u32(f, &e.Signal)
	case uapi.ATTR_CODE:
		return u32(f, &e.Code)
	case uapi.ATTR_OUTCOME:
		return u32(f, &e.Outcome)
	case uapi.ATTR_SCOPE:
		return u32(f, &e.Scope)
	case uapi.ATTR_FLAGS:
		return u32(f, &e.Flags)
	case uapi.ATTR_SENDER_PID:
		return u32(f, &e.SenderPID)
	case uapi.ATTR_SENDER_TID:
		return u32(f, &e.SenderTID)
	case uapi.ATTR_SENDER_UID:
		return u32(f, &e.SenderUID)
	case uapi.ATTR_SENDER_NAME:
		return f.name(&e.SenderName)
	case uapi.ATTR_PARENT_PID:
		return u32(f, &e.ParentPID)
	case uapi.ATTR_PARENT_NAME:
		return f.name(&e.ParentName)
	case uapi.ATTR_CONTEXT_PID:
		return u32(f, &e.ContextPID)
	case uapi.ATTR_CONTEXT_TID:
		return u32(f, &e.ContextTID)
	case uapi.ATTR_CONTEXT_NAME:
		return f.name(&e.ContextName)
	case uapi.ATTR_TARGET_PID:
		return u32(f, &e.TargetPID)
	case uapi.ATTR_TARGET_TID:
		return u32(f, &e.TargetTID)
	case uapi.ATTR_TARGET_NAME:
		return f.name(&e.TargetName)
	case uapi.ATTR_EXIT_STATUS:
		return u32(f, &e.ExitStatus)
	case uapi.ATTR_SINCE_FIRST:
		return f.u64(&e.SinceFirst)
	case uapi.ATTR_SINCE_LAST:
		return f.u64(&e.SinceLast)
	case uapi.ATTR_REBOOT_CODE:
		return u32(f, &e.RebootCode)
	case uapi.ATTR_TEXT:
		return f.text(&e.Text, uapi.TEXT_LEN)
	}
	return nil
}

// setInfo does the same for the kernel part's state.
func setInfo(i *event.Info, typ int, f field) error {
	switch typ {
	case uapi.ATTR_RING_SIZE:
		return u32(f, &i.RingSize)
	case uapi.ATTR_SEQ_FIRST:
		return f.u64(&i.SeqFirst)
	case uapi.ATTR_SEQ_LAST:
		return f.u64(&i.SeqLast)
	case uapi.ATTR_RELAY_SKIPPED:
		return f.u64(&i.RelaySkipped)
	case uapi.ATTR_RELAY_FAILED:
		return f.u64(&i.RelayFailed)
	case uapi.ATTR_HELD_BACK:
		return f.u64(&i.HeldBack)
	case uapi.ATTR_EXIT_FORGOTTEN:
		return f.u64(&i.ExitForgotten)
	case uapi.ATTR_LEFT_OUT_SIGCHLD:
		return f.u64(&i.LeftOutSIGCHLD)
	case uapi.ATTR_LEFT_OUT_SIGALRM:
		return f.u64(&i.LeftOutSIGALRM)
	case uapi.ATTR_LEFT_OUT_SIGURG:
		return f.u64(&i.LeftOutSIGURG)
	case uapi.ATTR_LEFT_OUT_KTHREAD:
		return f.u64(&i.LeftOutKthread)
	case uapi.ATTR_LEFT_OUT_OWN:
		return f.u64(&i.LeftOutOwn)
	case uapi.ATTR_ENABLE:
		return f.u8(&i.Enable)
	case uapi.ATTR_PRINTK:
		return u32(f, &i.Printk)
	case uapi.ATTR_PRINTK_RATE:
		return u32(f, &i.PrintkRate)
	case uapi.ATTR_SIGCHLD:
		return f.u8(&i.SIGCHLD)
	case uapi.ATTR_SIGALRM:
		return f.u8(&i.SIGALRM)
	case uapi.ATTR_SIGURG:
		return f.u8(&i.SIGURG)
	case uapi.ATTR_KTHREAD:
		return f.u8(&i.Kthread)
	case uapi.ATTR_CLAIM_PID:
		return u32(f, &i.ClaimPID)
	case uapi.ATTR_CLAIM_NAME:
		return f.name(&i.ClaimName)
	case uapi.ATTR_SHUTDOWN:
		return f.u8(&i.Shutdown)
	case uapi.ATTR_CLOCK_LOCAL:
		return f.u64(&i.ClockLocal)
	case uapi.ATTR_CLOCK_BOOTTIME:
		return f.u64(&i.ClockBoottime)
	case uapi.ATTR_CLOCK_REALTIME:
		return f.u64(&i.ClockRealtime)
	}
	return nil
}
