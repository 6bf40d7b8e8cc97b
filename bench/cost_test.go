//go:build !race

package main

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

// TestCosts limits what the SDK adds to a call made by hand. The counts depend on the version of Go, not on the
// machine. It is the only test in this package, because it counts the allocations of the whole process.
func TestCosts(t *testing.T) {
	t.Parallel()
	limits := map[string]struct{ added, bytes float64 }{
		"Get":            {2, 1.2},
		"QR":             {20, 1.22},
		"Create":         {9, 1.45},
		"404":            {41, 2.1},
		"List of 1":      {8, 1.44},
		"All of 1":       {29, 3.5},
		"List of 1,000":  {-13_900, 0.4},
		"All of 1,000":   {-12_900, 0.13},
		"List of 10,000": {-139_000, 0.37},
		"All of 10,000":  {-129_000, 0.12},
	}
	for _, r := range rows("http://127.0.0.1", memory(responses())) {
		limit, ok := limits[r.name]
		if !ok {
			continue
		}
		delete(limits, r.name)
		require.NoError(t, r.base())
		require.NoError(t, r.sdk())
		baseCount, baseBytes := allocated(r.base, 1)
		count, bytes := allocated(r.sdk, 1)
		assert.LessOrEqual(t, count-baseCount, limit.added+0.5, "allocations of %s", r.name)
		assert.LessOrEqual(t, bytes/baseBytes, limit.bytes, "bytes of %s", r.name)
	}
	assert.Empty(t, limits, "limits without a row")
	assertMemory(t)
	assertNewClientCost(t)
}

func assertMemory(t *testing.T) {
	t.Helper()
	body := deviceList(manyDevices)
	perDevice, perPoll := watchCost(body)
	assert.LessOrEqual(t, perDevice, 360.0, "bytes of live heap that Watch needs per device")
	assert.LessOrEqual(t, perPoll, 50.0, "extra allocations of a poll without a change")
	assert.Less(t, peakHeapOfAll(body), int64(1<<20), "peak live heap of All")
}

func assertNewClientCost(t *testing.T) {
	t.Helper()
	goroutines := runtime.NumGoroutine()
	count, _ := allocated(func() error { return second(whatspie.NewClient(token)) }, 1)
	assert.LessOrEqual(t, count, 22.5, "allocations of NewClient")
	assert.LessOrEqual(t, runtime.NumGoroutine(), goroutines, "goroutines of NewClient")
}
