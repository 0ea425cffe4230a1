// SPDX-License-Identifier: GPL-2.0-only

package event

import "slices"

// Field describes one field of T: its place, its netlink attribute, and its JSON
// form. Event, Info, Switches, Trigger and Notice are encoded and decoded with the
// tables below.
type Field[T any] struct {
	Key  string // in JSON
	Attr uint16 // netlink attribute; 0: the kernel does not send it

	// At returns a pointer to the field: a *uint64, *Nanos, *Address, *uint32, *int32,
	// *int64, *bool, *string, *Ancestors, *Kind, *Flags or *Count.
	At func(*T) any

	Form   Form    // of what At points to
	offset uintptr // of it in T
	member member  // in JSON

	Max     int      // longest string, in bytes; 0: NameMax
	words   []string // of an enum, by value
	kinds   kinds    // of events whose JSON has the key even if the field is zero
	printed bool     // the kernel's lines have it
	known   bool     // zero is unknown: left out of JSON
	pid     func(*T) uint32
	also    func([]byte, *T) []byte // appends more to JSON
}

// kinds is a set of kinds of events.
type kinds uint32

const (
	ofSignal   kinds = 1 << KindSignal
	ofExit     kinds = 1 << KindExit
	ofMark     kinds = 1 << KindMark
	ofReboot   kinds = 1 << KindReboot
	ofSurvivor kinds = 1 << KindSurvivor
	ofSwitch   kinds = 1 << KindSwitch
	ofOops     kinds = 1 << KindOops
	ofPanic    kinds = 1 << KindPanic
	ofSummary  kinds = 1 << KindSummary
	ofFault    kinds = 1 << 29 // any with FlagFault
	ofNote     kinds = 1 << 30
	ofOther    kinds = 1 << 31 // of a newer kernel
	ofAny      kinds = 1<<32 - 1
)

func (k Kind) set() kinds {
	switch {
	case k == KindNote:
		return ofNote
	case k <= KindSummary:
		return 1 << k
	}
	return ofOther
}

// Fields are an event's, in the order of its JSON.
var Fields = placed([]Field[Event]{
	{Key: "seq", Attr: ATTR_SEQ, At: func(e *Event) any { return &e.Seq }, kinds: ofAny},
	{Key: "time", Attr: ATTR_TIME, At: func(e *Event) any { return (*Nanos)(&e.Time) }},
	{Key: "wall", At: func(e *Event) any { return &e.Wall }, also: appendWallUnset},
	{Key: "kind", Attr: ATTR_KIND, At: func(e *Event) any { return &e.Kind }, kinds: ofAny},
	{Key: "signal", Attr: ATTR_SIGNAL, At: func(e *Event) any { return &e.Signal }, kinds: ofSignal | ofSummary, also: appendSignalName},
	{Key: "code", Attr: ATTR_CODE, At: func(e *Event) any { return &e.Code }, kinds: ofSignal | ofSummary},
	{Key: "outcome", Attr: ATTR_OUTCOME, At: func(e *Event) any { return (*uint32)(&e.Outcome) }, words: outcomes, kinds: ofSignal | ofSummary},
	{Key: "scope", Attr: ATTR_SCOPE, At: func(e *Event) any { return (*uint32)(&e.Scope) }, words: scopes, kinds: ofSignal | ofSummary},
	{Key: "flags", Attr: ATTR_FLAGS, At: func(e *Event) any { return &e.Flags }, kinds: ofAny &^ ofNote},
	{Key: "sender_pid", Attr: ATTR_SENDER_PID, At: func(e *Event) any { return &e.SenderPID }, kinds: ofSender},
	{Key: "sender_tid", Attr: ATTR_SENDER_TID, At: func(e *Event) any { return &e.SenderTID },
		pid: func(e *Event) uint32 { return e.SenderPID }},
	{Key: "sender_name", Attr: ATTR_SENDER_NAME, At: func(e *Event) any { return &e.SenderName }, kinds: ofSender},
	{Key: "sender_uid", Attr: ATTR_SENDER_UID, At: func(e *Event) any { return &e.SenderUID }, kinds: ofSender},
	{Key: "sender_cgroup", Attr: ATTR_SENDER_CGROUP, At: func(e *Event) any { return &e.SenderCgroup }},
	{Key: "sender_service", At: func(e *Event) any { return &e.SenderService }},
	{Key: "parent_pid", Attr: ATTR_PARENT_PID, At: func(e *Event) any { return &e.ParentPID }},
	{Key: "parent_name", Attr: ATTR_PARENT_NAME, At: func(e *Event) any { return &e.ParentName }},
	{Key: "ancestors", Attr: ATTR_ANCESTOR, At: func(e *Event) any { return &e.Ancestors }, Max: ancestorsMax},
	{Key: "context_pid", Attr: ATTR_CONTEXT_PID, At: func(e *Event) any { return &e.ContextPID }},
	{Key: "context_tid", Attr: ATTR_CONTEXT_TID, At: func(e *Event) any { return &e.ContextTID },
		pid: func(e *Event) uint32 { return e.ContextPID }},
	{Key: "context_name", Attr: ATTR_CONTEXT_NAME, At: func(e *Event) any { return &e.ContextName }},
	{Key: "target_pid", Attr: ATTR_TARGET_PID, At: func(e *Event) any { return &e.TargetPID }, kinds: ofTarget},
	{Key: "target_tid", Attr: ATTR_TARGET_TID, At: func(e *Event) any { return &e.TargetTID },
		pid: func(e *Event) uint32 { return e.TargetPID }},
	{Key: "target_name", Attr: ATTR_TARGET_NAME, At: func(e *Event) any { return &e.TargetName }, kinds: ofTarget},
	{Key: "target_cgroup", Attr: ATTR_TARGET_CGROUP, At: func(e *Event) any { return &e.TargetCgroup }},
	{Key: "target_service", At: func(e *Event) any { return &e.TargetService }},
	{Key: "fault_address", Attr: ATTR_FAULT_ADDRESS, At: func(e *Event) any { return (*Address)(&e.FaultAddress) }, kinds: ofFault},
	{Key: "fault_pc", Attr: ATTR_FAULT_PC, At: func(e *Event) any { return (*Address)(&e.FaultPC) }, kinds: ofFault},
	{Key: "exit_status", Attr: ATTR_EXIT_STATUS, At: func(e *Event) any { return &e.ExitStatus }, kinds: ofExit, printed: true},
	{Key: "run_time", Attr: ATTR_RUN_TIME, At: func(e *Event) any { return (*Nanos)(&e.RunTime) }},
	{Key: "peak_rss", Attr: ATTR_PEAK_RSS, At: func(e *Event) any { return &e.PeakRSS }},
	{Key: "since_first", Attr: ATTR_SINCE_FIRST, At: func(e *Event) any { return (*Nanos)(&e.SinceFirst) }},
	{Key: "since_last", Attr: ATTR_SINCE_LAST, At: func(e *Event) any { return (*Nanos)(&e.SinceLast) }},
	{Key: "reboot_code", Attr: ATTR_REBOOT_CODE, At: func(e *Event) any { return (*uint32)(&e.RebootCode) }, words: rebootCodes,
		kinds: ofReboot},
	{Key: "survivors", Attr: ATTR_SURVIVORS, At: func(e *Event) any { return &e.Survivors }},
	{Key: "state", Attr: ATTR_STATE, At: func(e *Event) any { return (*uint32)(&e.State) }, words: states},
	{Key: "text", Attr: ATTR_TEXT, At: func(e *Event) any { return &e.Text }, Max: TEXT_LEN - 1,
		kinds: ofMark | ofSwitch | ofOops | ofPanic},
	{Key: "count", Attr: ATTR_COUNT, At: func(e *Event) any { return &e.Count }},
	{Key: "time_last", Attr: ATTR_TIME_LAST, At: func(e *Event) any { return (*Nanos)(&e.TimeLast) }},
	{Key: "origin", At: func(e *Event) any { return (*uint32)(&e.Origin) }, words: origins},
	{Key: "time_at_least", At: func(e *Event) any { return &e.TimeAtLeast }},
})

// ofSender are the kinds that have a sender, ofTarget those that have a target. A summary's
// sender may be unknown.
const (
	ofSender = ofAny &^ (ofExit | ofSurvivor | ofNote | ofSummary)
	ofTarget = ofSignal | ofSummary | ofExit | ofSurvivor
)

// InfoFields are those of Info.
var InfoFields = placed([]Field[Info]{
	{Key: "signals", Attr: ATTR_SIGNALS, At: func(i *Info) any { return &i.Signals }, known: true},
	{Key: "signals_skipped", Attr: ATTR_SIGNALS_SKIPPED, At: func(i *Info) any { return &i.SignalsSkipped }, known: true},
	{Key: "ring_size", Attr: ATTR_RING_SIZE, At: func(i *Info) any { return &i.RingSize }},
	{Key: "seq_first", Attr: ATTR_SEQ_FIRST, At: func(i *Info) any { return &i.SeqFirst }},
	{Key: "seq_last", Attr: ATTR_SEQ_LAST, At: func(i *Info) any { return &i.SeqLast }},
	{Key: "relay_skipped", Attr: ATTR_RELAY_SKIPPED, At: func(i *Info) any { return &i.RelaySkipped }},
	{Key: "relay_failed", Attr: ATTR_RELAY_FAILED, At: func(i *Info) any { return &i.RelayFailed }},
	{Key: "held_back", Attr: ATTR_HELD_BACK, At: func(i *Info) any { return &i.HeldBack }},
	{Key: "exit_forgotten", Attr: ATTR_EXIT_FORGOTTEN, At: func(i *Info) any { return &i.ExitForgotten }},
	{Key: "left_out_sigchld", Attr: ATTR_LEFT_OUT_SIGCHLD, At: func(i *Info) any { return &i.LeftOutSIGCHLD }},
	{Key: "left_out_sigalrm", Attr: ATTR_LEFT_OUT_SIGALRM, At: func(i *Info) any { return &i.LeftOutSIGALRM }},
	{Key: "left_out_sigurg", Attr: ATTR_LEFT_OUT_SIGURG, At: func(i *Info) any { return &i.LeftOutSIGURG }},
	{Key: "left_out_kthread", Attr: ATTR_LEFT_OUT_KTHREAD, At: func(i *Info) any { return &i.LeftOutKthread }},
	{Key: "left_out_own", Attr: ATTR_LEFT_OUT_OWN, At: func(i *Info) any { return &i.LeftOutOwn }},
	{Key: "enable", Attr: ATTR_ENABLE, At: func(i *Info) any { return &i.Enable }},
	{Key: "printk", Attr: ATTR_PRINTK, At: func(i *Info) any { return (*uint32)(&i.Printk) }, words: printks},
	{Key: "printk_rate", Attr: ATTR_PRINTK_RATE, At: func(i *Info) any { return &i.PrintkRate }},
	{Key: "sigchld", Attr: ATTR_SIGCHLD, At: func(i *Info) any { return &i.SIGCHLD }},
	{Key: "sigalrm", Attr: ATTR_SIGALRM, At: func(i *Info) any { return &i.SIGALRM }},
	{Key: "sigurg", Attr: ATTR_SIGURG, At: func(i *Info) any { return &i.SIGURG }},
	{Key: "kthread", Attr: ATTR_KTHREAD, At: func(i *Info) any { return &i.Kthread }},
	{Key: "exits", Attr: ATTR_EXITS, At: func(i *Info) any { return (*uint32)(&i.Exits) }, words: exits},
	{Key: "claim_pid", Attr: ATTR_CLAIM_PID, At: func(i *Info) any { return &i.ClaimPID }},
	{Key: "claim_name", Attr: ATTR_CLAIM_NAME, At: func(i *Info) any { return &i.ClaimName }},
	{Key: "shutdown", Attr: ATTR_SHUTDOWN, At: func(i *Info) any { return &i.Shutdown }},
	{Key: "clock_local", Attr: ATTR_CLOCK_LOCAL, At: func(i *Info) any { return (*Nanos)(&i.ClockLocal) }},
	{Key: "clock_boottime", Attr: ATTR_CLOCK_BOOTTIME, At: func(i *Info) any { return (*Nanos)(&i.ClockBoottime) }},
	{Key: "clock_realtime", Attr: ATTR_CLOCK_REALTIME, At: func(i *Info) any { return (*Nanos)(&i.ClockRealtime) }},
	{Key: "box_place", Attr: ATTR_BOX_PLACE, At: func(i *Info) any { return (*uint32)(&i.Box.Place) }, words: boxPlaces},
	{Key: "box_found", Attr: ATTR_BOX_FOUND, At: func(i *Info) any { return (*uint32)(&i.Box.Found) }, words: boxFounds},
	{Key: "box_address", Attr: ATTR_BOX_ADDRESS, At: func(i *Info) any { return &i.Box.Address }, known: true},
	{Key: "box_size", Attr: ATTR_BOX_SIZE, At: func(i *Info) any { return &i.Box.Size }, known: true},
	{Key: "previous_records", Attr: ATTR_PREVIOUS_RECORDS, At: func(i *Info) any { return &i.Previous.Records }, known: true},
	{Key: "previous_damaged", Attr: ATTR_PREVIOUS_DAMAGED, At: func(i *Info) any { return &i.Previous.Damaged }, known: true},
	{Key: "previous_seq", Attr: ATTR_PREVIOUS_SEQ, At: func(i *Info) any { return &i.Previous.Seq }, known: true},
	{Key: "previous_boot_id", Attr: ATTR_PREVIOUS_BOOT_ID, At: func(i *Info) any { return &i.Previous.BootID },
		Max: BOOT_ID_LEN - 1, known: true},
	{Key: "previous_local", Attr: ATTR_PREVIOUS_LOCAL, At: func(i *Info) any { return (*Nanos)(&i.Previous.Local) }, known: true},
	{Key: "previous_boottime", Attr: ATTR_PREVIOUS_BOOTTIME, At: func(i *Info) any { return (*Nanos)(&i.Previous.Boottime) },
		known: true},
	{Key: "previous_realtime", Attr: ATTR_PREVIOUS_REALTIME, At: func(i *Info) any { return (*Nanos)(&i.Previous.Realtime) },
		known: true},
})

// SwitchFields are those of Switches; a nil pointer is a switch to leave as it is.
var SwitchFields = []Field[Switches]{
	{Attr: ATTR_ENABLE, At: func(s *Switches) any { return s.Enable }},
	{Attr: ATTR_PRINTK, At: func(s *Switches) any { return (*uint32)(s.Printk) }},
	{Attr: ATTR_PRINTK_RATE, At: func(s *Switches) any { return s.PrintkRate }},
	{Attr: ATTR_SIGCHLD, At: func(s *Switches) any { return s.SIGCHLD }},
	{Attr: ATTR_SIGALRM, At: func(s *Switches) any { return s.SIGALRM }},
	{Attr: ATTR_SIGURG, At: func(s *Switches) any { return s.SIGURG }},
	{Attr: ATTR_KTHREAD, At: func(s *Switches) any { return s.Kthread }},
	{Attr: ATTR_EXITS, At: func(s *Switches) any { return (*uint32)(s.Exits) }},
}

// TriggerSpec are the fields that define a trigger.
var TriggerSpec = placed([]Field[Trigger]{
	{Key: "symbol", Attr: TRIGGER_ATTR_SYMBOL, At: func(t *Trigger) any { return &t.Symbol }, Max: TRIGGER_SYMBOL_LEN - 1},
	{Key: "offset", Attr: TRIGGER_ATTR_OFFSET, At: func(t *Trigger) any { return &t.Offset }},
	{Key: "target_name", Attr: TRIGGER_ATTR_TARGET_NAME, At: func(t *Trigger) any { return &t.TargetName }},
	{Key: "skip", Attr: TRIGGER_ATTR_SKIP, At: func(t *Trigger) any { return &t.Skip }},
	{Key: "per", Attr: TRIGGER_ATTR_PER, At: func(t *Trigger) any { return (*uint32)(&t.Per) }, words: pers},
	{Key: "rate", Attr: TRIGGER_ATTR_RATE, At: func(t *Trigger) any { return &t.Rate }},
})

// triggerCounts are a trigger's counters.
var triggerCounts = placed([]Field[Trigger]{
	{Key: "hits", Attr: TRIGGER_ATTR_HITS, At: func(t *Trigger) any { return &t.Hits }},
	{Key: "acted", Attr: TRIGGER_ATTR_ACTED, At: func(t *Trigger) any { return &t.Acted }},
	{Key: "rate_limited", Attr: TRIGGER_ATTR_RATE_LIMITED, At: func(t *Trigger) any { return &t.RateLimited }},
	{Key: "dropped", Attr: TRIGGER_ATTR_DROPPED, At: func(t *Trigger) any { return &t.Dropped }},
	{Key: "missed", Attr: TRIGGER_ATTR_MISSED, At: func(t *Trigger) any { return &t.Missed }},
	{Key: "forgotten", Attr: TRIGGER_ATTR_FORGOTTEN, At: func(t *Trigger) any { return &t.Forgotten }},
	{Key: "held_back", Attr: TRIGGER_ATTR_HELD_BACK, At: func(t *Trigger) any { return &t.HeldBack }},
})

// TriggerFields are all fields of a trigger.
var TriggerFields = placed(slices.Concat(
	[]Field[Trigger]{{Key: "id", Attr: TRIGGER_ATTR_ID, At: func(t *Trigger) any { return &t.ID }}},
	TriggerSpec,
	[]Field[Trigger]{{Key: "function", Attr: TRIGGER_ATTR_FUNCTION, At: func(t *Trigger) any { return &t.Function },
		Max: functionLen - 1}},
	triggerCounts))

// NoticeFields are those of a trigger's notice.
var NoticeFields = placed([]Field[Notice]{
	{Key: "id", Attr: TRIGGER_ATTR_ID, At: func(n *Notice) any { return &n.ID }},
	{Key: "time", Attr: TRIGGER_ATTR_TIME, At: func(n *Notice) any { return (*Nanos)(&n.Time) }},
	{Key: "target_pid", Attr: TRIGGER_ATTR_TARGET_PID, At: func(n *Notice) any { return &n.TargetPID }},
	{Key: "target_tid", Attr: TRIGGER_ATTR_TARGET_TID, At: func(n *Notice) any { return &n.TargetTID }},
	{Key: "target_name", Attr: TRIGGER_ATTR_TARGET_NAME, At: func(n *Notice) any { return &n.TargetName }},
	{Key: "start_time", Attr: TRIGGER_ATTR_START_TIME, At: func(n *Notice) any { return (*Nanos)(&n.StartTime) }},
	{Key: "count", Attr: TRIGGER_ATTR_COUNT, At: func(n *Notice) any { return &n.Count }},
})
