package pairweb

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"

	"github.com/whatspie-go/whatspie"
)

// pairedHook calls the function set with [WithOnPaired] once per connection.
type pairedHook struct {
	function func(context.Context, *whatspie.Device) // nil if there is none
	logger   *slog.Logger                            // nil if there is none

	mu       sync.Mutex
	unpaired map[int64]bool // devices that had no phone when last seen
}

func newPairedHook(c config) *pairedHook {
	return &pairedHook{
		function: c.onPaired,
		logger:   c.logger,
		unpaired: map[int64]bool{},
	}
}

// observe records the status of a device. It reports whether a phone has connected since the device was last seen, so
// that the function must be called. It reports false for a device that is seen for the first time.
func (h *pairedHook) observe(device int64, kind whatspie.PairEventKind) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch kind {
	case whatspie.PairQR, whatspie.PairStatus:
		h.unpaired[device] = true
	case whatspie.PairPaired:
		connected := h.unpaired[device]
		delete(h.unpaired, device)
		return connected && h.function != nil
	default:
	}
	return false
}

func (h *pairedHook) call(ctx context.Context, device *whatspie.Device) {
	defer func() {
		if panicked := recover(); panicked != nil {
			log := cmp.Or(h.logger, slog.Default()) // never discard a panic
			log.ErrorContext(ctx, "the WithOnPaired function panicked",
				"device", device.ID, "panic", fmt.Sprint(panicked), "stack", string(debug.Stack()))
		}
	}()
	h.function(ctx, device)
}
