// SPDX-License-Identifier: GPL-2.0

package event

import (
	"fmt"
	"strconv"
	"strings"
)

// The first real-time signal that programs may use. The kernel's begin at 32,
// of which glibc keeps two for itself: bash and `kill -l` name them from 34 on.
const rtMin = 34

// SignalName returns the signal's name, as SIGTERM or SIGRTMIN+3, and SIG32 for
// a number that has none.
func SignalName(n uint32) string {
	if n < uint32(len(signals)) && signals[n] != "" {
		return "SIG" + signals[n]
	}
	if n == rtMin {
		return "SIGRTMIN"
	}
	if n > rtMin && n <= rtMax {
		return "SIGRTMIN+" + strconv.Itoa(int(n-rtMin))
	}
	return "SIG" + strconv.FormatUint(uint64(n), 10)
}

// ParseSignal returns the number of a signal given as SIGTERM, TERM, 15,
// SIGRTMIN+3 or SIGRTMAX-3, in upper or lower case.
func ParseSignal(s string) (uint32, error) {
	name := strings.TrimPrefix(strings.ToUpper(s), "SIG")
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		if n < 1 || n > rtMax {
			return 0, fmt.Errorf("%q is no signal: numbers are 1 to %d", s, rtMax)
		}
		return uint32(n), nil
	}
	switch name {
	case "IOT":
		name = "ABRT"
	case "POLL":
		name = "IO"
	case "CLD":
		name = "CHLD"
	}
	for n, known := range signals {
		if known != "" && name == known {
			return uint32(n), nil
		}
	}
	for _, base := range []struct {
		name string
		at   int
	}{{"RTMIN", rtMin}, {"RTMAX", rtMax}} {
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
		if n += base.at; n < rtMin || n > rtMax {
			break
		}
		return uint32(n), nil
	}
	return 0, fmt.Errorf("%q is no signal", s)
}
