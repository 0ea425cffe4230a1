// SPDX-License-Identifier: GPL-2.0-only

package event

// ByItself reports whether a process ended without a signal that can have caused it. The
// kernel part may have forgotten one, which a printed line does not say; before version 4
// it recorded no such end.
func (e *Event) ByItself() bool {
	return e.Unsignalled() && e.Flags&FlagForgotten == 0 && !e.FromText()
}

// Unsignalled reports whether a process exited, and the kernel part knows no signal that can
// have caused it.
func (e *Event) Unsignalled() bool {
	sig, _ := e.ExitSignal()
	return e.Kind == KindExit && e.unasked() && sig == 0
}

// unasked reports whether the kernel part knows no signal that can have ended a process.
func (e *Event) unasked() bool { return e.RunTime != 0 && e.SinceFirst|e.SinceLast == 0 }

// Began returns when the process that ended had started, and by how much that may be wrong,
// in ns; 0: unknown.
func (e *Event) Began() (at, error uint64) {
	if e.RunTime == 0 || e.RunTime >= e.Time {
		return 0, 0
	}
	// The run time is rounded up to ms, and of a clock that NTP adjusts.
	return e.Time - e.RunTime, 2e6 + e.RunTime/1024
}
