//go:build unix

package main

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
	"github.com/whatspie-go/whatspie/examples/internal/demotest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestPair_suspended(t *testing.T) {
	t.Parallel()
	const timeout, interval = 20 * time.Second, 10 * time.Millisecond
	srv := whatspietest.NewServer()
	t.Cleanup(srv.Close)
	id := srv.AddDevice(whatspie.Device{})
	terminal := demotest.InTerminal(t, 120, 50, demotest.Account(srv), "-id", "1")
	require.Eventually(t, func() bool { return strings.Contains(terminal.Shown(), "Code 1: scan it") }, timeout, interval)
	before := len(terminal.Shown())
	terminal.Signal(syscall.SIGTSTP)

	isCleared := func() bool { return strings.HasSuffix(terminal.Shown(), demo.ClearBelow+demo.ShowCursor) }
	require.Eventually(t, isCleared, timeout, interval,
		"the code is removed, and the cursor is visible")
	assert.NotContains(t, terminal.Shown()[before:], "█")
	before = len(terminal.Shown())
	require.Eventually(t, func() bool {
		terminal.Signal(syscall.SIGCONT) // repeated, because the process may not have stopped yet
		return strings.Contains(terminal.Shown()[before:], "Code 1: scan it")
	}, timeout, interval)
	assert.True(t, strings.HasPrefix(terminal.Shown()[before:], demo.HideCursor))
	assert.Contains(t, terminal.Shown()[before:], "█▀▀▀▀▀█")
	assert.NotContains(t, terminal.Shown()[before:], "A\r\x1b[J", "the shell's output is kept")
	srv.Scan(id)
	assert.Equal(t, 0, terminal.Wait().Code)
	assert.True(t, strings.HasSuffix(terminal.Shown(), "Connected: device 1 is paired with 6200000000001.\r\n"))
	shown := terminal.Shown()
	assert.Less(t, strings.LastIndex(shown, demo.HideCursor), strings.LastIndex(shown, demo.ShowCursor))
}

func TestPair_usage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"help":         {[]string{"-h"}, 0, "pair connects a phone to a device"},
		"unknown flag": {[]string{"-bogus"}, 2, "flag provided but not defined: -bogus"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := demotest.Exec(t, nil, test.args...)
			assert.Equal(t, test.code, got.Code)
			assert.Equal(t, 1, strings.Count(got.Stderr, test.want), got.Stderr)
		})
	}
}
