// SPDX-License-Identifier: GPL-2.0-only

package event

import "strings"

// Kinds of the scripts in /etc/rc.d, by the first letter of their names: S30name, K30name.
const (
	StartScript = 'S'
	StopScript  = 'K'
)

// ScriptKind returns the kind of a script by its file's name, or by the name of the process
// that runs it; 0: it is not the name of a script in /etc/rc.d.
func ScriptKind(name string) byte {
	if len(name) > 3 && (name[0] == StartScript || name[0] == StopScript) && strings.Trim(name[1:3], "0123456789") == "" {
		return name[0]
	}
	return 0
}

// ScriptEnded returns the kind of the script of /etc/rc.d that ended, 0 if it was another
// process. Init starts them. Its command line has gone, so its name has to do: what a script
// leaves in the background may have it, too.
func (e *Event) ScriptEnded() byte {
	if e.Kind != KindExit || e.Flags&FlagOfInit == 0 && !e.FromText() { // a printed line has no flags
		return 0
	}
	return e.TargetScript()
}

// TargetScript returns the kind of the script of /etc/rc.d that an event's target may be, by
// its name; 0: it is another process. Init's scripts are root's, and in its own cgroup, which
// is the root: a program that a user runs, or a service, is not taken for one.
func (e *Event) TargetScript() byte {
	if e.Flags&FlagShare != 0 || e.TargetCgroup > RootCgroup {
		return 0
	}
	return ScriptKind(e.TargetName)
}

// SenderScript returns the same of an event's sender, and of its parent, which is mostly in the
// same cgroup.
func (e *Event) SenderScript() (sender, parent byte) {
	if e.SenderUID != 0 || e.SenderCgroup > RootCgroup {
		return 0, 0
	}
	return ScriptKind(e.SenderName), ScriptKind(e.ParentName)
}
