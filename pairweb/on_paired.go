package pairweb

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/whatspie-go/whatspie"
)

// connects reports whether the event connects a phone to a device that this handler saw without one. A page that finds
// its device connected is not a connection.
func (h *Handler) connects(id int64, event whatspie.PairEvent) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch event.Kind {
	case whatspie.PairQR, whatspie.PairStatus:
		h.unpaired[id] = true
	case whatspie.PairPaired:
		connected := h.unpaired[id]
		delete(h.unpaired, id)
		return connected
	default:
	}
	return false
}

// callOnPaired calls the user's function on a goroutine that Close waits for.
func (h *Handler) callOnPaired(ctx context.Context, device *whatspie.Device) {
	if h.config.onPaired == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // the pairing's own ends with its streams
	unlink := context.AfterFunc(h.closing, cancel)                //nolint:contextcheck // the end of the handler, not of the request, cancels it
	h.running.Go(func() {
		defer cancel()
		defer unlink()
		defer func() {
			if panicked := recover(); panicked != nil {
				cmp.Or(h.config.logger, slog.Default()).ErrorContext(ctx, "the WithOnPaired function panicked",
					"device", device.ID, "panic", fmt.Sprint(panicked), "stack", string(debug.Stack()))
			}
		}()
		h.config.onPaired(ctx, device)
	})
}
