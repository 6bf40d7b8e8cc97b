//go:build !race

package main

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

// TestCosts holds what the SDK adds to a call made by hand to the figures that were reached: they depend on the versions
// of Go and of the code, and not on the machine. It is the only test here, for it counts what the whole process
// allocates.
func TestCosts(t *testing.T) {
	t.Parallel()
	limits := map[string]struct{ added, bytes float64 }{
		"GET":        {7, 1.43},
		"QR":         {20, 1.22},
		"Create":     {9, 1.45},
		"404":        {41, 2.1},
		"LIST 1":     {8, 1.44},
		"All 1":      {29, 3.5},
		"LIST 100":   {-1380, 0.45},
		"All 100":    {-1260, 0.2},
		"LIST 1000":  {-13_900, 0.4},
		"All 1000":   {-12_900, 0.13},
		"LIST 10000": {-139_000, 0.37},
		"All 10000":  {-129_000, 0.12},
	}
	for _, r := range rows("http://127.0.0.1", memory(answers())) {
		limit, ok := limits[r.name]
		if !ok {
			continue
		}
		delete(limits, r.name)
		require.NoError(t, r.raw())
		require.NoError(t, r.sdk())
		rawCount, rawBytes := allocated(r.raw, 1)
		count, bytes := allocated(r.sdk, 1)
		assert.LessOrEqual(t, count-rawCount, limit.added+0.5, "allocations of %s", r.name)
		assert.LessOrEqual(t, bytes/rawBytes, limit.bytes, "bytes of %s", r.name)
	}
	assert.Empty(t, limits, "rows of the table")
	assertHeld(t)
	assertLeanClient(t)
}

func assertHeld(t *testing.T) {
	t.Helper()
	body := fleet(fleetSize)
	perDevice, perPoll := watch(body)
	assert.LessOrEqual(t, perDevice, 155.0, "bytes that Watch holds for a device")
	assert.LessOrEqual(t, perPoll, 50.0, "allocations of a poll without a change")
	assert.Less(t, heldByAll(body), int64(64<<10), "bytes that All holds")
}

func assertLeanClient(t *testing.T) {
	t.Helper()
	goroutines := runtime.NumGoroutine()
	count, _ := allocated(func() error { return second(whatspie.NewClient(token)) }, 1)
	assert.LessOrEqual(t, count, 20.5, "allocations of NewClient")
	assert.LessOrEqual(t, runtime.NumGoroutine(), goroutines)
}
