// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"sigtrail/test/bench/vmlinux"
)

// space is the size of a part on flash, in bytes.
type space struct {
	name     string
	ipk      int64 // 0: no package
	unpacked int64
	firmware int64 // compressed as in a firmware
}

func measureFlash(ctx context.Context, in inputs) ([]space, error) {
	var all []space
	for _, architecture := range in.architectures {
		s, err := measurePackage(ctx, in.packages, architecture)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	module, err := measureModule(ctx, in.module)
	if err != nil {
		return nil, err
	}
	kernel, err := measureKernel(ctx, in.plain, in.patched)
	return append(all, module, kernel), err
}

func measurePackage(ctx context.Context, dir, architecture string) (space, error) {
	s := space{name: "service, " + architecture}
	paths, err := filepath.Glob(filepath.Join(dir, "sigtrail_*_"+architecture+".ipk"))
	if err != nil {
		return s, err
	}
	if len(paths) != 1 {
		return s, fmt.Errorf("%s: %d packages for %s, want one", dir, len(paths), architecture)
	}
	packed, err := os.ReadFile(paths[0])
	if err != nil {
		return s, err
	}
	s.ipk = int64(len(packed))
	files, err := unpack(packed)
	if err != nil {
		return s, fmt.Errorf("%s: %w", paths[0], err)
	}
	if s.unpacked, err = sizes(files); err != nil {
		return s, fmt.Errorf("%s: %w", paths[0], err)
	}
	s.firmware, err = squashed(ctx, files, architecture)
	return s, err
}

// unpack returns the tar of a package's files, as packed by openwrt-feed/ipk/pack.
func unpack(ipk []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(ipk))
	if err != nil {
		return nil, err
	}
	for outer := tar.NewReader(z); ; {
		h, err := outer.Next()
		if err != nil {
			return nil, fmt.Errorf("no data.tar.gz: %w", err)
		}
		if h.Name == "./data.tar.gz" {
			z, err := gzip.NewReader(outer)
			if err != nil {
				return nil, err
			}
			return io.ReadAll(z)
		}
	}
}

// sizes returns the sum of the sizes of a tar's files.
func sizes(files []byte) (sum int64, err error) {
	for archive := tar.NewReader(bytes.NewReader(files)); ; {
		h, err := archive.Next()
		if err == io.EOF {
			return sum, nil
		}
		if err != nil {
			return 0, err
		}
		sum += h.Size
	}
}

// squashed returns the size of a squashfs with a tar's files, made with the options in
// OpenWrt's include/image.mk, except for some of xz that only its own mksquashfs has.
func squashed(ctx context.Context, files []byte, architecture string) (int64, error) {
	dir, err := os.MkdirTemp("", "sigtrail-squashfs-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	image := filepath.Join(dir, "image")
	args := []string{"-", image, "-tar", "-quiet", "-no-progress", "-nopad", "-no-xattrs", "-comp", "xz", "-b", "256K"}
	for prefix, filter := range map[string]string{"arm_": "arm", "x86_": "x86"} {
		if strings.HasPrefix(architecture, prefix) {
			args = append(args, "-Xbcj", filter)
		}
	}
	if _, err := pipe(ctx, files, "mksquashfs", args...); err != nil {
		return 0, err
	}
	info, err := os.Stat(image)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// measureModule measures the module as in its package, by openwrt-feed/ipk/kmod.
func measureModule(ctx context.Context, module string) (space, error) {
	s := space{name: "`kmod-sigtrail`, ARMv7"}
	dir, err := os.MkdirTemp("", "sigtrail-module-")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, filepath.Base(module))
	if _, err := pipe(ctx, nil, "arm-linux-gnueabihf-strip", "--strip-debug", "-o", file, module); err != nil {
		return s, err
	}
	stripped, err := os.ReadFile(file)
	if err != nil {
		return s, err
	}
	s.unpacked = int64(len(stripped))
	var files bytes.Buffer
	archive := tar.NewWriter(&files)
	if err := archive.WriteHeader(&tar.Header{Name: filepath.Base(module), Mode: 0o644, Size: s.unpacked}); err != nil {
		return s, err
	}
	if _, err := archive.Write(stripped); err != nil {
		return s, err
	}
	if err := archive.Close(); err != nil {
		return s, err
	}
	s.firmware, err = squashed(ctx, files.Bytes(), "arm_")
	return s, err
}

// measureKernel measures how much larger the patched kernel is.
func measureKernel(ctx context.Context, plain, patched string) (space, error) {
	s := space{name: "kernel part, ARMv7"}
	for sign, kernel := range map[int64]string{-1: plain, +1: patched} {
		file, _, err := vmlinux.Loaded(filepath.Join(kernel, "vmlinux"))
		if err != nil {
			return s, err
		}
		image, err := os.ReadFile(filepath.Join(kernel, "image"))
		if err != nil {
			return s, err
		}
		packed, err := pipe(ctx, image, "xz", "--check=crc32", "--arm", "--lzma2=preset=9e", "--stdout")
		if err != nil {
			return s, err
		}
		s.unpacked += sign * file
		s.firmware += sign * int64(len(packed))
	}
	return s, nil
}

// pipe runs a command with input, and returns its output.
func pipe(ctx context.Context, input []byte, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}

// flashTable returns the result in Markdown.
func flashTable(all []space) string {
	var b strings.Builder
	b.WriteString("| Flash, in KiB | package | unpacked | in a firmware |\n| --- | ---: | ---: | ---: |\n")
	for _, s := range all {
		ipk := ""
		if s.ipk != 0 {
			ipk = fmt.Sprintf(" %d", kib(s.ipk))
		}
		fmt.Fprintf(&b, "| %s |%s | %d | %d |\n", s.name, ipk, kib(s.unpacked), kib(s.firmware))
	}
	return b.String()
}

// kib returns bytes in KiB, rounded up.
func kib(bytes int64) int64 {
	return (bytes + 1023) / 1024
}
