package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
	"github.com/whatspie-go/whatspie/examples/internal/demotest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestMonitor_withFake(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		terminal demotest.Environment
		want     []string
	}{
		"terminal": {demotest.Environment{Columns: 100, Rows: 20}, []string{
			"ID  STATUS", "∞ 62755 used", "██████░░░░  63 %", demo.ShowCursor,
		}},
		"pipe": {demotest.Environment{}, []string{
			"2 Sales: UNPAIRED, quota ██████░░░░  63 %\n", "2 Sales: UNPAIRED to PAIRED\n",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := demotest.Run(t.Context(), t, run, test.terminal, "-for", "4s")
			assert.Equal(t, 0, got.Code)
			for _, want := range test.want {
				assert.Contains(t, got.Stdout, want)
			}
			assert.Contains(t, got.Stderr, "a fake of the API")
		})
	}
}

func TestMonitor_restoresCursorWhenInterrupted(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, interrupt)
	got := demotest.Run(ctx, t, run, demotest.Environment{Columns: 80, Rows: 20})
	assert.Equal(t, 130, got.Code)
	assert.True(t, strings.HasSuffix(got.Stdout, demo.ShowCursor))
}

func TestMonitor_reportsWriteErrors(t *testing.T) {
	t.Parallel()
	for _, columns := range []int{0, 80} {
		got := demotest.Run(t.Context(), t, run, demotest.Environment{Columns: columns, Rows: 20, Full: true}, "-for", "1m")
		assert.Equal(t, 1, got.Code)
		assert.Contains(t, got.Stderr, "no space left")
	}
	assert.Equal(t, 2, demotest.Run(t.Context(), t, run, demotest.Environment{}, "-for", "-1s").Code)
}

func TestMonitor_reportsWrongToken(t *testing.T) {
	t.Parallel()
	srv := whatspietest.NewServer()
	defer srv.Close()
	got := demotest.Run(t.Context(), t, run, demotest.Environment{URL: srv.URL, Token: "wrong-token"})
	assert.Equal(t, 1, got.Code)
	assert.Contains(t, got.Stderr, "The API rejected the token.")
}

func TestView_describesEveryEvent(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	v := newView(demo.App{Stdout: &out, Size: func() (int, int, bool) { return 0, 0, false }})
	device := &whatspie.Device{ID: 1, Name: "Sales", PairedStatus: whatspie.PairedStatusPaired}
	require.NoError(t, v.show(whatspie.WatchEvent{Kind: whatspie.WatchDevice, Device: device}))
	require.NoError(t, v.show(whatspie.WatchEvent{Kind: whatspie.WatchChanged, Device: device, Previous: device}))
	require.NoError(t, v.show(whatspie.WatchEvent{Kind: whatspie.WatchRetry, Err: errors.New("no\x1bnetwork")}))
	require.NoError(t, v.show(whatspie.WatchEvent{Kind: whatspie.WatchSynced}))
	require.NoError(t, v.show(whatspie.WatchEvent{Kind: whatspie.WatchRemoved, Device: device}))
	for _, want := range []string{"1 Sales: PAIRED, quota -\n", "retrying: nonetwork\n", "up to date\n", "1 Sales: removed\n"} {
		assert.Contains(t, out.String(), want)
	}
}

func TestMonitor_showsStatusInNarrowTerminal(t *testing.T) {
	t.Parallel()
	got := demotest.Run(t.Context(), t, run, demotest.Environment{Columns: 40, Rows: 20}, "-for", "1s")
	assert.Equal(t, 0, got.Code)
	assert.Contains(t, got.Stdout, "ID  STATUS     NAME")
	for _, status := range []string{"1   PAIRED", "2   UNPAIRED", "3   SUSPENDED"} {
		assert.Contains(t, got.Stdout, status)
	}
}

func TestView_fitsTerminal(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	v := newView(demo.App{Stdout: &out, Size: func() (int, int, bool) { return 20, 5, true }})
	for id := range int64(10) {
		device := &whatspie.Device{ID: id + 1, Name: "a long name for a device"}
		require.NoError(t, v.show(whatspie.WatchEvent{Kind: whatspie.WatchDevice, Device: device}))
	}
	require.NoError(t, v.show(whatspie.WatchEvent{Kind: whatspie.WatchRetry, Err: errors.New("no network")}))
	_, last, _ := strings.Cut(out.String()[strings.LastIndex(out.String(), demo.ClearBelow):], demo.ClearBelow)
	lines := strings.Split(strings.TrimSuffix(last, "\n"), "\n")
	assert.Len(t, lines, 4)
	assert.Equal(t, "... 9 more lines", lines[3])
	for _, line := range lines {
		assert.LessOrEqual(t, len([]rune(line)), 19)
	}
}
