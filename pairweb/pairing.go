package pairweb

import (
	"context"
	"sync"
	"time"

	"github.com/whatspie-go/whatspie"
)

// linger is how long a pairing goes on without a stream: as long as a reload takes on a slow connection.
const linger = 5 * time.Second

// pairing is one range over Pair, shared by all streams of a device.
type pairing struct {
	id     int64 // of the device
	number int64
	cancel context.CancelFunc

	// Guarded by Handler.mu.
	streams int
	idle    *time.Timer

	mu      sync.Mutex
	state   state
	changed chan struct{}
}

// join returns the pairing for a new stream, or nil if the handler is closed. The visitor may have seen the end of the
// pairing with the number after, and asks for the next.
func (h *Handler) join(ctx context.Context, id, after int64) *pairing {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing.Err() != nil {
		return nil
	}
	p := h.pairings[id]
	if p == nil || p.isOutdated(after) {
		p = h.start(ctx, id)
	}
	p.streams++
	if p.idle != nil && !p.over() { // visits do not prolong an end
		p.idle.Stop()
		p.idle = nil
	}
	return p
}

// isOutdated reports whether a new stream needs a new pairing. A failure stays on show, with its button, until a visitor
// starts over. A connection may have been lost since, so a new visit asks the API.
func (p *pairing) isOutdated(after int64) bool {
	s, _ := p.now()
	return s.phase == phaseConnected || s.over() && p.number == after
}

// start begins a pairing that does not end with the request: it serves other tabs too.
func (h *Handler) start(ctx context.Context, id int64) *pairing {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	h.last++
	p := &pairing{id: id, number: h.last, cancel: cancel, changed: make(chan struct{})}
	h.pairings[id] = p
	h.running.Go(func() {
		defer cancel()
		h.run(ctx, p)
	})
	return p
}

func (h *Handler) leave(p *pairing) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p.streams--
	if p.streams == 0 && h.closing.Err() == nil && p.idle == nil {
		p.idle = time.AfterFunc(linger, func() { h.drop(p) })
	}
}

// drop ends a pairing, unless a stream joined while the timer fired.
func (h *Handler) drop(p *pairing) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p.streams > 0 && !p.over() {
		return
	}
	p.cancel()
	if h.pairings[p.id] == p {
		delete(h.pairings, p.id)
	}
}

// run ignores what comes after a cancellation: nobody looks any more.
func (h *Handler) run(ctx context.Context, p *pairing) {
	log := h.config.log().With("device", p.id)
	for event, err := range h.client.Devices.Pair(ctx, p.id, h.config.pair...) {
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.WarnContext(ctx, "pairing failed", "error", err)
		case event.Kind == whatspie.PairRetry:
			log.InfoContext(ctx, "pairing continues after a failure", "error", event.Err)
		case h.connects(p.id, event):
			h.callOnPaired(ctx, event.Device)
		}
		p.update(event, err)
	}
}

// update wakes all streams. It waits for none of them: a slow one gets the latest state and misses those between.
func (p *pairing) update(event whatspie.PairEvent, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := p.state.after(event, err)
	if next == p.state {
		return
	}
	p.state = next
	close(p.changed)
	p.changed = make(chan struct{})
}

// now returns the state, and a channel that is closed when the state changes.
func (p *pairing) now() (state, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state, p.changed
}

func (p *pairing) over() bool {
	s, _ := p.now()
	return s.over()
}
