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

// pairedHook is the function of [WithOnPaired], and what it takes to call it once per connection.
type pairedHook struct {
	function func(context.Context, *whatspie.Device) // nil if there is none
	logger   *slog.Logger                            // nil if there is none

	mu       sync.Mutex
	unpaired map[int64]bool // devices that were seen without a phone, and not with one since
}

func newPairedHook(c config) *pairedHook {
	return &pairedHook{
		function: c.onPaired,
		logger:   c.logger,
		unpaired: map[int64]bool{},
	}
}

// isDue reports whether the event connects a phone to a device that was seen without one. A page that finds its device
// connected is not a connection.
func (h *pairedHook) isDue(device int64, kind whatspie.PairEventKind) bool {
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
			log := cmp.Or(h.logger, slog.Default()) // a panic must not go unseen
			log.ErrorContext(ctx, "the WithOnPaired function panicked",
				"device", device.ID, "panic", fmt.Sprint(panicked), "stack", string(debug.Stack()))
		}
	}()
	h.function(ctx, device)
}
