// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// rtMin is the first real-time signal that programs may use. The kernel's first is
// 32, but glibc uses two itself: bash and `kill -l` start with 34.
const rtMin = 34

// rtMax is the highest signal number: _NSIG of include/uapi/asm-generic/signal.h.
// On MIPS it is one less than in arch/mips/include/uapi/asm/signal.h, as a wait
// status cannot hold 128.
var rtMax = func() uint32 {
	if strings.HasPrefix(runtime.GOARCH, "mips") {
		return 127
	}
	return 64
}()

// signalNames are the names of all signals.
var signalNames = func() (list [128]string) {
	for n := range list {
		list[n] = signalName(uint32(n))
	}
	return list
}()

// SignalName returns the signal's name, such as SIGTERM or SIGRTMIN+3, or SIG32
// for a number without a name.
func SignalName(n uint32) string {
	if n < uint32(len(signalNames)) {
		return signalNames[n]
	}
	return signalName(n)
}

func signalName(n uint32) string {
	switch {
	case n == rtMin:
		return "SIGRTMIN"
	case n > rtMin && n <= rtMax:
		return "SIGRTMIN+" + strconv.Itoa(int(n-rtMin))
	case n < rtMin:
		if name := unix.SignalName(unix.Signal(n)); name != "" {
			return name
		}
	}
	return "SIG" + strconv.FormatUint(uint64(n), 10)
}

// AsksToEnd reports whether a signal asks its target to end. SIGHUP is not one of
// them unless it is fatal: most daemons reload their configuration on it.
func (e *Event) AsksToEnd() bool {
	switch unix.Signal(e.Signal) {
	case unix.SIGTERM, unix.SIGKILL, unix.SIGINT, unix.SIGQUIT, unix.SIGABRT:
		return true
	}
	return e.Flags&FlagFatal != 0
}

// aliases are other names of signals.
var aliases = map[string]string{"IOT": "ABRT", "POLL": "IO", "CLD": "CHLD"}

// ParseSignal returns the number of a signal given as SIGTERM, TERM, 15,
// SIGRTMIN+3 or SIGRTMAX-3, in upper or lower case.
func ParseSignal(s string) (uint32, error) {
	name := strings.TrimPrefix(strings.ToUpper(s), "SIG")
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		if n < 1 || n > uint64(rtMax) {
			return 0, notSignal(s)
		}
		return uint32(n), nil
	}
	if alias, ok := aliases[name]; ok {
		name = alias
	}
	if n := unix.SignalNum("SIG" + name); n != 0 {
		return uint32(n), nil
	}
	for _, base := range []struct {
		name string
		at   int
	}{{"RTMIN", rtMin}, {"RTMAX", int(rtMax)}} {
		rest, ok := strings.CutPrefix(name, base.name)
		if !ok {
			continue
		}
		n := 0
		if rest != "" {
			var err error
			if n, err = strconv.Atoi(rest); err != nil || rest[0] != '+' && rest[0] != '-' {
				break
			}
		}
		if n += base.at; n < rtMin || n > int(rtMax) {
			break
		}
		return uint32(n), nil
	}
	return 0, notSignal(s)
}

func notSignal(s string) error {
	return fmt.Errorf("%q is not a signal: use a name such as TERM, or a number from 1 to %d", s, rtMax)
}
