// SPDX-License-Identifier: GPL-2.0-only

package event

// Signals returns how many signals the record stands for, 0 for another kind.
func (e *Event) Signals() uint64 {
	if e.Kind != KindSignal && e.Kind != KindSummary {
		return 0
	}
	return uint64(max(1, e.Count))
}

// Last returns when the last of the record's signals was sent: Time, if it is one.
func (e *Event) Last() uint64 { return max(e.Time, e.TimeLast) }

// AppendTimes appends how many signals the record stands for, if it is not one, and in
// which time they were sent.
func (e *Event) AppendTimes(b []byte, first string) []byte {
	if e.Count < 2 {
		return b
	}
	b = AppendUint(append(b, first...), e.Signals())
	return e.appendIn(append(b, " times"...))
}

func (e *Event) appendIn(b []byte) []byte {
	if e.TimeLast < e.Time { // one signal, or a clock that went back
		return b
	}
	return append(AppendSeconds(append(b, " in "...), e.TimeLast-e.Time), " s"...)
}

// AppendUser appends whose signals a summary counts. That is not known of the kernel's, nor of
// the share of all users that have none of their own.
func (e *Event) AppendUser(b []byte) []byte {
	if e.FromKernel() {
		return append(b, "uid unknown"...)
	}
	return AppendUint(append(b, "uid "...), uint64(e.SenderUID))
}

// AppendSummary appends how many signals a summary counts, and one of them.
func (e *Event) AppendSummary(b []byte) []byte {
	signals, whose, which := " more signals", " of its processes", ", one of them: "
	if e.Signals() == 1 {
		signals, which = " more signal", ": "
	}
	if e.FromKernel() {
		whose = " of users' processes"
	}
	b = append(AppendUint(b, e.Signals()), signals...)
	b = append(e.appendIn(append(b, whose...)), which...)
	if e.FromKernel() && e.Flags&FlagKernel == 0 {
		b = append(b, "unknown"...)
	} else {
		b = e.appendSender(b)
	}
	return e.appendTo(b)
}
