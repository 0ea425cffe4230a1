// SPDX-License-Identifier: GPL-2.0

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

// asOfKernel changes what sigplay notes down, which is what newer kernels do,
// to what the guest's kernel does.
func (g *guest) asOfKernel(notes []note) {
	g.t.Helper()
	// prepare_signal() drops what is sent to a dying process since 5.16 or
	// later: 5.10 and 5.15 queue it, as if it could still be taken.
	if !g.kernelBefore(6, 1) {
		return
	}
	for _, n := range notes {
		if n["outcome"] == "dying" {
			n["outcome"] = "delivered"
		}
	}
}
