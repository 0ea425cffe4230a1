// SPDX-License-Identifier: GPL-2.0

// Package stall holds what is said of a shutdown that does not move on: as a
// value, as lines of the log, and the lines read again. The daemon writes them,
// the report reads them; how they are worded is known here alone.
package stall

import "time"

// Report is what there is while a shutdown does not move on.
type Report struct {
	Quiet    time.Duration // since the last signal, exit or mark
	Err      error         // why the rest is not known; nil: it is known
	Scripts  []Script      // who is to blame, if init scripts are
	Suspects []Suspect     // what init may wait for, the likely culprit first
	Others   []string      // the names of the other processes
}

// Process is a process by its id and its name, of any bytes.
type Process struct {
	PID  uint32
	Name string
}

// Script is an init script that the shutdown waits for.
type Script struct {
	Process               // its name is that of the script's file
	Stop    bool          // a stop script; else a start script that has not ended
	Age     time.Duration // since its start; negative: not known
	ByProcd bool          // procd has started it, and limits a stop script's time
}

// Suspect is a process that init may wait for.
type Suspect struct {
	Process
	State  byte          // R, S, D, T, ..., as in proc_pid_stat(5)
	Wait   string        // the kernel function that it sleeps in; "": none, or not known
	Age    time.Duration // since its start; negative: not known
	Parent Process       // PID 0: not known
	Args   []string      // the command line
}

// Line is what one line of a report's tells.
type Line struct {
	Text    string        // all of it, without Prefix
	Quiet   time.Duration // that of the Report, in the line that begins it; else 0
	Script  bool          // it tells of a Script
	Suspect Process       // that it tells of; PID 0: of none
}
