package pairweb

import (
	"context"
	"sync"
	"time"

	"github.com/whatspie-go/whatspie"
)

// linger is how long a pairing waits for a tab to come back: as long as a reload takes on a slow line.
const linger = 5 * time.Second

// pairing is one range over Pair, shared by all tabs that show the device.
type pairing struct {
	id     int64 // of the device
	number int64
	cancel context.CancelFunc

	// Guarded by Handler.mu.
	tabs int
	idle *time.Timer

	mu      sync.Mutex
	state   state
	changed chan struct{}
}

// join finds the pairing for a new tab, which may have seen the end of the one numbered after; nil once closed. What
// has ended stays ended for a tab that only lost its connection.
func (h *Handler) join(ctx context.Context, id, after int64) *pairing {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil
	}
	p := h.pairings[id]
	if p == nil || p.number == after && p.over() {
		p = h.start(ctx, id)
	}
	p.tabs++
	if p.idle != nil && !p.over() {
		p.idle.Stop()
		p.idle = nil
	}
	return p
}

// start leaves the request's end behind: the loop serves other tabs too.
func (h *Handler) start(ctx context.Context, id int64) *pairing {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	h.last++
	p := &pairing{id: id, number: h.last, cancel: cancel, state: newState(), changed: make(chan struct{})}
	h.pairings[id] = p
	h.loops.Go(func() {
		defer cancel()
		h.run(ctx, p)
	})
	return p
}

func (h *Handler) leave(p *pairing) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p.tabs--
	if p.tabs == 0 && !h.closed && (p.idle == nil || !p.over()) {
		p.idle = time.AfterFunc(linger, func() { h.drop(p) })
	}
}

// drop ends a pairing, unless a tab came back while the timer fired. One that has ended goes all the same: a later visit
// is to start over.
func (h *Handler) drop(p *pairing) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p.tabs > 0 && !p.over() {
		return
	}
	p.cancel()
	if h.pairings[p.id] == p {
		delete(h.pairings, p.id)
	}
}

// run is silent about an end that was asked for: nobody looks any more.
func (h *Handler) run(ctx context.Context, p *pairing) {
	log := h.config.logger.With("device", p.id)
	for event, err := range h.client.Devices.Pair(ctx, p.id, h.config.pair...) {
		switch {
		case err == nil && event.Kind == whatspie.PairRetry:
			log.InfoContext(ctx, "pairing goes on after a failure", "error", event.Err)
		case err != nil && ctx.Err() == nil:
			log.WarnContext(ctx, "pairing failed", "error", err)
		}
		if ctx.Err() == nil {
			p.update(func(s state) state { return s.after(event, err, time.Now()) })
		}
	}
}

// update wakes all tabs. Nobody is waited for: a slow one finds the latest state and misses those between.
func (p *pairing) update(next func(state) state) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = next(p.state)
	close(p.changed)
	p.changed = make(chan struct{})
}

// now returns the state, and the channel that is closed when it is another.
func (p *pairing) now() (state, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state, p.changed
}

func (p *pairing) over() bool {
	s, _ := p.now()
	return s.over()
}
