package pairweb

import (
	"cmp"
	"context"
	"errors"
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
	unpaired map[int64]bool // whether a device had no phone when last seen
}

func newPairedHook(c config) *pairedHook {
	return &pairedHook{
		function: c.onPaired,
		logger:   c.logger,
		unpaired: map[int64]bool{},
	}
}

// observe records an event of Pair. It reports whether a phone has connected since the device was last seen without
// one, so that the function must be called.
func (h *pairedHook) observe(device int64, event whatspie.PairEvent) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	unpaired, known := h.unpaired[device]
	switch event.Kind {
	case whatspie.PairQR, whatspie.PairStatus:
		h.unpaired[device] = true
	case whatspie.PairRetry:
		if !known && hasNoCode(event.Err) { // a broken gateway may have no code for a connected device either
			h.unpaired[device] = true
		}
	case whatspie.PairPaired:
		h.unpaired[device] = false
		return unpaired && h.function != nil
	default:
	}
	return false
}

// hasNoCode reports whether the API itself said that it has no code. Pair reports ErrDeviceConnected only if the status
// is not PAIRED yet, or cannot be read.
func hasNoCode(err error) bool {
	return errors.Is(err, whatspie.ErrDeviceConnected) || errors.Is(err, whatspie.ErrQRNotReady) ||
		errors.Is(err, whatspie.ErrQRGeneration)
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
