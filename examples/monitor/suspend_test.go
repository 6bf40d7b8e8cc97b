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

func TestMonitor_suspended(t *testing.T) {
	t.Parallel()
	const timeout, interval = 20 * time.Second, 10 * time.Millisecond
	srv := whatspietest.NewServer()
	t.Cleanup(srv.Close)
	srv.AddDevice(whatspie.Device{Name: "Sales"})
	terminal := demotest.InTerminal(t, 80, 24, demotest.Account(srv))
	require.Eventually(t, func() bool { return strings.Contains(terminal.Shown(), "Sales") }, timeout, interval)
	terminal.Signal(syscall.SIGTSTP)
	require.Eventually(t, func() bool { return strings.HasSuffix(terminal.Shown(), demo.ShowCursor) }, timeout, interval)
	before := len(terminal.Shown())
	require.Eventually(t, func() bool {
		terminal.Signal(syscall.SIGCONT) // repeated, because the process may not have stopped yet
		return strings.Contains(terminal.Shown()[before:], "Sales")
	}, timeout, interval)
	after := terminal.Shown()[before:]
	assert.True(t, strings.HasPrefix(after, demo.HideCursor+demo.ClearBelow), "the table is drawn below the shell's output")
	terminal.Type("\x03")
	assert.Equal(t, 130, terminal.Wait().Code)
	assert.True(t, strings.HasSuffix(terminal.Shown(), demo.ShowCursor))
}
