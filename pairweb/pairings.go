package pairweb

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/whatspie-go/whatspie"
)

// linger is how long a pairing continues without a stream. A page can be reloaded within it on a slow connection.
const linger = 5 * time.Second

// pairings holds the pairings of a handler, one per device.
type pairings struct {
	devices *whatspie.DevicesService
	options []whatspie.PairOption
	log     *slog.Logger
	hook    *pairedHook
	closing context.Context // ends when the handler closes
	stop    context.CancelFunc
	running sync.WaitGroup // loops and calls of the hook

	mu       sync.Mutex
	latest   int64 // number of the latest pairing
	byDevice map[int64]*pairing
}

func newPairings(devices *whatspie.DevicesService, c config) *pairings {
	closing, stop := context.WithCancel(context.Background())
	return &pairings{
		devices:  devices,
		options:  c.pairOptions,
		log:      c.log(),
		hook:     newPairedHook(c),
		closing:  closing,
		stop:     stop,
		byDevice: map[int64]*pairing{},
	}
}

// join returns the pairing for a new stream, or nil if the handler is closed. It starts a new pairing if there is none,
// or if the one with the number after has failed: its visitor wants to try again.
func (ps *pairings) join(ctx context.Context, device, after int64) *pairing {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.closing.Err() != nil {
		return nil
	}
	p := ps.byDevice[device]
	if p == nil || p.mustRestart(after) {
		p = ps.start(ctx, device)
	}
	p.streams++
	if p.idleTimer != nil && !p.ended() { // a stream does not keep a pairing that has ended
		p.idleTimer.Stop()
		p.idleTimer = nil
	}
	return p
}

// start starts a pairing. It outlives the request, because other tabs use it too.
func (ps *pairings) start(ctx context.Context, device int64) *pairing {
	ctx, cancel := ps.detach(ctx)
	ps.latest++
	p := &pairing{device: device, number: ps.latest, cancel: cancel, changed: make(chan struct{})}
	ps.byDevice[device] = p
	ps.running.Go(func() {
		defer cancel()
		ps.run(ctx, p)
	})
	return p
}

// detach returns a context with the values of ctx that ends when the handler closes, not when ctx ends.
func (ps *pairings) detach(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	unlink := context.AfterFunc(ps.closing, cancel)
	return ctx, func() {
		unlink()
		cancel()
	}
}

// run updates the pairing with the events of Pair. It ignores events after a cancellation, when no stream is left.
func (ps *pairings) run(ctx context.Context, p *pairing) {
	log := ps.log.With("device", p.device)
	for event, err := range ps.devices.Pair(ctx, p.device, ps.options...) {
		if ctx.Err() != nil {
			return
		}
		connected := ps.hook.observe(p.device, event)
		switch {
		case err != nil:
			log.WarnContext(ctx, "pairing failed", "error", err)
		case event.Kind == whatspie.PairRetry:
			log.InfoContext(ctx, "pairing continues after a failure", "error", event.Err)
		case connected:
			ps.callHook(ctx, event.Device)
		}
		p.update(event, err)
	}
}

func (ps *pairings) callHook(ctx context.Context, device *whatspie.Device) {
	ctx, cancel := ps.detach(ctx) // the hook may outlive the pairing
	ps.running.Go(func() {
		defer cancel()
		ps.hook.call(ctx, device)
	})
}

// leave ends the use of a pairing by a stream. The pairing ends a while after the last one.
func (ps *pairings) leave(p *pairing) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	p.streams--
	if p.streams == 0 && ps.closing.Err() == nil && p.idleTimer == nil {
		p.idleTimer = time.AfterFunc(linger, func() { ps.drop(p) })
	}
}

// drop ends a pairing, unless a stream joined it while the timer fired.
func (ps *pairings) drop(p *pairing) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if p.streams > 0 && !p.ended() {
		return
	}
	p.cancel()
	if ps.byDevice[p.device] == p {
		delete(ps.byDevice, p.device)
	}
}

// close ends all pairings and waits for their goroutines. While it holds the mutex, join cannot start another one.
func (ps *pairings) close() {
	ps.mu.Lock()
	ps.stop()
	ps.mu.Unlock()
	ps.running.Wait()
}
