// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import "fmt"

// kernelBefore reports whether the guest's kernel is older than a version.
func (g *guest) kernelBefore(major, minor int) bool {
	g.t.Helper()
	var haveMajor, haveMinor int
	release := g.run("uname -r")
	if _, err := fmt.Sscanf(release, "%d.%d", &haveMajor, &haveMinor); err != nil {
		g.t.Fatalf("no kernel release: %q", release)
	}
	return haveMajor < major || haveMajor == major && haveMinor < minor
}

// asOfKernel changes sigplay's notes, which are for newer kernels, for the guest's
// kernel.
func (g *guest) asOfKernel(notes []note) {
	g.t.Helper()
	// 5.10 and 5.15 queue a signal to a dying process; in newer kernels
	// prepare_signal() drops it.
	if !g.kernelBefore(6, 1) {
		return
	}
	for _, n := range notes {
		if n["outcome"] == "dying" {
			n["outcome"] = "delivered"
		}
	}
}
